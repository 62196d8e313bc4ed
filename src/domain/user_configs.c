/* What users have settled about factors and passkeys. */
#include "domain/user_configs.h"

#include "domain/users.h"

#define MFA_KEY     "mfa"
#define PASSKEY_KEY "passkeySignIn"

enum err user_config_get(struct ctx *ctx, struct str user, json **config)
{
    struct db_rows rows;
    enum err err = db_query(ctx->db, "SELECT logto_config FROM users WHERE id = $1",
                            DB_PARAMS(db_text_value(user)), ctx->arena, &rows);
    if (err)
        return err;
    if (!rows.count)
        return fail(ctx, ERR_NOT_FOUND);
    if (json_parse(ctx->arena, db_text(&rows, 0, 0), config, NULL))
        return fail(ctx, ERR_INTERNAL);
    return OK;
}

/* mfa.enabled is left out while nobody has said; the others are false then. */
static void put_config(struct ctx *ctx, json *config)
{
    struct json_out *out = &ctx->answer.json;
    json *mfa = json_get(config, STR(MFA_KEY)), *passkey = json_get(config, STR(PASSKEY_KEY));
    json *enabled = json_get(mfa, STR("enabled"));
    json_open_object(out);
    json_key(out, STR("mfa"));
    json_open_object(out);
    if (enabled)
        JSON_BOOL(out, "enabled", yyjson_get_bool(enabled));
    JSON_BOOL(out, "skipped", yyjson_get_bool(json_get(mfa, STR("skipped"))));
    JSON_BOOL(out, "skipMfaOnSignIn", yyjson_get_bool(json_get(mfa, STR("skipMfaOnSignIn"))));
    json_close_object(out);
    json_key(out, STR("passkeySignIn"));
    json_open_object(out);
    JSON_BOOL(out, "skipped", yyjson_get_bool(json_get(passkey, STR("skipped"))));
    json_close_object(out);
    json_close_object(out);
}

static struct str merge_part(struct ctx *ctx, json *config, const struct field *field)
{
    json *old = json_get(config, field->name), *changes = ctx_body(ctx, field->name);
    return user_merge(ctx->arena, old ? json_text(ctx->arena, old) : STR("{}"),
                      changes ? field_clean(field, changes, ctx->arena) : STR("{}"));
}

static const struct field mfa_fields[] = {
    {.name = STR_INIT("enabled"),
     .type = FIELD_BOOL,
     .flags = FIELD_CREATE | FIELD_MAYBE,
     .doc = "Whether the user has turned factors on."},
    {.name = STR_INIT("skipped"),
     .type = FIELD_BOOL,
     .flags = FIELD_CREATE,
     .doc = "Whether the user has declined to set up a factor."},
    {.name = STR_INIT("skipMfaOnSignIn"),
     .type = FIELD_BOOL,
     .flags = FIELD_CREATE,
     .doc = "Whether the user does not want to be asked for one at sign-in."},
    FIELDS_END,
};

static const struct field passkey_fields[] = {
    {.name = STR_INIT("skipped"),
     .type = FIELD_BOOL,
     .flags = FIELD_CREATE,
     .doc = "Whether the user has declined to make a passkey."},
    FIELDS_END,
};

const struct field user_config_fields[] = {
    {.name = STR_INIT(MFA_KEY),
     .type = FIELD_OBJECT,
     .flags = FIELD_CREATE,
     .fields = mfa_fields,
     .doc = "About factors."},
    {.name = STR_INIT(PASSKEY_KEY),
     .type = FIELD_OBJECT,
     .flags = FIELD_CREATE,
     .fields = passkey_fields,
     .doc = "About passkeys."},
    FIELDS_END,
};

enum err user_config_answer(struct ctx *ctx, struct str user)
{
    json *config = NULL;
    enum err err = user_config_get(ctx, user, &config);
    if (!err)
        put_config(ctx, config);
    return err;
}

enum err user_config_patch(struct ctx *ctx, struct str user, struct db_rows *rows)
{
    json *config = NULL;
    enum err err = user_config_get(ctx, user, &config);
    if (err)
        return err;
    struct str mfa = merge_part(ctx, config, &user_config_fields[0]);
    struct str passkey = merge_part(ctx, config, &user_config_fields[1]);
    struct str text = arena_printf(ctx->arena, "{\"" MFA_KEY "\":%.*s,\"" PASSKEY_KEY "\":%.*s}",
                                   STR_ARG(mfa), STR_ARG(passkey));
    if (!mfa.p || !passkey.p || !text.p || json_parse(ctx->arena, text, &config, NULL))
        return fail(ctx, ERR_NO_MEMORY);
    const struct crud_set set = {"logto_config", db_text_value(text)};
    err = user_update(ctx, user, NULL, &set, 1, rows);
    if (!err)
        put_config(ctx, config);
    return err;
}

enum err user_config_set(struct ctx *ctx, struct str user, struct str part, struct str changes,
                         struct db_rows *rows)
{
    json *config = NULL;
    enum err err = user_config_get(ctx, user, &config);
    if (err)
        return err;
    json *old = json_get(config, part);
    struct str merged =
        user_merge(ctx->arena, old ? json_text(ctx->arena, old) : STR("{}"), changes);
    struct str member = arena_printf(ctx->arena, "{\"%.*s\":%.*s}", STR_ARG(part), STR_ARG(merged));
    struct str text =
        member.p ? user_merge(ctx->arena, json_text(ctx->arena, config), member) : STR_NONE;
    if (!merged.p || !text.p)
        return fail(ctx, ERR_NO_MEMORY);
    const struct crud_set set = {"logto_config", db_text_value(text)};
    return user_update(ctx, user, NULL, &set, 1, rows);
}
