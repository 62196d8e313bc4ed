/* domain/activity.h: the log counted a batch at a time, each entry once. */
#include "domain_test.h"

#include "domain/active_users.h"
#include "domain/activity.h"

/* Noon of a day that no test had yet and is still to come: ids never go back in time. */
static int64_t new_noon(void)
{
    static int64_t day = 40000;
    day += 10;
    return day * DAY_MS + DAY_MS / 2;
}

static void add_entry(struct world *w, struct db_conn *audit, int64_t at, const char *app,
                      const char *payload)
{
    char *id = arena_bytes(w->arena, ID_ORDERED_LENGTH);
    id_ordered(id, at);
    assert_ok(
        db_exec(audit,
                "INSERT INTO logs (id, key, application_id, user_id, payload, created_at)"
                " VALUES ($1, $2, $3, $4, $5, $6)",
                DB_PARAMS(db_text_value((struct str){id, ID_ORDERED_LENGTH}),
                          db_text_value(STR("ExchangeTokenBy.ClientCredentials")),
                          db_text_value(app ? str_of(app) : STR_NONE), db_text_value(STR_NONE),
                          db_text_value(str_of(payload)), db_int_value(at)),
                NULL));
}

/* One batch; how many things it had. */
static size_t count_batch(struct world *w, struct db_conn *reader, int64_t now)
{
    struct activity_batch batch;
    assert_ok(activity_collect(reader, w->arena, now, &batch));
    assert_ok(db_begin(w->conn));
    if (batch.count)
        assert_ok(activity_store(w->conn, &batch));
    assert_ok(db_commit(w->conn));
    return batch.count;
}

static void test_each_entry_once(void **state)
{
    struct world *w = *state;
    struct tenant *tenant = world_open(w, TENANT_DEFAULT);
    int64_t noon = new_noon();
    struct db_conn *audit, *reader;
    assert_ok(db_connect_write(tenant->db, DB_AUDIT, &audit));
    assert_ok(db_connect_read(tenant->db, &reader));
    add_entry(w, audit, noon, "app", "{\"result\":\"Success\"}");
    add_entry(w, audit, noon + 1, "app", "{\"result\":\"Success\",\"error\":\"none\"}");
    add_entry(w, audit, noon + 2, NULL, "{\"result\":\"Error\",\"error\":\"invalid_client\"}");
    add_entry(w, audit, noon + 3, "app", "{\"result\":\"Error\",\"error\":{}}");
    add_entry(w, audit, noon + DAY_MS, "app", "{\"result\":\"Success\"}");
    assert_int_equal(count_batch(w, reader, noon), 0); /* all may still be joined by others */
    assert_int_equal(count_batch(w, reader, noon + DAY_MS), 3);
    assert_int_equal(count_batch(w, reader, noon + DAY_MS), 0);
    assert_int_equal(count_batch(w, reader, noon + 2 * DAY_MS), 1);
    assert_int_equal(world_number(w, "SELECT count(*) FROM activity_counts"), 4);
    assert_int_equal(world_number(w, "SELECT max(count) FROM activity_counts WHERE cause = ''"), 2);
    assert_string_equal(world_text(w, "SELECT cause FROM activity_counts"
                                      " WHERE application_id = ''"),
                        "invalid_client");
    assert_string_equal(world_text(w, "SELECT cause FROM activity_counts"
                                      " WHERE application_id = 'app' AND cause <> ''"),
                        "unknown");
    add_entry(w, audit, noon + DAY_MS + 1, "app", "{\"result\":\"Success\"}");
    count_batch(w, reader, noon + 2 * DAY_MS);
    assert_int_equal(world_number(w, "SELECT CAST(sum(count) AS bigint) FROM activity_counts"), 6);
    db_disconnect(reader);
    db_disconnect(audit);
    world_close(w, tenant);
}

static void test_the_slower_server_stores_nothing(void **state)
{
    struct world *w = *state;
    struct tenant *tenant = world_open(w, TENANT_DEFAULT);
    int64_t noon = new_noon();
    struct db_conn *audit, *reader;
    struct activity_batch batch;
    assert_ok(db_connect_write(tenant->db, DB_AUDIT, &audit));
    assert_ok(db_connect_read(tenant->db, &reader));
    add_entry(w, audit, noon, "app", "{\"result\":\"Success\"}");
    assert_ok(activity_collect(reader, w->arena, noon + 3 * DAY_MS, &batch));
    count_batch(w, reader, noon + 3 * DAY_MS);
    assert_ok(db_begin(w->conn));
    assert_ok(activity_store(w->conn, &batch));
    assert_ok(db_commit(w->conn));
    assert_int_equal(world_number(w, "SELECT count FROM activity_counts"), 1);
    db_disconnect(reader);
    db_disconnect(audit);
    world_close(w, tenant);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(test_each_entry_once),
        WORLD_TEST(test_the_slower_server_stores_nothing),
    };
    RUN_ON_BOTH(tests);
}
