/* /api/my-account: what the user is called, and the password. */
#include "crypto/password.h"
#include "domain/grants.h"
#include "domain/messages.h"
#include "domain/user_configs.h"
#include "domain/user_sso_identities.h"
#include "experience/account.h"
#include "experience/password_policy.h"
#include "experience/policy.h"

/* ---- Reading ---- */

/* Which scope of the token and which control of the account center show a member. */
static const struct shown {
    struct str name;
    const char *scope, *control; /* NULL: none is needed */
} shown[] = {
    {STR_INIT("id"), NULL, NULL},
    {STR_INIT("username"), "profile", "username"},
    {STR_INIT("primaryEmail"), "email", "email"},
    {STR_INIT("primaryPhone"), "phone", "phone"},
    {STR_INIT("name"), "profile", "name"},
    {STR_INIT("avatar"), "profile", "avatar"},
    {STR_INIT("customData"), "custom_data", "customData"},
    {STR_INIT("identities"), "identities", "social"},
    {STR_INIT("lastSignInAt"), "profile", NULL},
    {STR_INIT("createdAt"), "profile", NULL},
    {STR_INIT("updatedAt"), "profile", NULL},
    {STR_INIT("profile"), "profile", "profile"},
    {STR_INIT("applicationId"), "profile", NULL},
    {STR_INIT("cimdClientId"), "profile", NULL},
    {STR_INIT("isSuspended"), "profile", NULL},
    {STR_INIT("hasPassword"), "profile", "password"},
};

static bool is_shown(struct ctx *ctx, const struct my_account *account, struct str name)
{
    for (size_t i = 0; i < sizeof(shown) / sizeof(*shown); i++) {
        if (!str_eq(shown[i].name, name))
            continue;
        return (!shown[i].scope || str_has_word(ctx->caller.scopes, str_of(shown[i].scope))) &&
               (!shown[i].control || account_can_see(account, shown[i].control));
    }
    return false;
}

/* The address is of a scope of its own. */
static void put_claims(struct ctx *ctx, struct str profile)
{
    struct json_out *out = &ctx->answer.json;
    json *claims = NULL, *key, *value;
    size_t index, max;
    bool address = str_has_word(ctx->caller.scopes, STR("address"));
    json_parse(ctx->arena, profile, &claims, NULL);
    json_open_object(out);
    yyjson_obj_foreach(claims, index, max, key, value)
    {
        if (str_eq(json_str(key), STR("address")) && !address)
            continue;
        json_key_escaped(out, json_str(key));
        json_put_value(out, value);
    }
    json_close_object(out);
}

static enum err put_sso(struct ctx *ctx, const struct my_account *account)
{
    bool any = false;
    if (!is_shown(ctx, account, STR("identities")))
        return OK;
    enum err err = user_sso_has(ctx, db_text(&account->user, 0, USER_ID), &any);
    if (err || !any)
        return err;
    json_key(&ctx->answer.json, STR("ssoIdentities"));
    return user_sso_put_all(ctx, &ctx->answer.json, db_text(&account->user, 0, USER_ID), false);
}

static enum err put_account(struct ctx *ctx, const struct my_account *account)
{
    struct json_out *out = &ctx->answer.json;
    size_t column = 0;
    json_open_object(out);
    for (const struct field *field = user_fields; field->name.p; field++) {
        if (!field->column)
            continue;
        size_t at = column++;
        if (!is_shown(ctx, account, field->name))
            continue;
        json_key(out, field->name);
        if (at == USER_PROFILE)
            put_claims(ctx, db_text(&account->user, 0, at));
        else
            crud_put_value(out, field, db_at(&account->user, 0, at));
    }
    enum err err = put_sso(ctx, account);
    JSON_BOOL(out, "hasSecurityVerificationMethod", account_has_proof(account));
    json_close_object(out);
    return err;
}

static enum err get_account(struct ctx *ctx)
{
    struct my_account account;
    enum err err = account_open(ctx, &account);
    ctx->answer.no_store = true;
    return err ? err : put_account(ctx, &account);
}

/* ---- Changing ---- */

