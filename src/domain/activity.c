/* What happened on which day, counted from the audit log. */
#include "domain/activity.h"

#include <stdlib.h>

#include "base/ids.h"
#include "domain/active_users.h"

/* An id is made when its request begins and is in the log when the request ends: no request takes
 * longer than this. */
#define LAG_MS        ((int64_t)30 * 1000)
#define BATCH_ROWS    "20000"
#define BATCH         ((size_t)20000)
#define CAUSE_LONGEST ((size_t)100)

/* The payload is read only where there may be a cause in it. */
#define ENTRIES                                                                                    \
    "SELECT id, key, application_id, created_at,"                                                  \
    " CASE WHEN payload LIKE '%\"result\":\"Error\"%' THEN payload END FROM logs WHERE id > $1"
enum { ENTRY_ID, ENTRY_KEY, ENTRY_APPLICATION, ENTRY_AT, ENTRY_PAYLOAD };

static struct str present(struct str text)
{
    return text.p ? text : STR("");
}

/* The code of the error; empty when it succeeded. */
static struct str cause_of(struct arena *arena, struct arena *scratch, struct str payload)
{
    json *root;
    if (!payload.p || !scratch || json_parse(scratch, payload, &root, NULL) != JSON_OK ||
        !str_eq(json_str(json_get(root, STR("result"))), STR("Error")))
        return STR("");
    struct str code = json_str(json_get(root, STR("error")));
    struct str kept = code.n && code.n <= CAUSE_LONGEST ? arena_str(arena, code) : STR("unknown");
    return kept.p ? kept : STR("unknown");
}

static void read_entries(const struct db_rows *rows, struct activity *out)
{
    struct arena *scratch = arena_new((size_t)1 << 20);
    for (size_t i = 0; i < rows->count; i++) {
        out[i] = (struct activity){
            .day = active_users_day(db_int(rows, i, ENTRY_AT)),
            .key = db_text(rows, i, ENTRY_KEY),
            .application_id = present(db_text(rows, i, ENTRY_APPLICATION)),
            .cause = cause_of(rows->arena, scratch, db_text(rows, i, ENTRY_PAYLOAD)),
            .count = 1,
        };
        if (scratch)
            arena_reset(scratch);
    }
    arena_free(scratch);
}

static enum err read_position(struct db_conn *conn, struct arena *arena, struct str *out)
{
    struct db_rows rows;
    enum err err = db_query(conn, "SELECT position FROM activity_position WHERE one = 1",
                            DB_NO_PARAMS, arena, &rows);
    if (!err)
        *out = rows.count ? db_text(&rows, 0, 0) : STR("");
    return err;
}

/* ---- Counting ---- */

static int text_order(struct str a, struct str b)
{
    int order = memcmp(a.p, b.p, a.n < b.n ? a.n : b.n);
    return order ? order : (a.n > b.n) - (a.n < b.n);
}

static int thing_order(const void *a, const void *b)
{
    const struct activity *x = a, *y = b;
    int order = (x->day > y->day) - (x->day < y->day);
    if (!order)
        order = text_order(x->key, y->key);
    if (!order)
        order = text_order(x->application_id, y->application_id);
    return order ? order : text_order(x->cause, y->cause);
}

/* Each thing once; how many there are. */
static size_t merge(struct activity *counts, size_t count)
{
    size_t kept = 0;
    if (count)
        qsort(counts, count, sizeof(*counts), thing_order);
    for (size_t i = 0; i < count; i++) {
        if (kept && thing_order(&counts[kept - 1], &counts[i]) == 0)
            counts[kept - 1].count += counts[i].count;
        else
            counts[kept++] = counts[i];
    }
    return kept;
}

enum err activity_collect(struct db_conn *conn, struct arena *arena, int64_t now,
                          struct activity_batch *out)
{
    struct db_rows rows;
    char bound[ID_BOUND_LENGTH];
    *out = (struct activity_batch){0};
    enum err err = read_position(conn, arena, &out->before);
    if (err)
        return err;
    id_ordered_bound(bound, now - LAG_MS);
    err = db_query(
        conn, ENTRIES " AND id < $2 ORDER BY id LIMIT " BATCH_ROWS,
        DB_PARAMS(db_text_value(out->before), db_text_value((struct str){bound, ID_BOUND_LENGTH})),
        arena, &rows);
    if (err || !rows.count)
        return err;
    out->counts = ARENA_ARRAY(arena, struct activity, rows.count);
    if (!out->counts)
        return ERR_NO_MEMORY;
    read_entries(&rows, out->counts);
    out->after = db_text(&rows, rows.count - 1, ENTRY_ID);
    out->count = merge(out->counts, rows.count);
    return OK;
}

