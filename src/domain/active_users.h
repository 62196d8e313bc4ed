/* Who was there on which day: what the dashboard counts. */
#ifndef SIGNET_DOMAIN_ACTIVE_USERS_H
#define SIGNET_DOMAIN_ACTIVE_USERS_H

#include "store/db.h"

/* Days are counted from 1970-01-01 in UTC. */
#define DAY_MS ((int64_t)86400 * 1000)
static inline int64_t active_users_day(int64_t ms)
{
    return ms / DAY_MS;
}

/* YYYY-MM-DD of such a day, in out. */
struct str active_users_date(int64_t day, char out[static 16]);

/* Within a writing transaction: the user is active at this time. */
enum err active_users_note(struct db_conn *conn, struct str user, int64_t now);

#endif