static const struct field account_fields[] = {
    {.name = STR_INIT("name"),
     .type = FIELD_STRING,
     .flags = FIELD_UPDATE | FIELD_NULLABLE,
     .max = 128,
     .doc = "Full name. Empty: none."},
    {.name = STR_INIT("avatar"),
     .type = FIELD_STRING,
     .flags = FIELD_UPDATE | FIELD_NULLABLE,
     .max = 2048,
     .check = field_is_url,
     .format = "url",
     .doc = "Address of a picture."},
    {.name = STR_INIT("username"),
     .type = FIELD_STRING,
     .flags = FIELD_UPDATE | FIELD_NULLABLE,
     .max = 128,
     .check = user_check_username,
     .format = "regex",
     .doc = "Letters, digits and `_`, no digit first. It needs a fresh proof."},
    {.name = STR_INIT("customData"),
     .type = FIELD_MAP,
     .flags = FIELD_UPDATE,
     .doc = "Anything; replaces all of it. Of the scope `custom_data`."},
    FIELDS_END,
};

static const struct account_need account_needs[] = {
    {.field = "name", .scope = "profile", .scope_error = ERR_ACCOUNT_SCOPE, .edits = true},
    {.field = "avatar", .scope = "profile", .scope_error = ERR_ACCOUNT_SCOPE, .edits = true},
    {.field = "username", .scope = "profile", .scope_error = ERR_ACCOUNT_SCOPE, .edits = true},
    {.field = "username", .reverified = true}, /* asked for only what may be changed */
    {.field = "customData",
     .scope = "custom_data",
     .scope_error = ERR_ACCOUNT_SCOPE,
     .edits = true},
};

static enum err patch_account(struct ctx *ctx)
{
    struct my_account account;
    static const struct account_need least = {.scope = "profile", .scope_error = ERR_ACCOUNT_SCOPE};
    enum err err = account_enter(ctx, &least, &account);
    for (size_t i = 0; !err && i < sizeof(account_needs) / sizeof(*account_needs); i++)
        if (json_get(ctx->body, str_of(account_needs[i].field)))
            err = account_check(ctx, &account, &account_needs[i]);
    if (!err && yyjson_is_null(json_get(ctx->body, STR("username"))))
        err = account_check_remaining(ctx, &account, USER_USERNAME);
    struct str username = json_str(json_get(ctx->body, STR("username")));
    if (!err && username.n)
        err = policy_check_username(ctx, username);
    if (!err)
        err = account_check_first_party(ctx);
    if (err)
        return err;
    json *body = account_body(ctx, account_fields);
    if (!body)
        return fail(ctx, ERR_NO_MEMORY);
    err = user_update(ctx, ctx->caller.id, body, NULL, 0, &account.user);
    if (!err)
        err = account_tell(ctx, &account.user);
    return err ? err : put_account(ctx, &account);
}

static enum err patch_profile(struct ctx *ctx)
{
    struct my_account account;
    static const struct account_need need = {
        .field = "profile", .scope = "profile", .scope_error = ERR_ACCOUNT_SCOPE, .edits = true};
    static const struct field whole = {.type = FIELD_OBJECT, .fields = user_profile_fields};
    enum err err = account_enter(ctx, &need, &account);
    if (err)
        return err;
    if (json_get(ctx->body, STR("address")) && !str_has_word(ctx->caller.scopes, STR("address")))
        return fail(ctx, ERR_ACCOUNT_SCOPE, "address");
    struct str changes = field_clean(&whole, ctx->body, ctx->arena);
    struct str merged = user_merge(ctx->arena, db_text(&account.user, 0, USER_PROFILE), changes);
    if (!merged.p)
        return fail(ctx, ERR_NO_MEMORY);
    const struct crud_set set = {"profile", db_text_value(merged)};
    err = user_update(ctx, ctx->caller.id, NULL, &set, 1, &account.user);
    if (!err)
        err = account_tell(ctx, &account.user);
    if (!err)
        put_claims(ctx, merged);
    return err;
}

/* Whoever knew the old password, or has a token of another session, is out. */
static enum err end_others(struct ctx *ctx)
{
    struct str current = STR_NONE;
    enum err err = grant_session(ctx, ctx->caller.grant_id, &current);
    return err && err != ERR_NOT_FOUND ? err : session_end_others(ctx, ctx->caller.id, current);
}

static enum err set_password(struct ctx *ctx)
{
    struct my_account account;
    struct user_password password;
    struct str text = json_str(ctx_body(ctx, STR("password")));
    static const struct account_need need = {
        .field = "password", .edits = true, .reverified = true, .if_possible = true};
    enum err err = account_enter(ctx, &need, &account);
    if (!err)
        err = password_check(ctx, text, db_text(&account.user, 0, USER_USERNAME));
    if (!err)
        err = user_password_renew(ctx, ctx->caller.id, text, &password);
    if (err)
        return err;
    if (!ctx->can_write)
        return ERR_NEEDS_WRITER;
    err = user_set_password(ctx, ctx->caller.id, password, &account.user);
    if (!err)
        err = end_others(ctx);
    if (!err)
        err = message_notice(ctx, db_text(&account.user, 0, USER_EMAIL), "password", STR_NONE);
    return err ? err : account_tell(ctx, &account.user);
}

