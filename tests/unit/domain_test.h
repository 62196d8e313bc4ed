/* For the domain's tests: fresh tenants with their built-in content, removed at the end, on the
 * embedded engine and, when SIGNET_TEST_PG_URL names a cluster, on PostgreSQL as well. */
#ifndef SIGNET_TESTS_DOMAIN_TEST_H
#define SIGNET_TESTS_DOMAIN_TEST_H

#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

/* cmocka has a macro of this name, the domain a function. */
#undef fail
#undef fail_msg
#define fail_msg(...) (print_error(__VA_ARGS__), print_error("\n"), _fail(__FILE__, __LINE__))

#include "base/clock.h"
#include "base/encoding.h"
#include "base/log.h"
#include "domain/tenant.h"

#define assert_ok(expression) assert_int_equal((expression), OK)

/* A place for databases, and what a process needs to open them. */
struct world {
    struct arena *arena;
    struct config config;
    struct vault *vault;
    struct db_conn *conn; /* of the first tenant that was opened, for writing */
    char dir[64], url[256], database[64];
};

static const char *domain_test_url; /* NULL: the embedded engine */

static inline void world_defaults(struct config *config)
{
#define SETTING_STRING(field, env, def, check, doc) config->field = def;
#define SETTING_INT(field, env, def, min, max, doc) config->field = def;
#define SETTING_BOOL(field, env, def, doc)          config->field = def;
#include "base/config.def"
#undef SETTING_STRING
#undef SETTING_INT
#undef SETTING_BOOL
}

/* Runs a statement outside the test's own database. */
static inline void world_admin(struct world *w, const char *sql)
{
    struct db_options options = {
        .url = domain_test_url, .dir = w->dir, .tenant = "domain_tests", .pool = 1};
    struct str why;
    struct db *db;
    struct db_conn *conn;
    assert_ok(db_open(&options, w->arena, &db, &why));
    assert_ok(db_connect_write(db, DB_MAIN, &conn));
    assert_ok(db_script(conn, str_of(sql)));
    db_disconnect(conn);
    db_close(db);
}

static inline void world_make_database(struct world *w)
{
    static int serial;
    char sql[128];
    snprintf(w->database, sizeof(w->database), "signet_domain_%d_%d", (int)getpid(), serial++);
    snprintf(sql, sizeof(sql), "CREATE DATABASE %s", w->database);
    world_admin(w, sql);
    const char *end = strrchr(domain_test_url, '/');
    assert_non_null(end);
    snprintf(w->url, sizeof(w->url), "%.*s/%s", (int)(end - domain_test_url), domain_test_url,
             w->database);
    w->config.db_url = w->url;
}

/* For cmocka. */
static inline int world_set_up(void **state)
{
    struct world *w = calloc(1, sizeof(*w));
    struct str why = STR("");
    *state = w;
    w->arena = arena_new((size_t)256 << 20);
    snprintf(w->dir, sizeof(w->dir), "/tmp/signet-domain-XXXXXX");
    assert_non_null(mkdtemp(w->dir));
    world_defaults(&w->config);
    w->config.data = w->dir;
    w->config.db_pool = 2;
    if (domain_test_url)
        world_make_database(w);
    w->vault = tenant_vault(&w->config, w->arena, &why);
    assert_non_null(w->vault);
    return 0;
}

static inline struct tenant *world_open(struct world *w, int tag)
{
    struct str why = STR("");
    struct tenant *tenant = NULL;
    if (tenant_open(&w->config, tag, w->vault, w->arena, &tenant, &why))
        fail_msg("%.*s", (int)why.n, why.p);
    if (!w->conn)
        assert_ok(db_connect_write(tenant->db, DB_MAIN, &w->conn));
    return tenant;
}

/* The first tenant that was opened must be closed by this. */
static inline void world_close(struct world *w, struct tenant *tenant)
{
    db_disconnect(w->conn);
    w->conn = NULL;
    tenant_close(tenant);
}

