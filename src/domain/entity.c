/* Entities: crud with Logto's errors, and lists with its paging headers. */
#include "domain/cursor.h"
#include "domain/link.h"

enum err entity_get(struct ctx *ctx, const struct entity *entity, struct str id,
                    struct db_rows *rows)
{
    struct db_rows found;
    enum err err = crud_find(ctx->db, entity, id, ctx->arena, &found);
    if (err)
        return err;
    if (!found.count)
        return fail(ctx, ERR_NOT_EXISTS_WITH_ID, arena_cstr(ctx->arena, entity->name),
                    arena_cstr(ctx->arena, id));
    *rows = found;
    return OK;
}

void entity_answer(struct ctx *ctx, const struct entity *entity, const struct db_rows *rows,
                   size_t row)
{
    crud_put_object(&ctx->answer.json, entity, rows, row, ctx->tenant->id);
}

static int64_t offset_of(const struct ctx *ctx)
{
    int64_t offset;
    return __builtin_mul_overflow(ctx->page - 1, ctx->page_size, &offset) ? INT64_MAX : offset;
}

/* The page behind the cursor; nothing is counted. */
static enum err list_behind(struct ctx *ctx, const struct entity *entity,
                            const struct crud_filter *filters, size_t count, struct db_rows *rows)
{
    const struct crud_page page = {.limit = cursor_limit(ctx), .keys = true};
    struct crud_filter *all = ARENA_ARRAY(ctx->arena, struct crud_filter, count + 1);
    struct str list = str_of(entity->table);
    bool given;
    if (!all)
        return fail(ctx, ERR_NO_MEMORY);
    enum err err = cursor_filter(ctx, list, entity->order, &all[count], &given);
    for (size_t i = 0; i < count; i++)
        all[i] = filters[i];
    if (!err)
        err = crud_list(ctx->db, entity, all, count + given, &page, ctx->arena, rows, NULL);
    if (!err)
        cursor_end(ctx, list, entity->order, rows, crud_key_column(entity));
    return err;
}

enum err entity_list(struct ctx *ctx, const struct entity *entity,
                     const struct crud_filter *filters, size_t filter_count, struct db_rows *rows)
{
    if (!ctx->paged) {
        const struct crud_page all = {0};
        return crud_list(ctx->db, entity, filters, filter_count, &all, ctx->arena, rows, NULL);
    }
    if (ctx->cursor)
        return list_behind(ctx, entity, filters, filter_count, rows);
    const struct crud_page page = {ctx->page_size, offset_of(ctx), true};
    int64_t total;
    enum err err =
        crud_list(ctx->db, entity, filters, filter_count, &page, ctx->arena, rows, &total);
    if (!err)
        ctx_page_headers(ctx, total);
    return err;
}

enum err entity_answer_list(struct ctx *ctx, const struct entity *entity,
                            const struct crud_filter *filters, size_t filter_count)
{
    struct db_rows rows;
    enum err err = entity_list(ctx, entity, filters, filter_count, &rows);
    if (err)
        return err;
    json_open_array(&ctx->answer.json);
    for (size_t i = 0; i < rows.count; i++)
        entity_answer(ctx, entity, &rows, i);
    json_close_array(&ctx->answer.json);
    return OK;
}

static void add_page(struct ctx *ctx, const struct form *form, int64_t page, const char *relation)
{
    link_add(ctx, form, STR("page"), arena_printf(ctx->arena, "%lld", (long long)page), relation);
}

void ctx_page_headers(struct ctx *ctx, int64_t total)
{
    struct form form;
    if (!ctx->paged || ctx->cursor)
        return;
    ctx_header(ctx, STR("Total-Number"), arena_printf(ctx->arena, "%lld", (long long)total));
    if (!form_parse(ctx->request->query, ctx->arena, &form))
        return;
    int64_t last = total > 0 ? (total - 1) / ctx->page_size + 1 : 1;
    add_page(ctx, &form, 1, "first");
    if (ctx->page > 1)
        add_page(ctx, &form, ctx->page - 1, "prev");
    add_page(ctx, &form, last, "last");
    if (ctx->page < last)
        add_page(ctx, &form, ctx->page + 1, "next");
}
