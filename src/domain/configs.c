/* Settings of a tenant that are one JSON value each. */
#include "domain/configs.h"

#include "crypto/vault.h"

static struct str context_of(struct arena *arena, struct str name)
{
    return arena_printf(arena, "configs|%.*s", STR_ARG(name));
}

struct str config_open(struct vault *vault, struct arena *arena, struct str name, struct str sealed)
{
    return vault_unseal(vault, arena, context_of(arena, name), sealed);
}

enum err config_find(struct ctx *ctx, struct str name, json **value)
{
    struct db_rows rows;
    *value = NULL;
    enum err err = db_query(ctx->db, "SELECT sealed FROM configs WHERE name = $1",
                            DB_PARAMS(db_text_value(name)), ctx->arena, &rows);
    if (err || !rows.count)
        return err;
    struct str text = config_open(ctx->tenant->vault, ctx->arena, name, db_text(&rows, 0, 0));
    return !text.p || json_parse(ctx->arena, text, value, NULL) ? fail(ctx, ERR_INTERNAL) : OK;
}

enum err config_put(struct ctx *ctx, struct str name, struct str text, bool *made)
{
    struct db_rows rows;
    struct buf sealed = buf_new(ctx->arena, SIZE_MAX);
    if (!text.p || !vault_seal(ctx->tenant->vault, context_of(ctx->arena, name), text, &sealed))
        return fail(ctx, ERR_NO_MEMORY);
    enum err err = db_query(ctx->db, "SELECT 1 FROM configs WHERE name = $1",
                            DB_PARAMS(db_text_value(name)), ctx->arena, &rows);
    if (!err && made)
        *made = rows.count == 0;
    return err ? err
               : db_exec(ctx->db,
                         "INSERT INTO configs (name, sealed, changed_at) VALUES ($1, $2, $3)"
                         " ON CONFLICT (name) DO UPDATE SET sealed = excluded.sealed,"
                         " changed_at = excluded.changed_at",
                         DB_PARAMS(db_text_value(name), db_text_value(buf_view(&sealed)),
                                   db_int_value(ctx->now)),
                         NULL);
}

enum err config_delete(struct ctx *ctx, struct str name, bool *found)
{
    int64_t affected = 0;
    enum err err = db_exec(ctx->db, "DELETE FROM configs WHERE name = $1",
                           DB_PARAMS(db_text_value(name)), &affected);
    *found = affected > 0;
    return err;
}

struct str config_merge(struct ctx *ctx, const struct field *fields, json *old, json *body)
{
    struct buf buf = buf_new(ctx->arena, SIZE_MAX);
    struct json_out out = json_out(&buf);
    json_open_object(&out);
    for (const struct field *field = fields; field->name.p; field++) {
        json *value = json_get(body, field->name);
        if (!value)
            value = json_get(old, field->name);
        if (!value)
            continue;
        json_key(&out, field->name);
        json_put_raw(&out, field_clean(field, value, ctx->arena));
    }
    json_close_object(&out);
    return buf_view(&buf);
}