static inline int world_remove(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
    (void)st, (void)flag, (void)ftw;
    return remove(path);
}

static inline int world_tear_down(void **state)
{
    struct world *w = *state;
    char sql[128];
    if (domain_test_url) {
        snprintf(sql, sizeof(sql), "DROP DATABASE %s WITH (FORCE)", w->database);
        world_admin(w, sql);
    }
    vault_free(w->vault);
    arena_free(w->arena);
    nftw(w->dir, world_remove, 16, FTW_DEPTH | FTW_PHYS);
    free(w);
    return 0;
}

static inline void world_run(struct world *w, const char *sql)
{
    assert_ok(db_script(w->conn, str_of(sql)));
}

/* One number from one row. */
static inline int64_t world_number(struct world *w, const char *sql)
{
    struct db_rows rows;
    assert_ok(db_query(w->conn, sql, DB_NO_PARAMS, w->arena, &rows));
    assert_int_equal(rows.count, 1);
    return db_int(&rows, 0, 0);
}

/* One text from one row, NUL-terminated. */
static inline const char *world_text(struct world *w, const char *sql)
{
    struct db_rows rows;
    assert_ok(db_query(w->conn, sql, DB_NO_PARAMS, w->arena, &rows));
    assert_int_equal(rows.count, 1);
    return arena_cstr(w->arena, db_text(&rows, 0, 0));
}

/* A machine-to-machine application whose metadata is JSON text. */
static inline void world_add_app(struct world *w, const char *id, const char *metadata)
{
    assert_ok(db_exec(w->conn,
                      "INSERT INTO applications (id, name, type, oidc_client_metadata, "
                      "custom_client_metadata, custom_data, is_third_party, "
                      "app_level_access_control_enabled, created_at) "
                      "VALUES ($1, $2, 'MachineToMachine', '{}', $3, '{}', 0, 0, 1)",
                      DB_PARAMS(db_text_value(str_of(id)), db_text_value(STR("An application")),
                                db_text_value(str_of(metadata))),
                      NULL));
}

static inline void world_add_secret(struct world *w, const char *id, const char *name,
                                    const char *secret)
{
    uint8_t hash[SHA256_SIZE];
    char digest[BASE64URL_LENGTH(SHA256_SIZE)];
    sha256(str_of(secret), hash);
    base64url_encode(hash, sizeof(hash), digest);
    assert_ok(db_exec(w->conn,
                      "INSERT INTO application_secrets (application_id, name, digest, sealed, "
                      "created_at) VALUES ($1, $2, $3, 'sealed', 1)",
                      DB_PARAMS(db_text_value(str_of(id)), db_text_value(str_of(name)),
                                db_text_value((struct str){digest, sizeof(digest)})),
                      NULL));
}

static inline void assert_text(struct str actual, const char *expected)
{
    assert_int_equal(actual.n, strlen(expected));
    assert_memory_equal(actual.p, expected, actual.n);
}

#define WORLD_TEST(function)                                                                       \
    cmocka_unit_test_setup_teardown(function, world_set_up, world_tear_down)

/* Runs the tests on the embedded engine and, when there is one, on PostgreSQL. Provoked errors are
 * not shown; SIGNET_TEST_LOG=1 shows them. */
#define RUN_ON_BOTH(tests)                                                                         \
    do {                                                                                           \
        log_open(getenv("SIGNET_TEST_LOG") ? NULL : "/dev/null", LOG_INFO);                        \
        int failed = cmocka_run_group_tests_name("sqlite", tests, NULL, NULL);                     \
        domain_test_url = getenv("SIGNET_TEST_PG_URL");                                            \
        if (domain_test_url)                                                                       \
            failed += cmocka_run_group_tests_name("postgres", tests, NULL, NULL);                  \
        return failed;                                                                             \
    } while (0)

#endif