enum err activity_store(struct db_conn *conn, const struct activity_batch *batch)
{
    int64_t moved;
    enum err err =
        db_exec(conn, "UPDATE activity_position SET position = $1 WHERE one = 1 AND position = $2",
                DB_PARAMS(db_text_value(batch->after), db_text_value(batch->before)), &moved);
    for (size_t i = 0; !err && moved && i < batch->count; i++) {
        const struct activity *row = &batch->counts[i];
        err = db_exec(conn,
                      "INSERT INTO activity_counts (day, key, application_id, cause, count)"
                      " VALUES ($1, $2, $3, $4, $5)"
                      " ON CONFLICT (day, key, application_id, cause)"
                      " DO UPDATE SET count = activity_counts.count + excluded.count",
                      DB_PARAMS(db_int_value(row->day), db_text_value(row->key),
                                db_text_value(row->application_id), db_text_value(row->cause),
                                db_int_value(row->count)),
                      NULL);
    }
    return err;
}

/* ---- Reading ---- */

/* The position stands in the same statement, so that nothing is counted twice or not at all while a
 * batch is stored: a row with the day -1. */
#define READ(columns, rest)                                                                        \
    "SELECT * FROM (SELECT " columns ", CAST(sum(count) AS bigint) FROM activity_counts"           \
    " WHERE day >= $1 AND day <= $2 " rest ") counted"                                             \
    " UNION ALL SELECT -1, position, '', '', 0 FROM activity_position"
#define REFUSED "CASE WHEN cause = '' THEN '' ELSE 'refused' END"
static const char *const reads[] = {
    [ACTIVITY_BY_DAY] = READ("day, key, '', " REFUSED, "GROUP BY 1, 2, 4"),
    [ACTIVITY_BY_APPLICATION] =
        READ("0, '', application_id, " REFUSED,
             "AND application_id <> '' GROUP BY 3, 4 ORDER BY 5 DESC LIMIT 1000"),
    [ACTIVITY_BY_CAUSE] = READ("0, '', '', cause", "AND cause <> '' GROUP BY 4"),
};

/* Puts the entries of the days behind what is there already; how many there are then. */
static size_t put_latest(const struct db_rows *rows, int64_t from, int64_t to,
                         struct activity *counts, size_t count)
{
    struct activity *latest = counts + count;
    read_entries(rows, latest);
    for (size_t i = 0; i < rows->count; i++)
        if (latest[i].day >= from && latest[i].day <= to)
            counts[count++] = latest[i];
    return count;
}

/* The rows of a read; how many they are without the position. */
static size_t read_counts(const struct db_rows *rows, struct activity *out, struct str *position)
{
    size_t count = 0;
    for (size_t i = 0; i < rows->count; i++) {
        if (db_int(rows, i, 0) < 0)
            *position = db_text(rows, i, 1);
        else
            out[count++] =
                (struct activity){db_int(rows, i, 0), db_text(rows, i, 1), db_text(rows, i, 2),
                                  db_text(rows, i, 3), db_int(rows, i, 4)};
    }
    return count;
}

enum err activity_read(struct ctx *ctx, enum activity_by by, int64_t from, int64_t to,
                       struct activity **out, size_t *count)
{
    struct str position = STR("");
    struct db_rows kept, latest;
    enum err err = db_query(ctx->db, reads[by], DB_PARAMS(db_int_value(from), db_int_value(to)),
                            ctx->arena, &kept);
    if (err)
        return err;
    *out = ARENA_ARRAY(ctx->arena, struct activity, kept.count + BATCH);
    if (!*out)
        return ERR_NO_MEMORY;
    *count = read_counts(&kept, *out, &position);
    err = db_query(ctx->db, ENTRIES " ORDER BY id LIMIT " BATCH_ROWS,
                   DB_PARAMS(db_text_value(position)), ctx->arena, &latest);
    if (!err)
        *count = put_latest(&latest, from, to, *out, *count);
    return err;
}
