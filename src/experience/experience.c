/* A sign-in on its way: its state, kept as JSON with the interaction. */
#include "experience/experience.h"

#include "domain/audit.h"
#include "domain/captcha.h"
#include "domain/hooks.h"
#include "experience/policy.h"

const char *const event_names[] = {"SignIn", "Register", "ForgotPassword", NULL};

struct str event_name(enum event event)
{
    return event == EVENT_NONE ? STR_NONE : str_of(event_names[event - 1]);
}

/* ---- Reading ---- */

enum event event_of(struct str name)
{
    for (size_t i = 0; event_names[i]; i++)
        if (str_eq(name, str_of(event_names[i])))
            return (enum event)(i + 1);
    return EVENT_NONE;
}

static enum err read_verifications(struct ctx *ctx, json *list, struct experience *out)
{
    yyjson_arr_iter items = yyjson_arr_iter_with(list);
    for (json *item;
         (item = yyjson_arr_iter_next(&items)) && out->count < EXPERIENCE_MAX_VERIFICATIONS;) {
        bool known;
        enum err err = verification_parse(ctx, item, &out->verifications[out->count], &known);
        if (err)
            return err;
        out->count += known;
    }
    return OK;
}

static enum err read_state(struct ctx *ctx, struct experience *out)
{
    json *state = NULL;
    if (json_parse(ctx->arena, out->interaction.state, &state, NULL) != JSON_OK)
        return fail(ctx, ERR_INTERNAL);
    out->event = event_of(json_str(json_get(state, STR("event"))));
    out->user_id = json_str(json_get(state, STR("userId")));
    profile_parse(json_get(state, STR("profile")), &out->profile);
    mfa_parse(json_get(state, STR("mfa")), &out->mfa);
    out->captcha_verified = yyjson_get_bool(json_get(state, STR("captchaVerified")));
    out->captcha_skipped = yyjson_get_bool(json_get(state, STR("captchaSkipped")));
    return read_verifications(ctx, json_get(state, STR("verifications")), out);
}

/* What Logto's answer has besides. */
static enum err no_session(struct ctx *ctx)
{
    return fail(ctx, ERR_SESSION_NOT_FOUND);
}

static enum err find(struct ctx *ctx, struct str uid, struct str application_id,
                     struct experience *out)
{
    *out = (struct experience){0};
    enum err err = interaction_find(ctx, uid, application_id, &out->interaction);
    if (err)
        return err == ERR_NOT_FOUND ? no_session(ctx) : err;
    return read_state(ctx, out);
}

static enum err check_begun(struct ctx *ctx, const struct experience *experience)
{
    return experience->event == EVENT_NONE ? fail(ctx, ERR_INTERACTION_NOT_FOUND) : OK;
}

enum err experience_find(struct ctx *ctx, struct experience *out)
{
    return find(ctx, http_header_get(ctx->request, STR("interaction"), NULL), STR_NONE, out);
}

enum err experience_load(struct ctx *ctx, struct experience *out)
{
    enum err err = experience_find(ctx, out);
    return err ? err : check_begun(ctx, out);
}

enum err experience_load_page(struct ctx *ctx, struct experience *out)
{
    struct str app = ctx_query(ctx, STR("app_id"));
    enum err err = find(ctx, STR_NONE, app.n ? app : STR_NONE, out);
    return err ? err : check_begun(ctx, out);
}

/* ---- Writing ---- */

enum err experience_save(struct ctx *ctx, struct experience *experience)
{
    struct buf buf = buf_new(ctx->arena, (size_t)64 * 1024);
    struct json_out out = json_out(&buf);
    json_open_object(&out);
    JSON_STR(&out, "event", event_name(experience->event));
    JSON_STR(&out, "userId", experience->user_id);
    json_key(&out, STR("profile"));
    json_open_object(&out);
    profile_render(&out, &experience->profile);
    json_close_object(&out);
    json_key(&out, STR("mfa"));
    json_open_object(&out);
    mfa_render(&out, &experience->mfa);
    json_close_object(&out);
    JSON_BOOL(&out, "captchaVerified", experience->captcha_verified);
    JSON_BOOL(&out, "captchaSkipped", experience->captcha_skipped);
    json_key(&out, STR("verifications"));
    json_open_array(&out);
    for (size_t i = 0; i < experience->count; i++)
        verification_render(&out, &experience->verifications[i]);
    json_close_array(&out);
    json_close_object(&out);
    struct str text = buf_view(&buf);
    return text.p ? interaction_set_state(ctx, &experience->interaction, text)
                  : fail(ctx, ERR_NO_MEMORY);
}