/* ---- What the user has settled about factors ---- */

static enum err get_mfa_settings(struct ctx *ctx)
{
    struct my_account account;
    json *config = NULL;
    static const struct account_need need = {.field = "mfa", .scope = "identities"};
    enum err err = account_enter(ctx, &need, &account);
    if (!err)
        err = user_config_get(ctx, ctx->caller.id, &config);
    if (err)
        return err;
    json *mfa = json_get(config, STR("mfa"));
    json_open_object(&ctx->answer.json);
    JSON_BOOL(&ctx->answer.json, "skipMfaOnSignIn",
              yyjson_get_bool(json_get(mfa, STR("skipMfaOnSignIn"))));
    json_close_object(&ctx->answer.json);
    return OK;
}

static enum err patch_mfa_settings(struct ctx *ctx)
{
    struct my_account account;
    bool skip = yyjson_get_bool(ctx_body(ctx, STR("skipMfaOnSignIn")));
    static const struct account_need need = {
        .field = "mfa", .scope = "identities", .edits = true, .reverified = true};
    enum err err = account_enter(ctx, &need, &account);
    if (!err)
        err = user_config_set(ctx, ctx->caller.id, STR("mfa"),
                              skip ? STR("{\"skipMfaOnSignIn\":true}")
                                   : STR("{\"skipMfaOnSignIn\":false}"),
                              &account.user);
    if (!err)
        err = account_tell(ctx, &account.user);
    if (err)
        return err;
    json_open_object(&ctx->answer.json);
    JSON_BOOL(&ctx->answer.json, "skipMfaOnSignIn", skip);
    json_close_object(&ctx->answer.json);
    return OK;
}

static enum err get_configs(struct ctx *ctx)
{
    struct my_account account;
    static const struct account_need need = {
        .field = "passkey", .fallback = "mfa", .scope = "identities"};
    enum err err = account_enter(ctx, &need, &account);
    return err ? err : user_config_answer(ctx, ctx->caller.id);
}

static enum err patch_configs(struct ctx *ctx)
{
    struct my_account account;
    static const struct account_need need = {.field = "passkey",
                                             .fallback = "mfa",
                                             .scope = "identities",
                                             .edits = true,
                                             .reverified = true};
    enum err err = account_enter(ctx, &need, &account);
    if (!err)
        err = user_config_patch(ctx, ctx->caller.id, &account.user);
    return err ? err : account_tell(ctx, &account.user);
}

/* ---- Routes ---- */

static const struct field password_body[] = {
    {.name = STR_INIT("password"),
     .type = FIELD_STRING,
     .flags = FIELD_CREATE | FIELD_REQUIRED | FIELD_NOT_EMPTY | FIELD_SECRET,
     .min = 1,
     .max = PASSWORD_MAX,
     .doc = "The new one, in clear."},
    FIELDS_END,
};

static const struct field settings_fields[] = {
    {.name = STR_INIT("skipMfaOnSignIn"),
     .type = FIELD_BOOL,
     .flags = FIELD_CREATE | FIELD_REQUIRED,
     .doc = "Whether the user does not want to be asked for a second factor at sign-in."},
    FIELDS_END,
};

#define MAYBE(json_name, kind, text)                                                               \
    {                                                                                              \
        .name = STR_INIT(json_name), .type = kind, .flags = FIELD_MAYBE | FIELD_NULLABLE,          \
        .doc = text                                                                                \
    }
static const struct field sso_item = {.type = FIELD_OBJECT, .fields = user_sso_fields};

