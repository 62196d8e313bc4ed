/* Statements composed from rows, run on an embedded database. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>
#include <ftw.h>
#include <pthread.h>
#include <unistd.h>

#include "store/crud.h"

static const char *const colors[] = {"red", "blue", NULL};
static const struct field text_item = {.type = FIELD_STRING};
static const struct field members[] = {
    {.name = STR_INIT("a"), .type = FIELD_INT},
    {.name = STR_INIT("b"), .type = FIELD_ARRAY, .item = &text_item},
    FIELDS_END,
};
static const struct field fields[] = {
    {.name = STR_INIT("id"), .column = "id", .type = FIELD_STRING},
    {.name = STR_INIT("name"), .column = "name", .type = FIELD_STRING, .flags = FIELD_WRITE},
    {.name = STR_INIT("color"),
     .column = "color",
     .type = FIELD_ENUM,
     .flags = FIELD_WRITE | FIELD_NULLABLE,
     .options = colors},
    {.name = STR_INIT("level"),
     .column = "level",
     .type = FIELD_INT,
     .flags = FIELD_WRITE,
     .fallback = "3600"},
    {.name = STR_INIT("isOn"),
     .column = "is_on",
     .type = FIELD_BOOL,
     .flags = FIELD_UPDATE,
     .fallback = "true"},
    {.name = STR_INIT("computed"), .type = FIELD_STRING, .flags = FIELD_WRITE},
    {.name = STR_INIT("meta"),
     .column = "meta",
     .type = FIELD_OBJECT,
     .flags = FIELD_WRITE,
     .fields = members,
     .fallback = "{}"},
    {.name = STR_INIT("data"),
     .column = "data",
     .type = FIELD_MAP,
     .flags = FIELD_WRITE | FIELD_MAYBE},
    {.name = STR_INIT("list"),
     .column = "list",
     .type = FIELD_ARRAY,
     .flags = FIELD_CREATE,
     .item = &text_item},
    {.name = STR_INIT("digest"),
     .column = "digest",
     .type = FIELD_STRING,
     .flags = FIELD_CREATE | FIELD_HIDDEN},
    {.name = STR_INIT("createdAt"), .column = "created_at", .type = FIELD_INT},
    FIELDS_END,
};
static const struct entity things = {.name = STR_INIT("things"),
                                     .table = "crud_things",
                                     .fields = fields,
                                     .order = "created_at, id"};

static const struct field pair_fields[] = {
    {.name = STR_INIT("code"), .column = "code", .type = FIELD_STRING, .flags = FIELD_CREATE},
    {.name = STR_INIT("value"), .column = "value", .type = FIELD_INT, .flags = FIELD_WRITE},
    FIELDS_END,
};
static const struct entity pairs = {
    .name = STR_INIT("pairs"), .table = "crud_pairs", .key = "code", .fields = pair_fields};

static const char schema[] =
    "CREATE TABLE crud_things (id text PRIMARY KEY, name text NOT NULL UNIQUE, color text,"
    " level bigint NOT NULL, is_on bigint NOT NULL, meta text NOT NULL, data text, list text,"
    " digest text, created_at bigint NOT NULL) STRICT;"
    "CREATE TABLE crud_pairs (code text PRIMARY KEY, value bigint) STRICT;";

struct fixture {
    char dir[64];
    struct db *db;
    struct db_conn *conn;
    struct arena *arena;
};

static int open_database(void **state)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));
    struct str why = STR_NONE;
    memcpy(fixture->dir, "/tmp/crud-test-XXXXXX", sizeof("/tmp/crud-test-XXXXXX"));
    assert_non_null(mkdtemp(fixture->dir));
    fixture->arena = arena_new(64 << 20);
    struct db_options options = {.url = "", .dir = fixture->dir, .tenant = "default"};
    if (db_open(&options, fixture->arena, &fixture->db, &why) != OK)
        fail_msg("%.*s", STR_ARG(why));
    assert_int_equal(db_connect_write(fixture->db, DB_MAIN, &fixture->conn), OK);
    assert_int_equal(db_script(fixture->conn, STR(schema)), OK);
    *state = fixture;
    return 0;
}

static int remove_entry(const char *path, const struct stat *stat, int type, struct FTW *at)
{
    (void)stat;
    (void)type;
    (void)at;
    return remove(path);
}

static int close_database(void **state)
{
    struct fixture *fixture = *state;
    db_disconnect(fixture->conn);
    db_close(fixture->db);
    nftw(fixture->dir, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
    arena_free(fixture->arena);
    free(fixture);
    return 0;
}

static int empty_tables(void **state)
{
    struct fixture *fixture = *state;
    return db_script(fixture->conn, STR("DELETE FROM crud_things; DELETE FROM crud_pairs;")) != OK;
}

static json *parse(struct fixture *fixture, const char *text)
{
    json *value = NULL;
    assert_int_equal(json_parse(fixture->arena, str_of(text), &value, NULL), JSON_OK);
    return value;
}

static void assert_row(struct fixture *fixture, const struct db_rows *rows, size_t row,
                       const char *expected)
{
    struct buf buf = buf_new(fixture->arena, 1 << 16);
    struct json_out out = json_out(&buf);
    crud_put_object(&out, &things, rows, row, STR_NONE);
    assert_string_equal(arena_cstr(fixture->arena, buf_view(&buf)), expected);
}

static struct db_rows insert(struct fixture *fixture, const char *id, int64_t created_at,
                             const char *body)
{
    struct db_rows rows;
    const struct crud_set sets[] = {{"id", db_text_value(str_of(id))},
                                    {"created_at", db_int_value(created_at)}};
    assert_int_equal(
        crud_insert(fixture->conn, &things, parse(fixture, body), sets, 2, fixture->arena, &rows),
        OK);
    assert_int_equal(rows.count, 1);
    return rows;
}

static void inserts_declared_values(void **state)
{
    struct fixture *fixture = *state;
    static const char *const full =
        "{\"id\":\"t1\",\"name\":\"N\",\"color\":\"red\",\"level\":7,\"isOn\":true,"
        "\"meta\":{\"a\":1,\"b\":[\"x\"]},\"data\":{\"k\":{\"deep\":null}},\"list\":[\"p\",\"q\"],"
        "\"createdAt\":5}";
    struct db_rows rows =
        insert(fixture, "t1", 5,
               "{\"id\":\"mine\",\"name\":\"N\",\"color\":\"red\",\"level\":7.0,\"isOn\":false,"
               "\"computed\":\"z\",\"meta\":{\"z\":0,\"b\":[\"x\"],\"a\":1},\"data\":{\"k\":{"
               "\"deep\":null}},"
               "\"list\":[\"p\",\"q\"],\"digest\":\"secret\",\"createdAt\":1,\"other\":1}");
    assert_row(fixture, &rows, 0, full);
    assert_int_equal(crud_find(fixture->conn, &things, STR("t1"), fixture->arena, &rows), OK);
    assert_int_equal(rows.count, 1);
    assert_row(fixture, &rows, 0, full);
    assert_true(str_eq(db_text(&rows, 0, 8), STR("secret")));
}

static void inserts_fallbacks(void **state)
{
    struct fixture *fixture = *state;
    struct db_rows rows = insert(fixture, "t2", 6, "{\"name\":\"M\"}");
    assert_row(fixture, &rows, 0,
               "{\"id\":\"t2\",\"name\":\"M\",\"color\":null,\"level\":3600,\"isOn\":true,"
               "\"meta\":{},\"list\":null,\"createdAt\":6}");
}

static void lets_sets_win(void **state)
{
    struct fixture *fixture = *state;
    struct db_rows rows;
    const struct crud_set sets[] = {{"id", db_text_value(STR("t3"))},
                                    {"name", db_text_value(STR("set"))},
                                    {"created_at", db_int_value(1)},
                                    {"level", db_int_value(9)}};
    assert_int_equal(crud_insert(fixture->conn, &things, NULL, sets, 4, fixture->arena, &rows), OK);
    assert_row(fixture, &rows, 0,
               "{\"id\":\"t3\",\"name\":\"set\",\"color\":null,\"level\":9,\"isOn\":true,"
               "\"meta\":{},\"list\":null,\"createdAt\":1}");
    bool nothing;
    const struct crud_set change = {"level", db_int_value(10)};
    assert_int_equal(crud_update(fixture->conn, &things, STR("t3"),
                                 parse(fixture, "{\"level\":1,\"name\":\"body\"}"), &change, 1,
                                 fixture->arena, &rows, &nothing),
                     OK);
    assert_false(nothing);
    assert_int_equal(db_int(&rows, 0, 3), 10);
    assert_true(str_eq(db_text(&rows, 0, 1), STR("body")));
}

static void reports_what_the_database_refuses(void **state)
{
    struct fixture *fixture = *state;
    insert(fixture, "t1", 1, "{\"name\":\"same\"}");
    const struct crud_set sets[] = {{"id", db_text_value(STR("t2"))},
                                    {"created_at", db_int_value(1)}};
    assert_int_equal(crud_insert(fixture->conn, &things, parse(fixture, "{\"name\":\"same\"}"),
                                 sets, 2, fixture->arena, NULL),
                     ERR_DB_UNIQUE);
    assert_int_equal(
        crud_insert(fixture->conn, &things, parse(fixture, "{}"), sets, 2, fixture->arena, NULL),
        ERR_DB_CONSTRAINT);
}

static void updates_what_the_body_has(void **state)
{
    struct fixture *fixture = *state;
    struct db_rows rows;
    bool nothing = true;
    insert(fixture, "t1", 1, "{\"name\":\"N\",\"color\":\"red\",\"data\":{\"a\":1}}");
    assert_int_equal(
        crud_update(fixture->conn, &things, STR("t1"),
                    parse(fixture, "{\"color\":null,\"isOn\":false,\"data\":{},\"list\":[\"no\"],"
                                   "\"digest\":\"no\",\"createdAt\":9}"),
                    NULL, 0, fixture->arena, &rows, &nothing),
        OK);
    assert_false(nothing);
    assert_int_equal(rows.count, 1);
    assert_row(fixture, &rows, 0,
               "{\"id\":\"t1\",\"name\":\"N\",\"color\":null,\"level\":3600,\"isOn\":false,"
               "\"meta\":{},\"data\":{},\"list\":null,\"createdAt\":1}");
    assert_int_equal(crud_update(fixture->conn, &things, STR("nobody"),
                                 parse(fixture, "{\"level\":1}"), NULL, 0, fixture->arena, &rows,
                                 &nothing),
                     OK);
    assert_false(nothing);
    assert_int_equal(rows.count, 0);
}

static void says_when_there_is_nothing_to_update(void **state)
{
    struct fixture *fixture = *state;
    struct db_rows rows;
    bool nothing = false;
    assert_int_equal(crud_update(fixture->conn, &things, STR("t1"),
                                 parse(fixture, "{\"list\":[],\"computed\":\"x\"}"), NULL, 0,
                                 fixture->arena, &rows, &nothing),
                     OK);
    assert_true(nothing);
}

static void deletes(void **state)
{
    struct fixture *fixture = *state;
    bool found = false;
    struct db_rows rows;
    insert(fixture, "t1", 1, "{\"name\":\"N\"}");
    assert_int_equal(crud_delete(fixture->conn, &things, STR("t1"), &found), OK);
    assert_true(found);
    assert_int_equal(crud_delete(fixture->conn, &things, STR("t1"), &found), OK);
    assert_false(found);
    assert_int_equal(crud_find(fixture->conn, &things, STR("t1"), fixture->arena, &rows), OK);
    assert_int_equal(rows.count, 0);
}

static void assert_list(struct fixture *fixture, const struct crud_filter *filters, size_t count,
                        struct crud_page page, const char *ids, int64_t expected_total)
{
    struct db_rows rows;
    int64_t total = -1;
    struct buf seen = buf_new(fixture->arena, 1 << 10);
    assert_int_equal(
        crud_list(fixture->conn, &things, filters, count, &page, fixture->arena, &rows, &total),
        OK);
    for (size_t i = 0; i < rows.count; i++)
        buf_str(&seen, db_text(&rows, i, 0));
    buf_byte(&seen, '.');
    assert_string_equal(arena_cstr(fixture->arena, buf_view(&seen)), ids);
    assert_int_equal(total, expected_total);
}

static void lists_pages_of_filtered_rows(void **state)
{
    struct fixture *fixture = *state;
    static const char *const ids[] = {"a", "b", "c", "d", "e"};
    for (int64_t i = 0; i < 5; i++) {
        char body[64];
        snprintf(body, sizeof(body), "{\"name\":\"n%d$1\",\"level\":%d,\"color\":\"%s\"}", (int)i,
                 (int)(i % 3), i % 2 ? "red" : "blue");
        insert(fixture, ids[i], 10 - i, body);
    }
    const struct db_value range[] = {db_int_value(0), db_int_value(1)};
    const struct db_value color[] = {db_text_value(STR("red"))};
    const struct db_value color_and_level[] = {db_text_value(STR("blue")), db_int_value(2)};
    const struct crud_filter between = {"level BETWEEN $1 AND $2", range, 2};
    const struct crud_filter either = {"color = $1 OR level = $2", color_and_level, 2};
    const struct crud_filter all[] = {between,
                                      {"color = $1 OR $1 IS NULL", color, 1},
                                      {"name <> '$1' AND name LIKE '%$1'", NULL, 0}};
    assert_list(fixture, NULL, 0, (struct crud_page){0}, "edcba.", 5);
    assert_list(fixture, NULL, 0, (struct crud_page){.limit = 2}, "ed.", 5);
    assert_list(fixture, NULL, 0, (struct crud_page){.limit = 2, .offset = 4}, "a.", 5);
    assert_list(fixture, NULL, 0, (struct crud_page){.limit = 2, .offset = 8}, ".", 5);
    assert_list(fixture, NULL, 0, (struct crud_page){.limit = 5}, "edcba.", 5);
    assert_list(fixture, all, 3, (struct crud_page){0}, "db.", 2);
    assert_list(fixture, all, 3, (struct crud_page){.limit = 1, .offset = 1}, "b.", 2);
    assert_list(fixture, &between, 1, (struct crud_page){.limit = 3}, "edb.", 4);
    assert_list(fixture, &either, 1, (struct crud_page){.limit = 9}, "eca.", 3);
    /* The parentheses keep an OR inside its filter. */
    const struct crud_filter both[] = {either, between};
    assert_list(fixture, both, 2, (struct crud_page){0}, "ea.", 2);
}