/* A magic link is an invitation to make the account of its address, and no other. */
static bool is_invited(const struct experience *experience, bool makes)
{
    struct str email = experience->profile.email;
    for (size_t i = 0; i < experience->count; i++)
        if (verification_is(&experience->verifications[i], &one_time_token_verification))
            return (!makes && !email.p) || str_eq(email, experience->verifications[i].identifier);
    return false;
}

enum err experience_allow(struct ctx *ctx, const struct experience *experience, enum event event,
                          bool makes)
{
    struct policy policy;
    enum err err = policy_load(ctx, &policy);
    if (err)
        return err;
    if (event == EVENT_REGISTER && !policy.allows_register && !is_invited(experience, makes))
        return fail(ctx, ERR_SIGN_IN_MODE, "accounts cannot be created here");
    if (event == EVENT_SIGN_IN && !policy.allows_sign_in)
        return fail(ctx, ERR_SIGN_IN_MODE, "there is no signing in here, only new accounts");
    return OK;
}

enum err experience_check_captcha(struct ctx *ctx, const struct experience *experience)
{
    struct policy policy;
    struct captcha captcha;
    bool found;
    if (experience->captcha_verified || experience->captcha_skipped)
        return OK;
    enum err err = policy_load(ctx, &policy);
    if (!err && policy.captcha)
        err = captcha_find(ctx, &captcha, &found);
    /* Without a provider nobody could ever show one. */
    return err || !policy.captcha || !found ? err : fail(ctx, ERR_CAPTCHA_REQUIRED);
}

enum err experience_begin(struct ctx *ctx, struct experience *experience, enum event event)
{
    struct interaction interaction = experience->interaction;
    struct mfa kept = {.failures = experience->mfa.failures,
                       .challenge = experience->mfa.challenge};
    *experience = (struct experience){.interaction = interaction,
                                      .event = event,
                                      .mfa = kept,
                                      .captcha_verified = experience->captcha_verified};
    return experience_save(ctx, experience);
}

enum err experience_reset(struct ctx *ctx, struct experience *experience)
{
    *experience = (struct experience){.interaction = experience->interaction};
    return experience_save(ctx, experience);
}

/* ---- Verifications ---- */

struct verification *experience_find_kind(struct experience *experience,
                                          const struct verification_kind *kind)
{
    for (size_t i = 0; i < experience->count; i++)
        if (verification_is(&experience->verifications[i], kind))
            return &experience->verifications[i];
    return NULL;
}

enum err experience_add(struct ctx *ctx, struct experience *experience, struct verification *what)
{
    struct verification *place = experience_find_kind(experience, what->kind);
    char *id = arena_bytes(ctx->arena, ID_LENGTH);
    if (!id)
        return fail(ctx, ERR_NO_MEMORY);
    id_random(id, ID_LENGTH);
    what->id = (struct str){id, ID_LENGTH};
    if (!place && experience->count == EXPERIENCE_MAX_VERIFICATIONS)
        return fail(ctx, ERR_INTERNAL);
    if (!place)
        place = &experience->verifications[experience->count++];
    *place = *what;
    return experience_save(ctx, experience);
}

enum err experience_verification(struct ctx *ctx, struct experience *experience, struct str id,
                                 struct verification **out)
{
    for (size_t i = 0; i < experience->count; i++)
        if (str_eq(experience->verifications[i].id, id)) {
            *out = &experience->verifications[i];
            return OK;
        }
    return fail(ctx, ERR_VERIFICATION_NOT_FOUND);
}

