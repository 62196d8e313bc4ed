/* Connectors that are set up. */
#include "domain/connectors.h"

enum err connectors_find_means(struct ctx *ctx, struct sign_in_means *means)
{
    struct db_rows rows;
    enum err err = db_query(ctx->db,
                            "SELECT DISTINCT type FROM connectors WHERE type = 'Email'"
                            " OR type = 'Sms'",
                            DB_NO_PARAMS, ctx->arena, &rows);
    *means = (struct sign_in_means){false, false};
    for (size_t i = 0; !err && i < rows.count; i++) {
        means->email |= str_eq(db_text(&rows, i, 0), STR("Email"));
        means->sms |= str_eq(db_text(&rows, i, 0), STR("Sms"));
    }
    return err;
}

static bool has_text(const struct db_rows *rows, struct str text)
{
    for (size_t i = 0; i < rows->count; i++) {
        if (str_eq(db_text(rows, i, 0), text))
            return true;
    }
    return false;
}

enum err connectors_filter_targets(struct ctx *ctx, json *targets, struct str *out)
{
    struct db_rows rows;
    size_t i, n;
    json *target;
    enum err err = db_query(ctx->db, "SELECT DISTINCT target FROM connectors WHERE type = 'Social'",
                            DB_NO_PARAMS, ctx->arena, &rows);
    if (err)
        return err;
    struct buf buf = buf_new(ctx->arena, SIZE_MAX);
    struct json_out text = json_out(&buf);
    json_open_array(&text);
    yyjson_arr_foreach(targets, i, n, target)
    {
        if (has_text(&rows, json_str(target)))
            json_put_str(&text, json_str(target));
    }
    json_close_array(&text);
    *out = buf_view(&buf);
    return out->p ? OK : fail(ctx, ERR_NO_MEMORY);
}
