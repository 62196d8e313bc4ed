/* A sign-in on its way: its state, kept as JSON with the interaction. */
#include "experience/experience.h"

#include "domain/audit.h"
#include "experience/policy.h"

const char *const event_names[] = {"SignIn", "Register", "ForgotPassword", NULL};

struct str event_name(enum event event)
{
    return event == EVENT_NONE ? STR_NONE : str_of(event_names[event - 1]);
}

/* ---- Reading ---- */

static enum event read_event(struct str name)
{
    for (size_t i = 0; event_names[i]; i++)
        if (str_eq(name, str_of(event_names[i])))
            return (enum event)(i + 1);
    return EVENT_NONE;
}

static struct user_password read_password(json *value)
{
    return (struct user_password){json_str(json_get(value, STR("digest"))),
                                  json_str(json_get(value, STR("algorithm")))};
}

static struct verification read_verification(json *value)
{
    json *identifier = json_get(value, STR("identifier"));
    return (struct verification){
        .id = json_str(json_get(value, STR("id"))),
        .type = json_str(json_get(value, STR("type"))),
        .identifier_type = json_str(json_get(identifier, STR("type"))),
        .identifier = json_str(json_get(identifier, STR("value"))),
        .verified = yyjson_get_bool(json_get(value, STR("verified"))),
        .user_id = json_str(json_get(value, STR("userId"))),
        .password = read_password(value),
    };
}

static enum err read_state(struct ctx *ctx, struct experience *out)
{
    json *state = NULL;
    if (json_parse(ctx->arena, out->interaction.state, &state, NULL) != JSON_OK)
        return fail(ctx, ERR_INTERNAL);
    out->event = read_event(json_str(json_get(state, STR("event"))));
    out->user_id = json_str(json_get(state, STR("userId")));
    out->username = json_str(json_get(state, STR("username")));
    out->password = read_password(state);
    yyjson_arr_iter items = yyjson_arr_iter_with(json_get(state, STR("verifications")));
    for (json *item;
         (item = yyjson_arr_iter_next(&items)) && out->count < EXPERIENCE_MAX_VERIFICATIONS;)
        out->verifications[out->count++] = read_verification(item);
    return OK;
}

/* What Logto's answer has besides. */
static enum err no_session(struct ctx *ctx)
{
    return fail(ctx, ERR_SESSION_NOT_FOUND);
}

enum err experience_find(struct ctx *ctx, struct experience *out)
{
    struct str uid = http_header_get(ctx->request, STR("interaction"), NULL);
    *out = (struct experience){0};
    enum err err = interaction_find(ctx, uid, STR_NONE, &out->interaction);
    if (err)
        return err == ERR_NOT_FOUND ? no_session(ctx) : err;
    return read_state(ctx, out);
}

enum err experience_load(struct ctx *ctx, struct experience *out)
{
    enum err err = experience_find(ctx, out);
    if (!err && out->event == EVENT_NONE)
        return fail(ctx, ERR_INTERACTION_NOT_FOUND);
    return err;
}

/* ---- Writing ---- */

static void put_optional(struct json_out *out, struct str name, struct str value)
{
    if (!value.p)
        return;
    json_key(out, name);
    json_put_str(out, value);
}

static void put_verification(struct json_out *out, const struct verification *what)
{
    json_open_object(out);
    JSON_STR(out, "id", what->id);
    JSON_STR(out, "type", what->type);
    json_key(out, STR("identifier"));
    json_open_object(out);
    JSON_STR(out, "type", what->identifier_type);
    JSON_STR(out, "value", what->identifier);
    json_close_object(out);
    JSON_BOOL(out, "verified", what->verified);
    put_optional(out, STR("userId"), what->user_id);
    put_optional(out, STR("digest"), what->password.digest);
    put_optional(out, STR("algorithm"), what->password.algorithm);
    json_close_object(out);
}

enum err experience_save(struct ctx *ctx, struct experience *experience)
{
    struct buf buf = buf_new(ctx->arena, (size_t)64 * 1024);
    struct json_out out = json_out(&buf);
    json_open_object(&out);
    JSON_STR(&out, "event", event_name(experience->event));
    put_optional(&out, STR("userId"), experience->user_id);
    put_optional(&out, STR("username"), experience->username);
    put_optional(&out, STR("digest"), experience->password.digest);
    put_optional(&out, STR("algorithm"), experience->password.algorithm);
    json_key(&out, STR("verifications"));
    json_open_array(&out);
    for (size_t i = 0; i < experience->count; i++)
        put_verification(&out, &experience->verifications[i]);
    json_close_array(&out);
    json_close_object(&out);
    struct str text = buf_view(&buf);
    return text.p ? interaction_set_state(ctx, &experience->interaction, text)
                  : fail(ctx, ERR_NO_MEMORY);
}

enum err experience_allow(struct ctx *ctx, enum event event)
{
    struct policy policy;
    enum err err = policy_load(ctx, &policy);
    if (err)
        return err;
    if (event == EVENT_REGISTER && !policy.allows_register)
        return fail(ctx, ERR_SIGN_IN_MODE, "accounts cannot be created here");
    if (event == EVENT_SIGN_IN && !policy.allows_sign_in)
        return fail(ctx, ERR_SIGN_IN_MODE, "there is no signing in here, only new accounts");
    return OK;
}

enum err experience_begin(struct ctx *ctx, struct experience *experience, enum event event)
{
    enum err err = experience_allow(ctx, event);
    if (err)
        return err;
    struct interaction interaction = experience->interaction;
    *experience = (struct experience){.interaction = interaction, .event = event};
    return experience_save(ctx, experience);
}

enum err experience_add(struct ctx *ctx, struct experience *experience, struct verification *what)
{
    size_t i = 0;
    char *id = arena_bytes(ctx->arena, ID_LENGTH);
    if (!id)
        return fail(ctx, ERR_NO_MEMORY);
    id_random(id, ID_LENGTH);
    what->id = (struct str){id, ID_LENGTH};
    while (i < experience->count && !str_eq(experience->verifications[i].type, what->type))
        i++;
    if (i == EXPERIENCE_MAX_VERIFICATIONS)
        return fail(ctx, ERR_INTERNAL);
    if (i == experience->count)
        experience->count++;
    experience->verifications[i] = *what;
    return experience_save(ctx, experience);
}

enum err experience_verification(struct ctx *ctx, const struct experience *experience,
                                 struct str id, const struct verification **out)
{
    for (size_t i = 0; i < experience->count; i++)
        if (str_eq(experience->verifications[i].id, id)) {
            *out = &experience->verifications[i];
            return OK;
        }
    return fail(ctx, ERR_VERIFICATION_NOT_FOUND);
}

void experience_audit(struct ctx *ctx, const struct experience *experience, const char *step,
                      enum err err)
{
    struct buf buf = buf_new(ctx->arena, 4096);
    struct json_out out = json_out(&buf);
    struct str key = arena_printf(ctx->arena, "Interaction.%.*s.%s",
                                  STR_ARG(event_name(experience->event)), step);
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
    put_optional(&out, STR("userId"), experience->user_id);
    json_close_object(&out);
    audit_set(ctx, key, experience->interaction.application_id, buf_view(&buf));
    audit_set_user(ctx, experience->user_id);
}
