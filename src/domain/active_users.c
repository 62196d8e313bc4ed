/* Who was there on which day. */
#include "domain/active_users.h"

enum err active_users_note(struct db_conn *conn, struct str user, int64_t now)
{
    return db_exec(conn,
                   "INSERT INTO daily_active_users (day, user_id) VALUES ($1, $2)"
                   " ON CONFLICT DO NOTHING",
                   DB_PARAMS(db_int_value(active_users_day(now)), db_text_value(user)), NULL);
}
