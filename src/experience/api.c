/* /api/experience: a sign-in begins, is for something else, shows what it has come to. */
#include "domain/captcha.h"
#include "domain/trusted_devices.h"
#include "experience/experience.h"

static enum event asked_event(const struct ctx *ctx)
{
    return event_of(json_str(ctx_body(ctx, STR("interactionEvent"))));
}

/* ---- Beginning ---- */

static enum err check_captcha(struct ctx *ctx, const struct experience *experience,
                              struct str token)
{
    enum err err = captcha_check(ctx, token);
    if (err != ERR_NEEDS_SLOW)
        experience_audit_as(ctx, experience, STR("Interaction.Create.Captcha"), err);
    return err;
}

static enum err begin_handle(struct ctx *ctx)
{
    struct experience experience;
    struct str token = json_str(ctx_body(ctx, STR("captchaToken")));
    enum err err = experience_find(ctx, &experience);
    if (!err && token.n)
        err = check_captcha(ctx, &experience, token);
    if (err)
        return err;
    experience.captcha_verified = token.n > 0;
    return experience_begin(ctx, &experience, asked_event(ctx));
}

static enum err switch_handle(struct ctx *ctx)
{
    struct experience experience;
    enum event event = asked_event(ctx);
    enum err err = experience_load(ctx, &experience);
    if (err)
        return err;
    if ((err = experience_allow(ctx, &experience, event, false)))
        return err;
    if ((event == EVENT_FORGOT_PASSWORD) != (experience.event == EVENT_FORGOT_PASSWORD))
        return fail(ctx, ERR_NOT_FOR_FORGOT_PASSWORD);
    if (experience.event != event) { /* whoever was identified was so for the other event */
        experience.profile = (struct profile){0};
        experience.user_id = STR_NONE;
        experience.mfa = (struct mfa){.failures = experience.mfa.failures,
                                      .challenge = experience.mfa.challenge};
    }
    experience.event = event;
    return experience_save(ctx, &experience);
}

/* ---- The state, without what is secret in it ---- */

/* What of trusting the browser the page may offer. */
static enum err put_trust(struct ctx *ctx, struct str user_id)
{
    struct trusted_device_policy policy;
    struct json_out *out = &ctx->answer.json;
    enum err err = trusted_device_policy(ctx, user_id, &policy);
    if (err || !policy.enabled)
        return err;
    json_key(out, STR("trustedDevice"));
    json_open_object(out);
    JSON_BOOL(out, "canCreate", true);
    JSON_INT(out, "durationDays", policy.days);
    json_close_object(out);
    return OK;
}

static enum err interaction_handle(struct ctx *ctx)
{
    struct experience experience;
    struct json_out *out = &ctx->answer.json;
    ctx->answer.no_store = true;
    enum err err = experience_load(ctx, &experience);
    if (err)
        return err;
    json_open_object(out);
    JSON_STR(out, "interactionEvent", event_name(experience.event));
    if (experience.user_id.p)
        JSON_STR(out, "userId", experience.user_id);
    json_key(out, STR("profile"));
    json_open_object(out);
    profile_show(out, &experience.profile);
    json_close_object(out);
    json_key(out, STR("verificationRecords"));
    json_open_array(out);
    for (size_t i = 0; i < experience.count; i++)
        verification_show(out, &experience.verifications[i]);
    json_close_array(out);
    json_key(out, STR("mfa"));
    json_open_object(out);
    mfa_show(out, &experience.mfa);
    json_close_object(out);
    json_key(out, STR("signInContext"));
    json_open_object(out);
    JSON_STR(out, "ip", ctx->address);
    json_close_object(out);
    json_key(out, STR("captcha"));
    json_open_object(out);
    JSON_BOOL(out, "verified", experience.captcha_verified);
    JSON_BOOL(out, "skipped", experience.captcha_skipped);
    json_close_object(out);
    if (experience.user_id.p)
        err = put_trust(ctx, experience.user_id);
    json_close_object(out);
    return err;
}

/* ---- Rows ---- */

#define EVENT                                                                                      \
    {                                                                                              \
        .name = STR_INIT("interactionEvent"), .type = FIELD_ENUM,                                  \
        .flags = FIELD_CREATE | FIELD_REQUIRED, .options = event_names,                            \
        .doc = "What the sign-in is for."                                                          \
    }
static const struct field event_body[] = {EVENT, FIELDS_END};
static const struct field begin_body[] = {
    EVENT,
    {.name = STR_INIT("captchaToken"),
     .type = FIELD_STRING,
     .flags = FIELD_CREATE | FIELD_SECRET,
     .max = 8192,
     .doc = "What the captcha provider's widget gave, where the tenant wants a captcha."},
    FIELDS_END,
};

static const struct field any_item = {.type = FIELD_MAP};

static const struct field interaction_reply[] = {
    {.name = STR_INIT("interactionEvent"), .type = FIELD_STRING, .doc = "What it is for."},
    {.name = STR_INIT("userId"), .type = FIELD_STRING, .flags = FIELD_MAYBE, .doc = "Who it is."},
    {.name = STR_INIT("profile"), .type = FIELD_MAP, .doc = "What a new account will have."},
    {.name = STR_INIT("verificationRecords"),
     .type = FIELD_ARRAY,
     .item = &any_item,
     .doc = "What has been verified."},
    {.name = STR_INIT("mfa"), .type = FIELD_MAP, .doc = "Second factors."},
    {.name = STR_INIT("signInContext"), .type = FIELD_MAP, .doc = "Where it comes from."},
    {.name = STR_INIT("captcha"), .type = FIELD_MAP, .doc = "State of the captcha."},
    {.name = STR_INIT("trustedDevice"),
     .type = FIELD_MAP,
     .flags = FIELD_MAYBE,
     .doc = "Whether the browser may be trusted, and for how many days."},
    FIELDS_END,
};

ROUTES(experience) = {
    {EXPERIENCE_STEP(HTTP_M_PUT, "", RUN_WRITE, begin_body, begin_handle, "Begin a sign-in"),
     EXPERIENCE_EMPTY},
    {EXPERIENCE_STEP(HTTP_M_PUT, "/interaction-event", RUN_WRITE, event_body, switch_handle,
                     "Change what a sign-in is for"),
     EXPERIENCE_EMPTY},
    {EXPERIENCE_READ("/interaction", interaction_handle, "What a sign-in has come to"),
     .reply_fields = interaction_reply},
    ROUTES_END,
};
