/* What happened on which day: counts of the audit log that are kept beside it, so that nobody has
 * to read the log for them. */
#ifndef SIGNET_DOMAIN_ACTIVITY_H
#define SIGNET_DOMAIN_ACTIVITY_H

#include "domain/ctx.h"

/* How often it happened. */
struct activity {
    int64_t day;               /* active_users_day; 0 where days are not told apart */
    struct str key;            /* of the audit log; empty where keys are not told apart */
    struct str application_id; /* empty: none, or not told apart */
    struct str cause;          /* of a refusal: the error's code; empty: it succeeded */
    int64_t count;
};

enum activity_by {
    ACTIVITY_BY_DAY,         /* by day, key and cause */
    ACTIVITY_BY_APPLICATION, /* by application and cause; none of them in more than 1000 rows */
    ACTIVITY_BY_CAUSE,       /* refusals by cause */
};

/* The counts of the days from `from` up to and with `to`, in the request's arena, in no order; the
 * same thing may be there several times. The latest entries of the log are counted as they stand
 * there, 20000 at most. Errors are the database's. */
enum err activity_read(struct ctx *ctx, enum activity_by by, int64_t from, int64_t to,
                       struct activity **out, size_t *count);

/* Entries of the log that are not yet counted, a batch of them: read outside of a transaction,
 * stored within one. */
struct activity_batch {
    struct str before, after; /* ids: where the counting stood, and will stand */
    struct activity *counts;  /* each thing once */
    size_t count;             /* 0: there is nothing to store */
};
/* Entries younger than half a minute are left for later: one may still be on its way into the log.
 * A batch lives in the arena. */
enum err activity_collect(struct db_conn *conn, struct arena *arena, int64_t now,
                          struct activity_batch *out);
/* Within a writing transaction. When another server was faster nothing is stored. */
enum err activity_store(struct db_conn *conn, const struct activity_batch *batch);

#endif
