/* /api/experience: the steps of a sign-in, as pages and clients of Logto's take them. */
#include "base/unicode.h"
#include "crypto/password.h"
#include "domain/phone.h"
#include "domain/sessions.h"
#include "experience/experience.h"
#include "experience/lockout.h"
#include "experience/password_policy.h"
#include "experience/policy.h"

static enum event asked_event(const struct ctx *ctx)
{
    struct str name = json_str(ctx_body(ctx, STR("interactionEvent")));
    for (size_t i = 0; event_names[i]; i++)
        if (str_eq(name, str_of(event_names[i])))
            return (enum event)(i + 1);
    return EVENT_NONE;
}

/* ---- Beginning ---- */

static enum err begin_handle(struct ctx *ctx)
{
    struct experience experience;
    enum err err = experience_find(ctx, &experience);
    return err ? err : experience_begin(ctx, &experience, asked_event(ctx));
}

static enum err switch_handle(struct ctx *ctx)
{
    struct experience experience;
    enum event event = asked_event(ctx);
    enum err err = experience_load(ctx, &experience);
    if (err)
        return err;
    if ((err = experience_allow(ctx, event)))
        return err;
    experience.event = event;
    return experience_save(ctx, &experience);
}

/* ---- The state, without what is secret in it ---- */

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
    json_close_object(out);
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
    if (experience.username.p)
        JSON_STR(out, "username", experience.username);
    json_close_object(out);
    json_key(out, STR("verificationRecords"));
    json_open_array(out);
    for (size_t i = 0; i < experience.count; i++)
        put_verification(out, &experience.verifications[i]);
    json_close_array(out);
    JSON_RAW(out, "mfa", STR("{}"));
    json_key(out, STR("signInContext"));
    json_open_object(out);
    JSON_STR(out, "ip", ctx->address);
    json_close_object(out);
    JSON_RAW(out, "captcha", STR("{\"verified\":false,\"skipped\":false}"));
    json_close_object(out);
    return OK;
}

/* ---- Signing in with a password ---- */

struct login {
    struct experience experience;
    struct str type, value, password;
    struct str user_id; /* {NULL,0}: no such user */
    bool suspended;
    struct attempt attempt;
};

static enum err find_user(struct ctx *ctx, struct login *login)
{
    struct db_rows rows;
    struct str value = login->value;
    const char *sql = "SELECT id, is_suspended FROM users WHERE username = $1";
    if (str_eq(login->type, STR("email"))) {
        sql = "SELECT id, is_suspended FROM users WHERE email_key = $1";
        value = unicode_fold(ctx->arena, value);
    } else if (str_eq(login->type, STR("phone"))) {
        sql = "SELECT id, is_suspended FROM users WHERE primary_phone = $1";
        value = phone_canonical(ctx->arena, value);
    }
    enum err err = db_query(ctx->db, sql, DB_PARAMS(db_text_value(value)), ctx->arena, &rows);
    if (err)
        return fail(ctx, err);
    if (rows.count) {
        login->user_id = db_text(&rows, 0, 0);
        login->suspended = db_int(&rows, 0, 1) != 0;
    }
    return OK;
}

static enum err read_login(struct ctx *ctx, struct login *login)
{
    json *identifier = ctx_body(ctx, STR("identifier"));
    struct session session;
    struct policy policy;
    login->type = json_str(json_get(identifier, STR("type")));
    login->value = json_str(json_get(identifier, STR("value")));
    login->password = json_str(ctx_body(ctx, STR("password")));
    enum err err = experience_load(ctx, &login->experience);
    if (err)
        return err;
    if (login->experience.event != EVENT_SIGN_IN)
        return fail(ctx, ERR_INVALID_INTERACTION);
    if ((err = policy_load(ctx, &policy)))
        return err;
    if (!str_has_word(policy.password_for, login->type))
        return fail(ctx, ERR_USER_SIGN_IN_METHOD);
    if ((err = find_user(ctx, login)) || (err = session_find(ctx, &session)))
        return err;
    bool known = login->user_id.p && str_eq(login->user_id, session.user_id);
    return attempt_of(ctx, login->value, known, &login->attempt);
}

/* Once the password was looked at. Only who knows it learns that the account is suspended. */
static enum err login_outcome(struct ctx *ctx, struct login *login)
{
    enum err err = attempt_check(ctx, &login->attempt);
    if (err)
        return err;
    err = user_verify_sign_in(ctx, login->user_id, login->password);
    if (err == ERR_USER_CREDENTIALS)
        return attempt_failed(ctx, &login->attempt, err);
    if (err)
        return err;
    if (login->suspended)
        return fail(ctx, ERR_USER_SUSPENDED);
    return attempt_succeeded(ctx, &login->attempt);
}

