/* Passwords that are good for a while only. */
#include "domain/password_expiration.h"

#include "domain/sign_in_experience.h"

enum err password_expiration_load(struct ctx *ctx, struct password_expiration *out)
{
    struct db_rows rows;
    json *stored;
    *out = (struct password_expiration){0};
    if (ctx->tenant->tag == TENANT_ADMIN)
        return OK;
    enum err err = sign_in_experience_get(ctx, &rows);
    if (err || (err = sign_in_experience_json(ctx, &rows, STR("passwordExpiration"), &stored)) ||
        !yyjson_is_true(json_get(stored, STR("enabled"))))
        return err;
    field_int(json_get(stored, STR("validPeriodDays")), &out->days);
    field_int(json_get(stored, STR("enabledAt")), &out->since);
    return OK;
}

enum err password_expiration_check(struct ctx *ctx, struct str user_id)
{
    const int64_t day_ms = INT64_C(24) * 60 * 60 * 1000;
    struct password_expiration expiration;
    struct db_rows rows;
    enum err err = password_expiration_load(ctx, &expiration);
    if (err || !expiration.days)
        return err;
    err = db_query(ctx->db,
                   "SELECT is_password_expired, COALESCE(password_updated_at, 0), created_at "
                   "FROM users WHERE id = $1",
                   DB_PARAMS(db_text_value(user_id)), ctx->arena, &rows);
    if (err)
        return fail(ctx, err);
    if (!rows.count)
        return fail(ctx, ERR_NOT_FOUND);
    int64_t from = db_int(&rows, 0, 1);
    if (!from)
        from = expiration.since ? expiration.since : db_int(&rows, 0, 2);
    bool expired = db_int(&rows, 0, 0) != 0 || (ctx->now - from) / day_ms >= expiration.days;
    return expired ? fail(ctx, ERR_PASSWORD_EXPIRED) : OK;
}
