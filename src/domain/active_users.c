/* Who was there on which day. */
#include "domain/active_users.h"

#include <time.h>

struct str active_users_date(int64_t day, char out[static 16])
{
    struct tm utc;
    time_t seconds = (time_t)(day * DAY_MS / 1000);
    strftime(out, 16, "%Y-%m-%d", gmtime_r(&seconds, &utc));
    return str_of(out);
}

enum err active_users_note(struct db_conn *conn, struct str user, int64_t now)
{
    return db_exec(conn,
                   "INSERT INTO daily_active_users (day, user_id) VALUES ($1, $2)"
                   " ON CONFLICT DO NOTHING",
                   DB_PARAMS(db_int_value(active_users_day(now)), db_text_value(user)), NULL);
}
