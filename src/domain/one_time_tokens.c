/* One-time tokens. */
#include "domain/one_time_tokens.h"

#include "domain/opaque.h"

enum { ID, EMAIL, CONTEXT, STATUS, EXPIRES };

/* Why one that is there cannot be used. */
static enum err check(struct ctx *ctx, const struct db_rows *rows, struct str email,
                      struct str event)
{
    struct str status = db_text(rows, 0, STATUS);
    json *context = NULL;
    if (!str_eq(db_text(rows, 0, EMAIL), email))
        return fail(ctx, ERR_OTT_EMAIL);
    if (str_eq(status, STR("consumed")))
        return fail(ctx, ERR_OTT_CONSUMED);
    if (str_eq(status, STR("revoked")))
        return fail(ctx, ERR_OTT_REVOKED);
    if (!str_eq(status, STR("active")) || db_int(rows, 0, EXPIRES) <= ctx->now)
        return fail(ctx, ERR_OTT_EXPIRED);
    if (json_parse(ctx->arena, db_text(rows, 0, CONTEXT), &context, NULL) != JSON_OK)
        return fail(ctx, ERR_INTERNAL);
    struct str wanted = json_str(json_get(context, STR("interactionEvent")));
    return event.p && wanted.n && !str_eq(wanted, event) ? fail(ctx, ERR_OTT_EVENT) : OK;
}

enum err one_time_token_use(struct ctx *ctx, struct str token, struct str email, struct str event,
                            struct one_time_token *out)
{
    struct db_rows rows;
    int64_t affected = 0;
    struct str digest = opaque_digest(ctx->arena, token);
    if (!digest.p)
        return fail(ctx, ERR_NO_MEMORY);
    enum err err = db_query(ctx->db,
                            "SELECT id, email, context, status, expires_at FROM one_time_tokens"
                            " WHERE digest = $1",
                            DB_PARAMS(db_text_value(digest)), ctx->arena, &rows);
    if (err)
        return fail(ctx, err);
    if (!rows.count)
        return fail(ctx, ERR_OTT_NOT_FOUND);
    if ((err = check(ctx, &rows, email, event)))
        return err;
    err = db_exec(ctx->db,
                  "UPDATE one_time_tokens SET status = 'consumed' WHERE digest = $1"
                  " AND status = 'active'",
                  DB_PARAMS(db_text_value(digest)), &affected);
    if (err)
        return fail(ctx, err);
    *out = (struct one_time_token){db_text(&rows, 0, ID), db_text(&rows, 0, CONTEXT)};
    return affected ? OK : fail(ctx, ERR_OTT_CONSUMED);
}