static enum err answer_verification(struct ctx *ctx, struct str id)
{
    struct json_out *out = &ctx->answer.json;
    json_open_object(out);
    JSON_STR(out, "verificationId", id);
    json_close_object(out);
    return OK;
}

static enum err login_steps(struct ctx *ctx, struct login *login)
{
    enum err err = read_login(ctx, login);
    if (err)
        return err;
    if (!ctx->slow.done) {
        err = attempt_check(ctx, &login->attempt);
        return err ? err : user_verify_sign_in(ctx, login->user_id, login->password);
    }
    if (!ctx->can_write)
        return ERR_NEEDS_WRITER;
    if ((err = login_outcome(ctx, login)))
        return err;
    struct verification made = {.type = STR("Password"),
                                .identifier_type = login->type,
                                .identifier = login->value,
                                .verified = true,
                                .user_id = login->user_id};
    err = experience_add(ctx, &login->experience, &made);
    return err ? err : answer_verification(ctx, made.id);
}

static enum err password_handle(struct ctx *ctx)
{
    struct login login = {0};
    enum err err = login_steps(ctx, &login);
    if (err == ERR_NEEDS_SLOW || err == ERR_NEEDS_WRITER)
        return err;
    struct experience shown = login.experience;
    shown.user_id = login.user_id;
    if (shown.interaction.uid.p)
        experience_audit(ctx, &shown, "Verification.Password.Submit", err);
    return err;
}

/* ---- Registering with a username and a password ---- */

static enum err check_username_free(struct ctx *ctx, struct str username)
{
    struct db_rows rows;
    enum err err = db_query(ctx->db, "SELECT 1 FROM users WHERE username = $1",
                            DB_PARAMS(db_text_value(username)), ctx->arena, &rows);
    if (err)
        return fail(ctx, err);
    return rows.count ? fail(ctx, ERR_USER_USERNAME) : OK;
}

static enum err new_identity_handle(struct ctx *ctx)
{
    struct experience experience;
    struct str username = json_str(json_get(ctx_body(ctx, STR("identifier")), STR("value")));
    struct str password = json_str(ctx_body(ctx, STR("password")));
    struct verification made = {.type = STR("NewPasswordIdentity"),
                                .identifier_type = STR("username"),
                                .identifier = username,
                                .verified = true};
    enum err err = experience_load(ctx, &experience);
    if (err)
        return err;
    if (experience.event != EVENT_REGISTER)
        return fail(ctx, ERR_INVALID_INTERACTION);
    if ((err = check_username_free(ctx, username)) ||
        (err = password_check(ctx, password, username)) ||
        (err = user_password_make(ctx, password, &made.password)))
        return err;
    if (!ctx->can_write)
        return ERR_NEEDS_WRITER;
    err = experience_add(ctx, &experience, &made);
    return err ? err : answer_verification(ctx, made.id);
}

/* The same in two steps: a name, then a password. */
static enum err profile_handle(struct ctx *ctx)
{
    struct experience experience;
    enum err err = experience_load(ctx, &experience);
    if (err)
        return err;
    if (experience.event != EVENT_REGISTER || experience.user_id.p)
        return fail(ctx, ERR_INVALID_INTERACTION);
    experience.username = json_str(ctx_body(ctx, STR("value")));
    err = check_username_free(ctx, experience.username);
    return err ? err : experience_save(ctx, &experience);
}

static enum err profile_password_handle(struct ctx *ctx)
{
    struct experience experience;
    struct str password = json_str(ctx_body(ctx, STR("password")));
    enum err err = experience_load(ctx, &experience);
    if (err)
        return err;
    if (experience.event != EVENT_REGISTER || experience.user_id.p)
        return fail(ctx, ERR_INVALID_INTERACTION);
    if ((err = password_check(ctx, password, experience.username)) ||
        (err = user_password_make(ctx, password, &experience.password)))
        return err;
    return ctx->can_write ? experience_save(ctx, &experience) : ERR_NEEDS_WRITER;
}

/* ---- Identification ---- */

static enum err make_user(struct ctx *ctx, struct str username, struct user_password password,
                          struct str *id)
{
    struct buf buf = buf_new(ctx->arena, 4096);
    struct json_out out = json_out(&buf);
    struct db_rows rows;
    json *body = NULL;
    if (!username.n || !password.digest.p)
        return fail(ctx, ERR_USER_MISSING_PROFILE);
    json_open_object(&out);
    JSON_STR(&out, "username", username);
    json_close_object(&out);
    if (buf.failed || json_parse(ctx->arena, buf_view(&buf), &body, NULL) != JSON_OK)
        return fail(ctx, ERR_NO_MEMORY);
    enum err err = user_insert(ctx, body, password, &rows);
    if (err)
        return err;
    *id = db_text(&rows, 0, USER_ID);
    return OK;
}