static const struct field account_reply[] = {
    {.name = STR_INIT("id"), .type = FIELD_STRING, .doc = "Identifier."},
    MAYBE("username", FIELD_STRING, "Of the scope profile."),
    {.name = STR_INIT("ssoIdentities"),
     .type = FIELD_ARRAY,
     .flags = FIELD_MAYBE,
     .item = &sso_item,
     .doc = "Accounts at enterprise connectors. Of the scope identities."},
    MAYBE("primaryEmail", FIELD_STRING, "Of the scope email."),
    MAYBE("primaryPhone", FIELD_STRING, "Of the scope phone."),
    MAYBE("name", FIELD_STRING, "Full name."),
    MAYBE("avatar", FIELD_STRING, "Address of a picture."),
    MAYBE("customData", FIELD_MAP, "Of the scope custom_data."),
    MAYBE("identities", FIELD_MAP, "Linked accounts elsewhere; of the scope identities."),
    MAYBE("lastSignInAt", FIELD_INT, "In milliseconds since 1970."),
    MAYBE("createdAt", FIELD_INT, "In milliseconds since 1970."),
    MAYBE("updatedAt", FIELD_INT, "In milliseconds since 1970."),
    {.name = STR_INIT("profile"),
     .type = FIELD_OBJECT,
     .flags = FIELD_MAYBE,
     .fields = user_profile_fields,
     .doc = "Further claims; the address is of the scope address."},
    MAYBE("applicationId", FIELD_STRING, "The application that the user registered with."),
    MAYBE("cimdClientId", FIELD_STRING, "The client that the user registered with."),
    MAYBE("isSuspended", FIELD_BOOL, "Always false: others have no valid token."),
    MAYBE("hasPassword", FIELD_BOOL, "Whether there is a password."),
    {.name = STR_INIT("hasSecurityVerificationMethod"),
     .type = FIELD_BOOL,
     .doc = "Whether there is something to prove who one is with."},
    FIELDS_END,
};

#define ACCOUNT(method_value, path_text, where)                                                    \
    .method = method_value, .path = STR_INIT("/api/my-account" path_text), .guard = GUARD_USER,    \
    .run = where

ROUTES(account_profile) = {
    {ACCOUNT(HTTP_M_GET, "", RUN_READ), .status = 200, .reply = REPLY_OBJECT,
     .reply_fields = account_reply, .summary = "Get one's own account",
     .doc = "What the token's scopes and the account center's settings show.",
     .handle = get_account},
    {ACCOUNT(HTTP_M_PATCH, "", RUN_WRITE), .body_mode = BODY_UPDATE, .body = account_fields,
     .status = 200, .reply = REPLY_OBJECT, .reply_fields = account_reply,
     .summary = "Change one's own account",
     .doc = "Each member as far as the account center's settings let users change it.",
     .handle = patch_account},
    {ACCOUNT(HTTP_M_PATCH, "/profile", RUN_WRITE), .body_mode = BODY_UPDATE,
     .body = user_profile_fields, .status = 200, .reply = REPLY_OBJECT,
     .reply_fields = user_profile_fields, .summary = "Change one's own profile",
     .doc = "Claims are set one by one.", .handle = patch_profile},
    {ACCOUNT(HTTP_M_POST, "/password", RUN_READ), .body_mode = BODY_CREATE, .body = password_body,
     .status = 204, .reply = REPLY_EMPTY, .summary = "Set one's own password",
     .doc = "The password rules of the sign-in experience hold. It needs a fresh proof, unless "
            "there is nothing to prove with. Other sessions end, and what was granted in them.",
     .handle = set_password},
    {ACCOUNT(HTTP_M_GET, "/mfa-settings", RUN_READ), .status = 200, .reply = REPLY_OBJECT,
     .reply_fields = settings_fields, .summary = "Get one's own wishes about second factors",
     .handle = get_mfa_settings},
    {ACCOUNT(HTTP_M_PATCH, "/mfa-settings", RUN_WRITE), .body_mode = BODY_CREATE,
     .body = settings_fields, .status = 200, .reply = REPLY_OBJECT, .reply_fields = settings_fields,
     .summary = "Change one's own wishes about second factors", .doc = "It needs a fresh proof.",
     .handle = patch_mfa_settings},
    {ACCOUNT(HTTP_M_GET, "/logto-configs", RUN_READ), .status = 200, .reply = REPLY_OBJECT,
     .reply_fields = user_config_fields,
     .summary = "Get what one has settled about factors and passkeys", .handle = get_configs},
    {ACCOUNT(HTTP_M_PATCH, "/logto-configs", RUN_WRITE), .body_mode = BODY_CREATE,
     .body = user_config_fields, .status = 200, .reply = REPLY_OBJECT,
     .reply_fields = user_config_fields,
     .summary = "Change what one has settled about factors and passkeys",
     .doc = "It needs a fresh proof.", .handle = patch_configs},
    ROUTES_END,
};
