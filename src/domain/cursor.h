/* Cursors: where a list goes on, whatever came or went before it. A page costs the same at any
 * depth, and a row that stays is on exactly one page. */
#ifndef SIGNET_DOMAIN_CURSOR_H
#define SIGNET_DOMAIN_CURSOR_H

#include "domain/ctx.h"

/* Columns that a list is ordered by, at most. The last of them is unique, none is ever NULL, and
 * those named *_at and *_number are numbers; the others are texts. */
#define CURSOR_KEYS_MAX 3

/* The request's `after`: what the row before the page has in the columns of order ("created_at
 * DESC, id"). *given is false on a first page. ERR_INVALID_CURSOR when it is none of this list. */
enum err cursor_read(struct ctx *ctx, struct str list, const char *order,
                     struct db_value values[CURSOR_KEYS_MAX], bool *given);

/* The same as a filter for the rows behind it; only when *given. The text is the arena's. */
enum err cursor_filter(struct ctx *ctx, struct str list, const char *order,
                       struct crud_filter *filter, bool *given);

/* Rows were asked for with cursor_limit; the one too many is taken off, and Link tells where the
 * list goes on. The order's columns stand from column keys on. Does nothing unless ctx->cursor. */
void cursor_end(struct ctx *ctx, struct str list, const char *order, struct db_rows *rows,
                size_t keys);
static inline int64_t cursor_limit(const struct ctx *ctx)
{
    return ctx->page_size + ctx->cursor;
}

#endif