static enum err identify_new(struct ctx *ctx, const struct experience *experience, struct str id,
                             struct str *user_id)
{
    const struct verification *what;
    if (experience->user_id.p)
        return fail(ctx, ERR_IDENTITY_CONFLICT);
    if (!id.p)
        return make_user(ctx, experience->username, experience->password, user_id);
    enum err err = experience_verification(ctx, experience, id, &what);
    if (err)
        return err;
    return what->verified && what->password.digest.p
               ? make_user(ctx, what->identifier, what->password, user_id)
               : fail(ctx, ERR_VERIFICATION_FAILED);
}

static enum err identify_existing(struct ctx *ctx, const struct experience *experience,
                                  struct str id, struct str *user_id)
{
    const struct verification *what;
    enum err err = experience_verification(ctx, experience, id, &what);
    if (err)
        return err;
    if (!what->verified || !what->user_id.p)
        return fail(ctx, ERR_VERIFICATION_FAILED);
    if (experience->user_id.p && !str_eq(experience->user_id, what->user_id))
        return fail(ctx, ERR_IDENTITY_CONFLICT);
    *user_id = what->user_id;
    return OK;
}

static enum err identification_handle(struct ctx *ctx)
{
    struct experience experience;
    struct str id = json_str(ctx_body(ctx, STR("verificationId")));
    enum err err = experience_load(ctx, &experience);
    if (err)
        return err;
    err = experience.event == EVENT_REGISTER
              ? identify_new(ctx, &experience, id, &experience.user_id)
              : identify_existing(ctx, &experience, id, &experience.user_id);
    return err ? err : experience_save(ctx, &experience);
}

/* ---- The end ---- */

static enum err sign_in(struct ctx *ctx, struct experience *experience)
{
    struct db_rows rows;
    if (!experience->user_id.p)
        return fail(ctx, ERR_IDENTIFIER_NOT_FOUND);
    enum err err = db_query(
        ctx->db,
        "UPDATE users SET last_sign_in_at = $1, updated_at = $1, application_id = "
        "COALESCE(application_id, $2) WHERE id = $3 AND is_suspended = 0 "
        "RETURNING id",
        DB_PARAMS(db_int_value(ctx->now), db_text_value(experience->interaction.application_id),
                  db_text_value(experience->user_id)),
        ctx->arena, &rows);
    if (err)
        return fail(ctx, err);
    return rows.count ? interaction_sign_in(ctx, &experience->interaction, experience->user_id)
                      : fail(ctx, ERR_USER_SUSPENDED);
}

static enum err submit_handle(struct ctx *ctx)
{
    struct experience experience;
    struct json_out *out = &ctx->answer.json;
    enum err err = experience_load(ctx, &experience);
    if (err)
        return err;
    err = sign_in(ctx, &experience);
    experience_audit(ctx, &experience, "Submit", err);
    if (err)
        return err;
    json_open_object(out);
    JSON_STR(out, "redirectTo", interaction_resume_url(ctx, &experience.interaction));
    json_close_object(out);
    return OK;
}

/* ---- Rows ---- */

static const char *const identifier_types[] = {"username", "email", "phone", NULL};
static const char *const username_type[] = {"username", NULL};

static const struct field event_body[] = {
    {.name = STR_INIT("interactionEvent"),
     .type = FIELD_ENUM,
     .flags = FIELD_CREATE | FIELD_REQUIRED,
     .options = event_names,
     .doc = "What the sign-in is for."},
    FIELDS_END,
};

static const struct field identifier_fields[] = {
    {.name = STR_INIT("type"),
     .type = FIELD_ENUM,
     .flags = FIELD_REQUIRED,
     .options = identifier_types,
     .doc = "Kind of identifier."},
    {.name = STR_INIT("value"),
     .type = FIELD_STRING,
     .flags = FIELD_REQUIRED,
     .max = 256,
     .doc = "The identifier."},
    FIELDS_END,
};

#define PASSWORD_FIELD                                                                             \
    {                                                                                              \
        .name = STR_INIT("password"), .type = FIELD_STRING,                                        \
        .flags = FIELD_CREATE | FIELD_REQUIRED | FIELD_NOT_EMPTY | FIELD_SECRET,                   \
        .max = PASSWORD_MAX, .doc = "The password."                                                \
    }

static const struct field password_body[] = {
    {.name = STR_INIT("identifier"),
     .type = FIELD_OBJECT,
     .flags = FIELD_CREATE | FIELD_REQUIRED,
     .fields = identifier_fields,
     .doc = "Who signs in."},
    PASSWORD_FIELD,
    FIELDS_END,
};

