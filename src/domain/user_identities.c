/* Accounts at social providers, linked to users. */
#include "domain/user_identities.h"

enum err user_identity_find(struct ctx *ctx, struct str target, struct str identity,
                            struct str *user_id)
{
    struct db_rows rows;
    enum err err = db_query(
        ctx->db, "SELECT user_id FROM user_identities WHERE target = $1 AND identity_id = $2",
        DB_PARAMS(db_text_value(target), db_text_value(identity)), ctx->arena, &rows);
    if (err)
        return fail(ctx, err);
    *user_id = rows.count ? db_text(&rows, 0, 0) : STR_NONE;
    return OK;
}

enum err user_identities_get(struct ctx *ctx, struct str user_id, json **identities)
{
    struct db_rows rows;
    enum err err = user_get(ctx, user_id, &rows);
    if (err)
        return err;
    if (json_parse(ctx->arena, db_text(&rows, 0, USER_IDENTITIES), identities, NULL))
        return fail(ctx, ERR_INTERNAL);
    return OK;
}

static enum err unlink_target(struct ctx *ctx, struct str user_id, struct str target)
{
    enum err err =
        db_exec(ctx->db, "DELETE FROM user_identities WHERE user_id = $1 AND target = $2",
                DB_PARAMS(db_text_value(user_id), db_text_value(target)), NULL);
    return err ? err
               : db_exec(ctx->db,
                         "DELETE FROM kept_tokens WHERE user_id = $1 AND provider = $2"
                         " AND enterprise = 0",
                         DB_PARAMS(db_text_value(user_id), db_text_value(target)), NULL);
}

static enum err link_target(struct ctx *ctx, struct str user_id, struct str target,
                            struct str identity)
{
    int64_t affected;
    enum err err = unlink_target(ctx, user_id, target);
    if (!err)
        err = db_exec(
            ctx->db,
            "INSERT INTO user_identities (target, identity_id, user_id)"
            " VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
            DB_PARAMS(db_text_value(target), db_text_value(identity), db_text_value(user_id)),
            &affected);
    return err || affected ? err : fail(ctx, ERR_USER_IDENTITY);
}

static enum err store(struct ctx *ctx, struct str user_id, struct str identities,
                      struct db_rows *rows)
{
    const struct crud_set set = {"identities", db_text_value(identities)};
    if (!identities.p)
        return fail(ctx, ERR_NO_MEMORY);
    return user_update(ctx, user_id, NULL, &set, 1, rows);
}

enum err user_identity_link(struct ctx *ctx, struct str user_id, struct str target,
                            struct str identity, struct str value, struct db_rows *rows)
{
    struct buf buf = buf_new(ctx->arena, SIZE_MAX);
    struct json_out out = json_out(&buf);
    json *old;
    enum err err = user_identities_get(ctx, user_id, &old);
    if (!err)
        err = link_target(ctx, user_id, target, identity);
    if (err)
        return err;
    json_open_object(&out);
    json_key_escaped(&out, target);
    json_put_raw(&out, value);
    json_close_object(&out);
    return store(ctx, user_id, user_merge(ctx->arena, json_text(ctx->arena, old), buf_view(&buf)),
                 rows);
}

enum err user_identity_unlink(struct ctx *ctx, struct str user_id, struct str target,
                              struct db_rows *rows)
{
    struct buf buf = buf_new(ctx->arena, SIZE_MAX);
    struct json_out out = json_out(&buf);
    json *identities, *name, *identity;
    size_t index, max;
    enum err err = user_identities_get(ctx, user_id, &identities);
    if (!err && !json_get(identities, target))
        return fail(ctx, ERR_USER_NO_IDENTITY);
    if (!err)
        err = unlink_target(ctx, user_id, target);
    if (err)
        return err;
    json_open_object(&out);
    yyjson_obj_foreach(identities, index, max, name, identity)
    {
        if (str_eq(json_str(name), target))
            continue;
        json_key_escaped(&out, json_str(name));
        json_put_value(&out, identity);
    }
    json_close_object(&out);
    return store(ctx, user_id, buf_view(&buf), rows);
}
