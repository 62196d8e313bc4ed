/* /api/organizations. */
#include "domain/organizations.h"

#include "domain/id_list.h"

/* ---- Listing ---- */

#define FEATURED 3 /* users named with each organization of the list */

/* The users of the listed organizations: a row for each featured one, with the count of all. */
static enum err find_featured(struct ctx *ctx, const struct db_rows *organizations,
                              struct row_index *index)
{
    struct db_rows *users = ARENA_NEW(ctx->arena, struct db_rows);
    struct str *ids = ARENA_ARRAY(ctx->arena, struct str, organizations->count + 1);
    if (!users || !ids)
        return ERR_NO_MEMORY;
    for (size_t i = 0; i < organizations->count; i++)
        ids[i] = db_text(organizations, i, ORGANIZATION_ID);
    const struct id_list list = {ids, organizations->count};
    enum err err = id_list_select(
        ctx->db,
        "SELECT m.organization_id, m.total, u.id, u.avatar, u.name FROM (SELECT organization_id,"
        " user_id, count(*) OVER (PARTITION BY organization_id) AS total,"
        " row_number() OVER (PARTITION BY organization_id ORDER BY user_id) AS place"
        " FROM organization_users WHERE organization_id",
        &list,
        ") m JOIN users u ON u.id = m.user_id WHERE m.place <= 3"
        " ORDER BY m.organization_id, m.place",
        ctx->arena, users);
    return err ? err : row_index_make(users, 0, ctx->arena, index);
}

enum { FEATURED_TOTAL = 1, FEATURED_ID, FEATURED_AVATAR, FEATURED_NAME };

static void put_featured(struct json_out *out, const struct row_index *index, struct str id)
{
    const struct db_rows *rows = index->rows;
    size_t first, count = row_index_find(index, id, &first);
    json_key(out, STR("usersCount"));
    json_put_int(out, count ? db_int(rows, index->order[first], FEATURED_TOTAL) : 0);
    json_key(out, STR("featuredUsers"));
    json_open_array(out);
    for (size_t i = first; i < first + count && i < first + FEATURED; i++) {
        json_open_object(out);
        JSON_STR(out, "id", db_text(rows, index->order[i], FEATURED_ID));
        JSON_STR(out, "avatar", db_text(rows, index->order[i], FEATURED_AVATAR));
        JSON_STR(out, "name", db_text(rows, index->order[i], FEATURED_NAME));
        json_close_object(out);
    }
    json_close_array(out);
}

static enum err answer_list(struct ctx *ctx, const struct db_rows *rows, bool featured)
{
    struct json_out *out = &ctx->answer.json;
    struct row_index users;
    enum err err = featured ? find_featured(ctx, rows, &users) : OK;
    if (err)
        return err;
    json_open_array(out);
    for (size_t i = 0; i < rows->count; i++) {
        json_open_object(out);
        JSON_STR(out, "tenantId", ctx->tenant->id);
        crud_put_members(out, &organization_entity, rows, i);
        if (featured)
            put_featured(out, &users, db_text(rows, i, ORGANIZATION_ID));
        json_close_object(out);
    }
    json_close_array(out);
    return OK;
}

static enum err list_organizations(struct ctx *ctx)
{
    struct db_rows rows;
    struct db_value pattern;
    struct crud_filter filter;
    bool matching = organization_match(
        ctx, ORGANIZATION_MATCH("id") " OR " ORGANIZATION_MATCH("name"), &pattern, &filter);
    enum err err = entity_list(ctx, &organization_entity, &filter, matching, &rows);
    return err ? err : answer_list(ctx, &rows, ctx_query_is_yes(ctx, STR("showFeatured")));
}

/* ---- One organization ---- */

static enum err create_organization(struct ctx *ctx)
{
    struct db_rows rows;
    enum err err =
        organization_part_insert(ctx, &organization_entity, ID_SHORT_LENGTH, ctx->now, &rows);
    if (!err)
        entity_answer(ctx, &organization_entity, &rows, 0);
    return err;
}

static enum err get_organization(struct ctx *ctx)
{
    struct db_rows rows;
    enum err err = entity_get(ctx, &organization_entity, ctx->params[0], &rows);
    if (!err)
        entity_answer(ctx, &organization_entity, &rows, 0);
    return err;
}

static enum err patch_organization(struct ctx *ctx)
{
    struct db_rows rows;
    enum err err = organization_part_patch(ctx, &organization_entity, ctx->params[0], &rows);
    if (!err)
        entity_answer(ctx, &organization_entity, &rows, 0);
    return err;
}

static enum err delete_organization(struct ctx *ctx)
{
    enum err err = organization_note_deletion(ctx, ctx->params[0]);
    return err ? err : organization_part_delete(ctx, &organization_entity, ctx->params[0]);
}

static const struct field list_query[] = {
    {.name = STR_INIT("q"),
     .type = FIELD_STRING,
     .flags = FIELD_CREATE,
     .doc = "Only organizations whose id or name has this in it."},
    {.name = STR_INIT("showFeatured"),
     .type = FIELD_STRING,
     .flags = FIELD_CREATE,
     .doc = "true: each with the number of its users, and up to three of them."},
    FIELDS_END,
};

ROUTES(organizations) = {
    {.method = HTTP_M_GET,
     .path = STR_INIT("/api/organizations"),
     .area = "organizations",
     .query = list_query,
     .paging = PAGE_ALWAYS,
     .status = 200,
     .reply = REPLY_ARRAY,
     .reply_fields = organization_featured_fields,
     .summary = "List organizations",
     .doc = "Newest first.",
     .handle = list_organizations},
    {.method = HTTP_M_POST,
     .path = STR_INIT("/api/organizations"),
     .area = "organizations",
     .run = RUN_WRITE,
     .body_mode = BODY_CREATE,
     .body = organization_fields,
     .status = 201,
     .reply = REPLY_OBJECT,
     .reply_fields = organization_fields,
     .summary = "Create an organization",
     .handle = create_organization},
    {.method = HTTP_M_GET,
     .path = STR_INIT("/api/organizations/:id"),
     .area = "organizations",
     .status = 200,
     .reply = REPLY_OBJECT,
     .reply_fields = organization_fields,
     .summary = "Get an organization",
     .handle = get_organization},
    {.method = HTTP_M_PATCH,
     .path = STR_INIT("/api/organizations/:id"),
     .area = "organizations",
     .run = RUN_WRITE,
     .body_mode = BODY_UPDATE,
     .body = organization_fields,
     .status = 200,
     .reply = REPLY_OBJECT,
     .reply_fields = organization_fields,
     .summary = "Change an organization",
     .doc = "Members that are not in the body stay as they are; an object in the body replaces "
            "the whole stored object.",
     .handle = patch_organization},
    {.method = HTTP_M_DELETE,
     .path = STR_INIT("/api/organizations/:id"),
     .area = "organizations",
     .run = RUN_WRITE,
     .status = 204,
     .reply = REPLY_EMPTY,
     .summary = "Delete an organization",
     .doc = "Its members stay, but get no more tokens for it.",
     .handle = delete_organization},
    ROUTES_END,
};