static const struct field username_fields[] = {
    {.name = STR_INIT("type"),
     .type = FIELD_ENUM,
     .flags = FIELD_REQUIRED,
     .options = username_type,
     .doc = "Kind of identifier."},
    {.name = STR_INIT("value"),
     .type = FIELD_STRING,
     .flags = FIELD_REQUIRED,
     .max = 128,
     .check = user_check_username,
     .format = "regex",
     .doc = "The username."},
    FIELDS_END,
};

static const struct field new_identity_body[] = {
    {.name = STR_INIT("identifier"),
     .type = FIELD_OBJECT,
     .flags = FIELD_CREATE | FIELD_REQUIRED,
     .fields = username_fields,
     .doc = "Who the account is for."},
    PASSWORD_FIELD,
    FIELDS_END,
};

static const struct field profile_body[] = {
    {.name = STR_INIT("type"),
     .type = FIELD_ENUM,
     .flags = FIELD_CREATE | FIELD_REQUIRED,
     .options = username_type,
     .doc = "What of the profile."},
    {.name = STR_INIT("value"),
     .type = FIELD_STRING,
     .flags = FIELD_CREATE | FIELD_REQUIRED,
     .max = 128,
     .check = user_check_username,
     .format = "regex",
     .doc = "Its value."},
    FIELDS_END,
};

static const struct field profile_password_body[] = {PASSWORD_FIELD, FIELDS_END};

static const struct field identification_body[] = {
    {.name = STR_INIT("verificationId"),
     .type = FIELD_STRING,
     .flags = FIELD_CREATE,
     .doc = "The verification that says who it is."},
    FIELDS_END,
};

static const struct field verification_reply[] = {
    {.name = STR_INIT("verificationId"), .type = FIELD_STRING, .doc = "Names the verification."},
    FIELDS_END,
};

static const struct field submit_reply[] = {
    {.name = STR_INIT("redirectTo"), .type = FIELD_STRING, .doc = "Where the browser goes on."},
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
    FIELDS_END,
};

#define STEP(method_value, path_text, where, fields, function, text)                               \
    .method = method_value, .path = STR_INIT("/api/experience" path_text),                         \
    .guard = GUARD_OWN_PAGE, .run = where, .body_mode = BODY_CREATE, .body = fields,               \
    .summary = text, .handle = function
#define STEP_EMPTY  .status = 204, .reply = REPLY_EMPTY
#define STEP_OBJECT .status = 200, .reply = REPLY_OBJECT

ROUTES(experience) = {
    {STEP(HTTP_M_PUT, "", RUN_WRITE, event_body, begin_handle, "Begin a sign-in"), STEP_EMPTY},
    {STEP(HTTP_M_PUT, "/interaction-event", RUN_WRITE, event_body, switch_handle,
          "Change what a sign-in is for"),
     STEP_EMPTY},
    {.method = HTTP_M_GET,
     .path = STR_INIT("/api/experience/interaction"),
     .guard = GUARD_OWN_PAGE,
     .run = RUN_READ,
     .status = 200,
     .reply = REPLY_OBJECT,
     .reply_fields = interaction_reply,
     .summary = "What a sign-in has come to",
     .handle = interaction_handle},
    {STEP(HTTP_M_POST, "/verification/password", RUN_READ, password_body, password_handle,
          "Verify a password"),
     STEP_OBJECT, .reply_fields = verification_reply},
    {STEP(HTTP_M_POST, "/verification/new-password-identity", RUN_READ, new_identity_body,
          new_identity_handle, "Propose a username and a password for a new account"),
     STEP_OBJECT, .reply_fields = verification_reply},
    {STEP(HTTP_M_POST, "/profile", RUN_WRITE, profile_body, profile_handle,
          "Set the username of a new account"),
     STEP_EMPTY},
    {STEP(HTTP_M_PUT, "/profile/password", RUN_READ, profile_password_body, profile_password_handle,
          "Set the password of a new account"),
     STEP_EMPTY},
    {STEP(HTTP_M_POST, "/identification", RUN_WRITE, identification_body, identification_handle,
          "Say by which verification the user is known"),
     STEP_EMPTY},
    {.method = HTTP_M_POST,
     .path = STR_INIT("/api/experience/submit"),
     .guard = GUARD_OWN_PAGE,
     .run = RUN_WRITE,
     .status = 200,
     .reply = REPLY_OBJECT,
     .reply_fields = submit_reply,
     .summary = "End the sign-in",
     .handle = submit_handle},
    ROUTES_END,
};
