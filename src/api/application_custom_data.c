/* /api/applications/:id/custom-data: merging into an application's own data. */
#include <stdlib.h>

#include "domain/applications.h"
#include "domain/ctx.h"

#define CUSTOM_DATA_MAX ((size_t)1024 * 1024)

struct member {
    struct str name;
    json *value;
};

/* Shorter names first, then by bytes: the order in which Logto's database keeps them. */
static int compare_members(const void *a, const void *b)
{
    struct str x = ((const struct member *)a)->name, y = ((const struct member *)b)->name;
    if (x.n != y.n)
        return x.n < y.n ? -1 : 1;
    return x.n ? memcmp(x.p, y.p, x.n) : 0;
}

static size_t add_members(json *object, json *unless_in, struct member *members)
{
    size_t count = 0, index, max;
    yyjson_val *key, *value;
    yyjson_obj_foreach(object, index, max, key, value)
    {
        if (!json_get(unless_in, json_str(key)))
            members[count++] = (struct member){json_str(key), value};
    }
    return count;
}

/* Members of patch replace those of the same name, whole. {NULL,0}: too big, or memory is out. */
static struct str merge(struct arena *arena, json *old, json *patch)
{
    size_t total = yyjson_obj_size(old) + yyjson_obj_size(patch);
    struct member *members = ARENA_ARRAY(arena, struct member, total + 1);
    if (!members)
        return STR_NONE;
    size_t count = add_members(patch, NULL, members);
    count += add_members(old, patch, members + count);
    qsort(members, count, sizeof(*members), compare_members);
    struct buf buf = buf_new(arena, CUSTOM_DATA_MAX);
    struct json_out out = json_out(&buf);
    json_open_object(&out);
    for (size_t i = 0; i < count; i++) {
        json_key_escaped(&out, members[i].name);
        json_put_value(&out, members[i].value);
    }
    json_close_object(&out);
    return buf_view(&buf);
}

static enum err patch_custom_data(struct ctx *ctx)
{
    struct db_rows rows;
    json *old;
    enum err err = entity_get(ctx, &application_entity, ctx->params[0], &rows);
    if (err)
        return err;
    if (json_parse(ctx->arena, db_text(&rows, 0, APPLICATION_CUSTOM_DATA), &old, NULL))
        return fail(ctx, ERR_INTERNAL);
    struct str merged = merge(ctx->arena, old, ctx->body);
    if (!merged.p)
        return fail(ctx, ERR_INVALID_INPUT, "customData would become longer than 1 MiB");
    err = db_exec(ctx->db, "UPDATE applications SET custom_data = $1 WHERE id = $2",
                  DB_PARAMS(db_text_value(merged), db_text_value(ctx->params[0])), NULL);
    if (!err)
        json_put_raw(&ctx->answer.json, merged);
    return err;
}

ROUTES(application_custom_data) = {
    {.method = HTTP_M_PATCH,
     .path = STR_INIT("/api/applications/:id/custom-data"),
     .area = "applications",
     .run = RUN_WRITE,
     .body_mode = BODY_UPDATE,
     .status = 200,
     .reply = REPLY_FREE,
     .summary = "Merge into an application's custom data",
     .doc = "Each member of the body replaces the stored member of that name; others stay. Answers "
            "all custom data.",
     .handle = patch_custom_data},
    ROUTES_END,
};
