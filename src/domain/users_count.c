/* The count of users, kept beside them in the transaction that changes their number. */
#include <stdatomic.h>

#include "domain/users.h"

/* Rows that the count is spread over. */
#define COUNT_PARTS 32

/* Each thread has a row of its own, so that transactions beside each other do not wait for one. */
static int64_t my_part(void)
{
    static atomic_uint threads;
    static _Thread_local int64_t part = -1;
    if (part < 0)
        part = (int64_t)(atomic_fetch_add(&threads, 1) % COUNT_PARTS);
    return part;
}

enum err user_count_change(struct ctx *ctx, int64_t difference)
{
    return db_exec(ctx->db,
                   "INSERT INTO user_counts (part, users) VALUES ($1, $2) ON CONFLICT (part)"
                   " DO UPDATE SET users = user_counts.users + excluded.users",
                   DB_PARAMS(db_int_value(my_part()), db_int_value(difference)), NULL);
}

enum err user_count(struct ctx *ctx, int64_t *count)
{
    struct db_rows rows;
    int64_t sum = 0;
    enum err err =
        db_query(ctx->db, "SELECT users FROM user_counts", DB_NO_PARAMS, ctx->arena, &rows);
    for (size_t i = 0; !err && i < rows.count; i++)
        sum += db_int(&rows, i, 0);
    if (!err)
        *count = sum;
    return err;
}
