/* What a user lets a third-party application have of each resource. */
#include "domain/consents.h"

/* {"",0}: nothing. */
static enum err find(struct ctx *ctx, struct str grant_id, struct str indicator, struct str *scope)
{
    struct db_rows rows;
    enum err err =
        db_query(ctx->db, "SELECT scope FROM grant_scopes WHERE grant_id = $1 AND resource = $2",
                 DB_PARAMS(db_text_value(grant_id), db_text_value(indicator)), ctx->arena, &rows);
    if (err)
        return fail(ctx, err);
    *scope = rows.count ? db_text(&rows, 0, 0) : STR("");
    return OK;
}

static enum err store(struct ctx *ctx, struct str grant_id, struct str indicator, struct str scope)
{
    enum err err = db_exec(
        ctx->db,
        "INSERT INTO grant_scopes (grant_id, resource, scope) VALUES ($1, $2, $3)"
        " ON CONFLICT (grant_id, resource) DO UPDATE SET scope = excluded.scope",
        DB_PARAMS(db_text_value(grant_id), db_text_value(indicator), db_text_value(scope)), NULL);
    return err ? fail(ctx, err) : OK;
}

enum err consent_give(struct ctx *ctx, const struct consent_request *request, struct str grant_id)
{
    struct str rest = request->resources, indicator, had, now;
    while ((indicator = str_split(&rest, ' ')).p) {
        enum err err = find(ctx, grant_id, indicator, &had);
        if (!err)
            err = user_scope(ctx, &request->who, indicator, request->scope, &now);
        if (!err && !words_cover(had, now))
            err = store(ctx, grant_id, indicator, words_union(ctx->arena, had, now));
        if (err)
            return err;
    }
    return OK;
}

enum err consent_is_given(struct ctx *ctx, const struct consent_request *request,
                          struct str grant_id, bool *given)
{
    struct str rest = request->resources, indicator, had, now;
    *given = true;
    while (*given && (indicator = str_split(&rest, ' ')).p) {
        enum err err = find(ctx, grant_id, indicator, &had);
        if (!err)
            err = user_scope(ctx, &request->who, indicator, request->scope, &now);
        if (err)
            return err;
        *given = words_cover(had, now);
    }
    return OK;
}

enum err consent_scope(struct ctx *ctx, const struct user_access *who, struct str grant_id,
                       struct str indicator, struct str requested, struct str *granted)
{
    struct str had;
    if (!who->app->third_party)
        return user_scope(ctx, who, indicator, requested, granted);
    enum err err = find(ctx, grant_id, indicator, &had);
    if (!err)
        err = user_scope(ctx, who, indicator, words_common(ctx->arena, requested, had), granted);
    return err;
}
