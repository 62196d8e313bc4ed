/* Connectors that are set up. */
#include "domain/connectors.h"

#include "domain/sealed.h"

static const struct field fields[] = {
    {.name = STR_INIT("id"), .column = "id", .type = FIELD_STRING},
    {.name = STR_INIT("connectorId"), .column = "connector_id", .type = FIELD_STRING},
    {.name = STR_INIT("type"), .column = "type", .type = FIELD_STRING},
    {.name = STR_INIT("target"), .column = "target", .type = FIELD_STRING},
    {.name = STR_INIT("syncProfile"),
     .column = "sync_profile",
     .type = FIELD_BOOL,
     .flags = FIELD_WRITE,
     .fallback = "false"},
    {.name = STR_INIT("enableTokenStorage"),
     .column = "enable_token_storage",
     .type = FIELD_BOOL,
     .flags = FIELD_WRITE,
     .fallback = "false"},
    {.name = STR_INIT("sealedConfig"), .column = "sealed_config", .type = FIELD_STRING},
    {.name = STR_INIT("metadata"), .column = "metadata", .type = FIELD_MAP},
    FIELDS_END,
};

const struct entity connector_entity = {
    .name = STR_INIT("connectors"),
    .table = "connectors",
    .fields = fields,
    .order = "created_at, id",
};

enum err connector_get(struct ctx *ctx, struct str id, struct db_rows *rows)
{
    enum err err = crud_find(ctx->db, &connector_entity, id, ctx->arena, rows);
    return err || rows->count ? err : fail(ctx, ERR_NOT_FOUND);
}

enum err connector_open_config(struct ctx *ctx, struct str id, struct str sealed,
                               struct str *config)
{
    return sealed_open(ctx, "connectors|config", id, sealed, config);
}

enum err connector_seal_config(struct ctx *ctx, struct str id, struct str config,
                               struct str *sealed)
{
    return sealed_make(ctx, "connectors|config", id, config, sealed);
}

enum err connectors_find_means(struct ctx *ctx, struct sign_in_means *means)
{
    struct db_rows rows;
    enum err err = db_query(ctx->db,
                            "SELECT DISTINCT type FROM connectors WHERE type = 'Email'"
                            " OR type = 'Sms'",
                            DB_NO_PARAMS, ctx->arena, &rows);
    bool logged = ctx->tenant->config->development_messages;
    *means = (struct sign_in_means){logged, logged};
    for (size_t i = 0; !err && i < rows.count; i++) {
        means->email |= str_eq(db_text(&rows, i, 0), STR("Email"));
        means->sms |= str_eq(db_text(&rows, i, 0), STR("Sms"));
    }
    return err;
}

/* ---- Social connectors ---- */

static enum err find_social(struct ctx *ctx, struct db_rows *rows)
{
    const struct crud_filter filter = {"type = 'Social'", NULL, 0};
    const struct crud_page all = {0};
    return crud_list(ctx->db, &connector_entity, &filter, 1, &all, ctx->arena, rows, NULL);
}

static bool has_target(const struct db_rows *rows, struct str target)
{
    for (size_t i = 0; i < rows->count; i++) {
        if (str_eq(db_text(rows, i, CONNECTOR_TARGET), target))
            return true;
    }
    return false;
}

enum err connectors_filter_targets(struct ctx *ctx, json *targets, struct str *out)
{
    struct db_rows rows;
    size_t i, n;
    json *target;
    enum err err = find_social(ctx, &rows);
    if (err)
        return err;
    struct buf buf = buf_new(ctx->arena, SIZE_MAX);
    struct json_out text = json_out(&buf);
    json_open_array(&text);
    yyjson_arr_foreach(targets, i, n, target)
    {
        if (has_target(&rows, json_str(target)))
            json_put_str(&text, json_str(target));
    }
    json_close_array(&text);
    *out = buf_view(&buf);
    return out->p ? OK : fail(ctx, ERR_NO_MEMORY);
}

static enum err put_social(struct ctx *ctx, const struct db_rows *rows, size_t row)
{
    struct json_out *out = &ctx->answer.json;
    const struct connector_factory *factory =
        connector_factory_find(db_text(rows, row, CONNECTOR_FACTORY));
    json *metadata;
    if (!factory)
        return OK;
    if (json_parse(ctx->arena, db_text(rows, row, CONNECTOR_METADATA), &metadata, NULL))
        return fail(ctx, ERR_INTERNAL);
    json_open_object(out);
    JSON_STR(out, "id", db_text(rows, row, CONNECTOR_ID));
    connector_put_metadata(out, factory, metadata, true);
    json_close_object(out);
    return OK;
}

enum err connectors_put_social(struct ctx *ctx, json *targets)
{
    struct db_rows rows;
    size_t i, n;
    json *target;
    enum err err = find_social(ctx, &rows);
    json_open_array(&ctx->answer.json);
    yyjson_arr_foreach(targets, i, n, target)
    {
        for (size_t row = 0; !err && row < rows.count; row++) {
            if (str_eq(db_text(&rows, row, CONNECTOR_TARGET), json_str(target)))
                err = put_social(ctx, &rows, row);
        }
    }
    json_close_array(&ctx->answer.json);
    return err;
}
