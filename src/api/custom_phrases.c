/* /api/custom-phrases: what the sign-in pages say in place of the built-in phrases. */
#include "base/ids.h"
#include "domain/phrases.h"
#include "domain/sign_in_experience.h"

static const struct field phrase_fields[] = {
    {.name = STR_INIT("tenantId"), .type = FIELD_STRING, .doc = "The tenant it is in."},
    {.name = STR_INIT("id"), .column = "id", .type = FIELD_STRING, .doc = "Identifier."},
    {.name = STR_INIT("languageTag"),
     .column = "language_tag",
     .type = FIELD_STRING,
     .doc = "The language."},
    {.name = STR_INIT("translation"),
     .column = "translation",
     .type = FIELD_MAP,
     .doc = "Phrases by path: nested objects of texts."},
    FIELDS_END,
};

static const struct entity entity = {
    .name = STR_INIT("custom_phrases"),
    .table = "custom_phrases",
    .key = "language_tag",
    .fields = phrase_fields,
    .order = "language_tag",
};

static enum err check_tag(struct ctx *ctx)
{
    return language_tag_is_known(ctx->params[0])
               ? OK
               : fail_text(ctx, ERR_INVALID_PARAMS, "this is no language tag that is known here");
}

static enum err list_phrases(struct ctx *ctx)
{
    return entity_answer_list(ctx, &entity, NULL, 0);
}

static enum err get_phrases(struct ctx *ctx)
{
    struct db_rows rows;
    enum err err = check_tag(ctx);
    if (!err)
        err = crud_find(ctx->db, &entity, ctx->params[0], ctx->arena, &rows);
    if (!err && !rows.count)
        err = fail(ctx, ERR_NOT_FOUND);
    if (!err)
        entity_answer(ctx, &entity, &rows, 0);
    return err;
}

static enum err put_phrases(struct ctx *ctx)
{
    char id[ID_LENGTH];
    id_random(id, sizeof(id));
    enum err err = check_tag(ctx);
    if (!err && !phrases_fit(ctx->body))
        err = fail(ctx, ERR_PHRASES_STRUCTURE);
    if (!err)
        err = db_exec(ctx->db,
                      "INSERT INTO custom_phrases (id, language_tag, translation)"
                      " VALUES ($1, $2, $3) ON CONFLICT (language_tag)"
                      " DO UPDATE SET translation = excluded.translation",
                      DB_PARAMS(db_text_value((struct str){id, sizeof(id)}),
                                db_text_value(ctx->params[0]),
                                db_text_value(phrases_clean(ctx->arena, ctx->body))),
                      NULL);
    return err ? err : get_phrases(ctx);
}

static enum err delete_phrases(struct ctx *ctx)
{
    struct db_rows rows;
    json *info;
    bool found;
    enum err err = check_tag(ctx);
    if (!err)
        err = sign_in_experience_get(ctx, &rows);
    if (!err)
        err = sign_in_experience_json(ctx, &rows, STR("languageInfo"), &info);
    if (err)
        return err;
    if (str_eq(json_str(json_get(info, STR("fallbackLanguage"))), ctx->params[0]))
        return fail(ctx, ERR_PHRASES_DEFAULT, arena_cstr(ctx->arena, ctx->params[0]));
    err = crud_delete(ctx->db, &entity, ctx->params[0], &found);
    return err || found ? err : fail(ctx, ERR_NOT_FOUND);
}

/* ---- Routes ---- */

#define SECTION(json_name)                                                                         \
    {                                                                                              \
        .name = STR_INIT(json_name), .type = FIELD_MAP, .flags = FIELD_CREATE,                     \
        .doc = "Phrases of this part."                                                             \
    }
static const struct field sections[] = {
    SECTION("input"),   SECTION("secondary"),          SECTION("action"),
    SECTION("error"),   SECTION("description"),        SECTION("list"),
    SECTION("mfa"),     SECTION("development_tenant"), SECTION("user_scopes"),
    SECTION("profile"), SECTION("account_center"),     SECTION("passkey_sign_in"),
    FIELDS_END,
};

ROUTES(custom_phrases) = {
    {.method = HTTP_M_GET,
     .path = STR_INIT("/api/custom-phrases"),
     .area = "custom-phrases",
     .status = 200,
     .reply = REPLY_ARRAY,
     .reply_fields = phrase_fields,
     .summary = "List custom phrases",
     .handle = list_phrases},
    {.method = HTTP_M_GET,
     .path = STR_INIT("/api/custom-phrases/:languageTag"),
     .area = "custom-phrases",
     .status = 200,
     .reply = REPLY_OBJECT,
     .reply_fields = phrase_fields,
     .summary = "Get the custom phrases of a language",
     .handle = get_phrases},
    {.method = HTTP_M_PUT,
     .path = STR_INIT("/api/custom-phrases/:languageTag"),
     .area = "custom-phrases",
     .run = RUN_WRITE,
     .body_mode = BODY_CREATE,
     .body = sections,
     .status = 201,
     .reply = REPLY_OBJECT,
     .reply_fields = phrase_fields,
     .summary = "Set the custom phrases of a language",
     .doc = "In place of all that were there. Only phrases that sign-in pages have.",
     .handle = put_phrases},
    {.method = HTTP_M_DELETE,
     .path = STR_INIT("/api/custom-phrases/:languageTag"),
     .area = "custom-phrases",
     .run = RUN_WRITE,
     .status = 204,
     .reply = REPLY_EMPTY,
     .summary = "Delete the custom phrases of a language",
     .handle = delete_phrases},
    ROUTES_END,
};
