/* /api/sentinel-activities: what is remembered of failed attempts, and so of locks. */
#include "base/encoding.h"
#include "crypto/digest.h"
#include "domain/ctx.h"

static struct str hash_of(struct arena *arena, struct str target)
{
    uint8_t digest[SHA256_SIZE];
    size_t n = 2 * sizeof(digest);
    char *text = arena_bytes(arena, n);
    sha256(target, digest);
    if (text)
        hex_encode(digest, sizeof(digest), text);
    return text ? (struct str){text, n} : STR_NONE;
}

static enum err delete_activities(struct ctx *ctx)
{
    size_t i, n;
    json *target;
    enum err err = OK;
    struct str type = json_str(ctx_body(ctx, STR("targetType")));
    yyjson_arr_foreach(ctx_body(ctx, STR("targets")), i, n, target)
    {
        if (!err)
            err = db_exec(ctx->db,
                          "DELETE FROM sentinel_activities WHERE target_type = $1"
                          " AND target_hash = $2",
                          DB_PARAMS(db_text_value(type),
                                    db_text_value(hash_of(ctx->arena, json_str(target)))),
                          NULL);
    }
    return err;
}

/* ---- Routes ---- */

static const char *const types[] = {"User", "App", NULL};
static const struct field target_item = {.type = FIELD_STRING};
static const struct field delete_body[] = {
    {.name = STR_INIT("targetType"),
     .type = FIELD_ENUM,
     .flags = FIELD_CREATE | FIELD_REQUIRED,
     .options = types,
     .doc = "What is locked."},
    {.name = STR_INIT("targets"),
     .type = FIELD_ARRAY,
     .flags = FIELD_CREATE | FIELD_REQUIRED,
     .item = &target_item,
     .doc = "Identifiers: usernames, addresses, numbers."},
    FIELDS_END,
};

ROUTES(sentinel_activities) = {
    {.method = HTTP_M_POST,
     .path = STR_INIT("/api/sentinel-activities/delete"),
     .area = "sentinel-activities",
     .run = RUN_WRITE,
     .body_mode = BODY_CREATE,
     .body = delete_body,
     .status = 204,
     .reply = REPLY_EMPTY,
     .summary = "Forget failed attempts",
     .doc = "Who was locked for them is no longer.",
     .handle = delete_activities},
    ROUTES_END,
};