static void lists_without_page_or_total(void **state)
{
    struct fixture *fixture = *state;
    struct db_rows rows;
    insert(fixture, "t1", 1, "{\"name\":\"N\"}");
    assert_int_equal(crud_list(fixture->conn, &things, NULL, 0, NULL, fixture->arena, &rows, NULL),
                     OK);
    assert_int_equal(rows.count, 1);
}

static void uses_other_keys(void **state)
{
    struct fixture *fixture = *state;
    struct db_rows rows;
    bool nothing, found;
    assert_int_equal(crud_insert(fixture->conn, &pairs,
                                 parse(fixture, "{\"code\":\"k\",\"value\":1}"), NULL, 0,
                                 fixture->arena, NULL),
                     OK);
    assert_int_equal(crud_update(fixture->conn, &pairs, STR("k"), parse(fixture, "{\"value\":2}"),
                                 NULL, 0, fixture->arena, &rows, &nothing),
                     OK);
    assert_int_equal(crud_find(fixture->conn, &pairs, STR("k"), fixture->arena, &rows), OK);
    assert_int_equal(db_int(&rows, 0, 1), 2);
    assert_int_equal(crud_delete(fixture->conn, &pairs, STR("k"), &found), OK);
    assert_true(found);
}

static void writes_the_tenant_first(void **state)
{
    struct fixture *fixture = *state;
    struct db_rows rows;
    struct buf buf = buf_new(fixture->arena, 1 << 10);
    struct json_out out = json_out(&buf);
    crud_insert(fixture->conn, &pairs, parse(fixture, "{\"code\":\"q\\\"\"}"), NULL, 0,
                fixture->arena, &rows);
    json_open_array(&out);
    crud_put_object(&out, &pairs, &rows, 0, STR("default"));
    json_open_object(&out);
    JSON_INT(&out, "x", 1);
    crud_put_members(&out, &pairs, &rows, 0);
    json_close_object(&out);
    json_close_array(&out);
    assert_string_equal(arena_cstr(fixture->arena, buf_view(&buf)),
                        "[{\"tenantId\":\"default\",\"code\":\"q\\\"\",\"value\":null},"
                        "{\"x\":1,\"code\":\"q\\\"\",\"value\":null}]");
}