enum err experience_get_kind(struct ctx *ctx, struct experience *experience,
                             const struct verification_kind *kind, struct str id,
                             struct verification **out)
{
    struct verification *found = experience_find_kind(experience, kind);
    if (!found || !str_eq(found->id, id))
        return fail(ctx, ERR_VERIFICATION_NOT_FOUND);
    *out = found;
    return OK;
}

enum err experience_answer_verification(struct ctx *ctx, struct str id)
{
    struct json_out *out = &ctx->answer.json;
    json_open_object(out);
    JSON_STR(out, "verificationId", id);
    json_close_object(out);
    return OK;
}

const struct field experience_verification_reply[] = {
    {.name = STR_INIT("verificationId"), .type = FIELD_STRING, .doc = "Names the verification."},
    FIELDS_END,
};

static enum err tell(struct ctx *ctx, const struct experience *experience, const char *event,
                     bool end)
{
    return hooks_note_happening(ctx, &(struct hook_happening){
                                         .event = event,
                                         .of_interaction = end,
                                         .interaction_event = event_name(experience->event),
                                         .session_id = experience->interaction.uid,
                                         .application_id = experience->interaction.application_id,
                                         .user_id = experience->user_id,
                                     });
}

enum err experience_tell_end(struct ctx *ctx, const struct experience *experience)
{
    static const char *const events[] = {
        [EVENT_NONE] = NULL,
        [EVENT_SIGN_IN] = "PostSignIn",
        [EVENT_REGISTER] = "PostRegister",
        [EVENT_FORGOT_PASSWORD] = "PostResetPassword",
    };
    const char *event = events[experience->event];
    return event ? tell(ctx, experience, event, true) : OK;
}

enum err experience_tell_user(struct ctx *ctx, const struct experience *experience,
                              const char *event)
{
    return tell(ctx, experience, event, false);
}

static struct str audit_key(struct ctx *ctx, const struct experience *experience, const char *step)
{
    return arena_printf(ctx->arena, "Interaction.%.*s.%s", STR_ARG(event_name(experience->event)),
                        step);
}

static void audit(struct ctx *ctx, const struct experience *experience, struct str key,
                  struct str connector_id, enum err err)
{
    struct buf buf = buf_new(ctx->arena, 4096);
    struct json_out out = json_out(&buf);
    if (!key.p || !audit_wanted(ctx))
        return;
    json_open_object(&out);
    JSON_STR(&out, "key", key);
    JSON_STR(&out, "result", err ? STR("Error") : STR("Success"));
    if (err) {
        JSON_STR(&out, "error", str_of(error_info(err)->code));
        JSON_STR(&out, "errorDescription", ctx->failure.message);
    }
    JSON_STR(&out, "ip", ctx->address);
    JSON_STR(&out, "applicationId", experience->interaction.application_id);
    if (experience->user_id.p)
        JSON_STR(&out, "userId", experience->user_id);
    if (connector_id.p)
        JSON_STR(&out, "connectorId", connector_id);
    json_close_object(&out);
    audit_set(ctx, key, experience->interaction.application_id, buf_view(&buf));
    audit_set_user(ctx, experience->user_id);
}

void experience_audit(struct ctx *ctx, const struct experience *experience, const char *step,
                      enum err err)
{
    audit(ctx, experience, audit_key(ctx, experience, step), STR_NONE, err);
}

void experience_audit_as(struct ctx *ctx, const struct experience *experience, struct str key,
                         enum err err)
{
    audit(ctx, experience, key, STR_NONE, err);
}

void experience_audit_connector(struct ctx *ctx, const struct experience *experience,
                                const struct verification_kind *kind, const char *action,
                                struct str connector_id, enum err err)
{
    struct str step = arena_printf(ctx->arena, "Verification.%.*s.%s", STR_ARG(kind->type), action);
    if (err == ERR_NEEDS_SLOW || err == ERR_NEEDS_WRITER || !step.p)
        return;
    audit(ctx, experience, audit_key(ctx, experience, step.p), connector_id, err);
}