/* More shapes than the table of texts keeps: the rest is composed each time, with the same result.
 */
static void works_beyond_the_kept_texts(void **state)
{
    struct fixture *fixture = *state;
    struct arena *arena = arena_new(1 << 20);
    insert(fixture, "t1", 1, "{\"name\":\"N\"}");
    for (int round = 0; round < 2; round++)
        for (int i = 0; i < 1500; i++) {
            char sql[64];
            struct db_rows rows;
            snprintf(sql, sizeof(sql), "level = $1 AND %d = %d", i, i);
            const struct db_value level = db_int_value(3600);
            const struct crud_filter filter = {sql, &level, 1};
            arena_reset(arena);
            assert_int_equal(
                crud_list(fixture->conn, &things, &filter, 1, NULL, arena, &rows, NULL), OK);
            assert_int_equal(rows.count, 1);
        }
    arena_free(arena);
}

struct race {
    struct db_conn *conn;
    bool right;
};

static void *list_many(void *arg)
{
    struct race *race = arg;
    race->right = true;
    struct arena *arena = arena_new(1 << 20);
    for (int i = 0; i < 200; i++) {
        char sql[64];
        struct db_rows rows;
        snprintf(sql, sizeof(sql), "name = $1 AND %d = %d", i, i);
        const struct db_value name = db_text_value(STR("N"));
        const struct crud_filter filter = {sql, &name, 1};
        arena_reset(arena);
        race->right &= crud_list(race->conn, &things, &filter, 1, NULL, arena, &rows, NULL) == OK &&
                       rows.count == 1;
    }
    arena_free(arena);
    return NULL;
}

static void composes_in_several_threads(void **state)
{
    struct fixture *fixture = *state;
    struct race races[4];
    pthread_t threads[4];
    insert(fixture, "t1", 1, "{\"name\":\"N\"}");
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(db_connect_read(fixture->db, &races[i].conn), OK);
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, list_many, &races[i]), 0);
    for (size_t i = 0; i < 4; i++) {
        pthread_join(threads[i], NULL);
        db_disconnect(races[i].conn);
        assert_true(races[i].right);
    }
}

#define TEST(function) cmocka_unit_test_setup(function, empty_tables)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(inserts_declared_values),
        TEST(inserts_fallbacks),
        TEST(lets_sets_win),
        TEST(reports_what_the_database_refuses),
        TEST(updates_what_the_body_has),
        TEST(says_when_there_is_nothing_to_update),
        TEST(deletes),
        TEST(lists_pages_of_filtered_rows),
        TEST(lists_without_page_or_total),
        TEST(uses_other_keys),
        TEST(writes_the_tenant_first),
        TEST(composes_in_several_threads),
        TEST(works_beyond_the_kept_texts),
    };
    return cmocka_run_group_tests(tests, open_database, close_database);
}
