/* domain/tenant.h: what a tenant starts with, and how changes reach its snapshot. */
#include "domain_test.h"

#include <pthread.h>
#include <sched.h>

#include "domain/signing_keys.h"
#include "http/route.h"

#define WAIT_MS 20000

/* Lets other threads run until condition(w, tenant) is true. */
static void wait_for(bool (*condition)(struct world *w, struct tenant *tenant), struct world *w,
                     struct tenant *tenant)
{
    int64_t deadline = clock_monotonic_ms() + WAIT_MS;
    while (!condition(w, tenant)) {
        assert_true(clock_monotonic_ms() < deadline);
        sched_yield();
    }
}

static bool sees_app(struct tenant *tenant, const char *id)
{
    struct snapshot *snapshot = tenant_snapshot(tenant);
    bool seen = snapshot_app(snapshot, str_of(id)) != NULL;
    snapshot_unref(snapshot);
    return seen;
}

static void start(struct tenant *tenant)
{
    struct str why = STR("");
    if (tenant_start(tenant, &why))
        fail_msg("%.*s", (int)why.n, why.p);
}

static void test_addresses_without_settings(void **state)
{
    struct world *w = *state;
    struct tenant *tenant = world_open(w, TENANT_DEFAULT);
    struct tenant *admin = world_open(w, TENANT_ADMIN);
    assert_text(tenant->id, "default");
    assert_text(tenant->endpoint, "http://localhost:3001");
    assert_text(tenant->issuer, "http://localhost:3001/oidc");
    assert_text(tenant->management_resource, "https://default.logto.app/api");
    assert_text(admin->issuer, "http://localhost:3002/oidc");
    assert_text(admin->management_resource, "https://admin.logto.app/api");
    assert_ptr_equal(admin->admin, admin);
    tenant_close(admin);
    world_close(w, tenant);
}

static void test_a_configured_address(void **state)
{
    struct world *w = *state;
    w->config.endpoint = "https://id.example.com/";
    struct tenant *tenant = world_open(w, TENANT_DEFAULT);
    assert_text(tenant->endpoint, "https://id.example.com");
    assert_text(tenant->issuer, "https://id.example.com/oidc");
    world_close(w, tenant);
}

static void expect_area(const struct route *route, void *arg)
{
    struct world *w = arg;
    char sql[200];
    if (route->guard != GUARD_MANAGEMENT || !route->area)
        return;
    for (int i = 0; i < 2; i++) {
        const char *verb = i ? "write" : "read";
        snprintf(sql, sizeof(sql),
                 "SELECT count(*) FROM scopes WHERE id = 'management-api-%s-%s' AND "
                 "name = '%s:%s' AND resource_id = 'management-api'",
                 verb, route->area, verb, route->area);
        assert_int_equal(world_number(w, sql), 1);
    }
}

static void test_built_in_content(void **state)
{
    struct world *w = *state;
    struct tenant *tenant = world_open(w, TENANT_DEFAULT);
    assert_int_equal(world_number(w, "SELECT count(*) FROM resources"), 1);
    assert_int_equal(world_number(w, "SELECT count(*) FROM resources WHERE id = 'management-api' "
                                     "AND name = 'Logto Management API' "
                                     "AND indicator = 'https://default.logto.app/api' "
                                     "AND access_token_ttl = 3600 AND is_default = 0"),
                     1);
    assert_string_equal(world_text(w, "SELECT description FROM scopes "
                                      "WHERE id = 'management-api-all' AND name = 'all'"),
                        "Default scope for Management API, allows all permissions.");
    assert_string_equal(world_text(w, "SELECT id FROM scopes ORDER BY created_at DESC, id LIMIT 1"),
                        "management-api-all");
    routes_each(expect_area, w);
    assert_int_equal(world_number(w, "SELECT count(*) FROM applications WHERE built_in = 0"), 0);
    assert_int_equal(world_number(w, "SELECT count(*) FROM applications WHERE id IN"
                                     " ('account-center', 'demo-app')"),
                     2);
    assert_string_equal(world_text(w, "SELECT alg FROM signing_keys"), "ES256");
    const struct resource_entry *resource =
        snapshot_resource(tenant->snapshot, STR("https://default.logto.app/api"));
    const struct role_entry *role =
        snapshot_role(tenant->snapshot, str_of(world_text(w, "SELECT id FROM roles")));
    assert_non_null(resource);
    assert_text(role->name, "Logto Management API access");
    assert_true(role->for_machines);
    assert_int_equal(role->scope_count, 1);
    assert_text(role->scope_ids[0], "management-api-all");
    world_close(w, tenant);
}

static void test_built_in_content_of_the_admin_tenant(void **state)
{
    struct world *w = *state;
    struct tenant *tenant = world_open(w, TENANT_ADMIN);
    static const char *const indicators[] = {"https://default.logto.app/api",
                                             "https://admin.logto.app/api",
                                             "https://admin.logto.app/me"};
    for (size_t i = 0; i < 3; i++) {
        const struct resource_entry *resource =
            snapshot_resource(tenant->snapshot, str_of(indicators[i]));
        assert_non_null(resource);
        assert_int_equal(resource->scope_count, i == 0 ? 2 : 1);
        assert_text(resource->scopes[0].name, "all");
    }
    assert_string_equal(world_text(w, "SELECT id FROM applications WHERE type = 'SPA'"),
                        "admin-console");
    assert_int_equal(world_number(w, "SELECT count(*) FROM applications"), 1);
    assert_string_equal(world_text(w, "SELECT min(name) FROM roles WHERE type = 'User'"),
                        "default:admin");
    assert_string_equal(world_text(w, "SELECT max(name) FROM roles WHERE type = 'User'"),
                        "default:viewer");
    assert_int_equal(world_number(w, "SELECT count(*) FROM roles"), 2);
    assert_int_equal(world_number(w, "SELECT count(*) FROM users_roles"), 0);
    world_close(w, tenant);
}

static void test_opening_again_changes_nothing(void **state)
{
    struct world *w = *state;
    world_close(w, world_open(w, TENANT_DEFAULT));
    struct tenant *tenant = world_open(w, TENANT_DEFAULT);
    const char *key = world_text(w, "SELECT id FROM signing_keys");
    int64_t scopes = world_number(w, "SELECT count(*) FROM scopes");
    int64_t changes = world_number(w, "SELECT count(*) FROM changes");
    world_close(w, tenant);
    tenant = world_open(w, TENANT_DEFAULT);
    assert_string_equal(world_text(w, "SELECT id FROM signing_keys"), key);
    assert_int_equal(world_number(w, "SELECT count(*) FROM scopes"), scopes);
    assert_int_equal(world_number(w, "SELECT count(*) FROM roles"), 1);
    assert_int_equal(world_number(w, "SELECT count(*) FROM changes"), changes);
    world_close(w, tenant);
}

/* As a newer binary with a further area finds it: the role was deleted by someone. */
static void test_seeding_adds_what_is_missing_but_no_deleted_role(void **state)
{
    struct world *w = *state;
    struct tenant *tenant = world_open(w, TENANT_DEFAULT);
    const char *scope = world_text(w, "SELECT id FROM scopes WHERE name LIKE 'read:%' LIMIT 1");
    char sql[128];
    snprintf(sql, sizeof(sql), "DELETE FROM scopes WHERE id = '%s'", scope);
    world_run(w, sql);
    world_run(w, "DELETE FROM roles; UPDATE seeds SET value = '0' WHERE name = 'content'");
    world_close(w, tenant);
    tenant = world_open(w, TENANT_DEFAULT);
    snprintf(sql, sizeof(sql), "SELECT count(*) FROM scopes WHERE id = '%s'", scope);
    assert_int_equal(world_number(w, sql), 1);
    assert_int_equal(world_number(w, "SELECT count(*) FROM roles"), 0);
    assert_int_equal(world_number(w, "SELECT count(*) FROM signing_keys"), 1);
    assert_string_equal(world_text(w, "SELECT id FROM scopes ORDER BY created_at DESC, id LIMIT 1"),
                        "management-api-all");
    world_close(w, tenant);
}

struct starter {
    struct world *w;
    struct arena *arena;
    struct tenant *tenant;
    enum err err;
};

static void *start_up(void *arg)
{
    struct starter *starter = arg;
    struct str why;
    starter->err = tenant_open(&starter->w->config, TENANT_DEFAULT, starter->w->vault,
                               starter->arena, &starter->tenant, &why);
    return NULL;
}

static void test_several_may_start_at_once(void **state)
{
    struct world *w = *state;
    enum { STARTERS = 4 };
    struct starter starters[STARTERS];
    pthread_t threads[STARTERS];
    for (int i = 0; i < STARTERS; i++) {
        starters[i] = (struct starter){.w = w, .arena = arena_new((size_t)64 << 20)};
        assert_int_equal(pthread_create(&threads[i], NULL, start_up, &starters[i]), 0);
    }
    for (int i = 0; i < STARTERS; i++)
        pthread_join(threads[i], NULL);
    struct tenant *tenant = world_open(w, TENANT_DEFAULT);
    assert_int_equal(world_number(w, "SELECT count(*) FROM signing_keys"), 1);
    assert_int_equal(world_number(w, "SELECT count(*) FROM roles"), 1);
    assert_int_equal(world_number(w, "SELECT count(*) FROM resources"), 1);
    world_close(w, tenant);
    for (int i = 0; i < STARTERS; i++) {
        assert_ok(starters[i].err);
        tenant_close(starters[i].tenant);
        arena_free(starters[i].arena);
    }
}

static void test_another_vault_cannot_open_the_keys(void **state)
{
    struct world *w = *state;
    world_close(w, world_open(w, TENANT_DEFAULT));
    struct vault *other =
        vault_from_hex(STR("0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"));
    struct tenant *tenant;
    struct str why = STR("");
    assert_int_not_equal(tenant_open(&w->config, TENANT_DEFAULT, other, w->arena, &tenant, &why),
                         OK);
    assert_true(why.n > 0);
    vault_free(other);
}

static void test_a_vault_from_the_settings(void **state)
{
    struct world *w = *state;
    struct str why = STR("");
    w->config.key = "not hexadecimal";
    assert_null(tenant_vault(&w->config, w->arena, &why));
    assert_non_null(strstr(arena_cstr(w->arena, why), "SIGNET_KEY"));
    w->config.key = "";
    w->config.key_file = "/nowhere/at/all";
    assert_null(tenant_vault(&w->config, w->arena, &why));
    assert_non_null(strstr(arena_cstr(w->arena, why), "/nowhere/at/all"));
}

/* A job that makes an application, and looks at the snapshot when its result is reported. */
struct create {
    struct write_job job;
    struct world *w;
    struct tenant *tenant;
    const char *id;
    enum err result; /* of run, to provoke a refusal */
    pthread_mutex_t lock;
    pthread_cond_t wake;
    enum err err;
    bool done, seen;
};

static enum err create_run(struct write_job *job, struct db_conn *conn)
{
    struct create *create = (struct create *)job;
    enum err err = db_exec(conn,
                           "INSERT INTO applications (id, name, type, oidc_client_metadata, "
                           "custom_client_metadata, custom_data, is_third_party, "
                           "app_level_access_control_enabled, created_at) "
                           "VALUES ($1, 'n', 'SPA', '{}', '{}', '{}', 0, 0, 1)",
                           DB_PARAMS(db_text_value(str_of(create->id))), NULL);
    if (!err)
        err = tenant_note(create->tenant, conn, clock_now_ms(), CHANGE_APPLICATION,
                          str_of(create->id));
    return err ? err : create->result;
}

static void create_done(struct write_job *job, enum err err)
{
    struct create *create = (struct create *)job;
    pthread_mutex_lock(&create->lock);
    create->err = err;
    create->seen = sees_app(create->tenant, create->id);
    create->done = true;
    pthread_cond_signal(&create->wake);
    pthread_mutex_unlock(&create->lock);
}

static struct create *create_submit(struct world *w, struct tenant *tenant, const char *id,
                                    enum err result)
{
    struct create *create = ARENA_NEW(w->arena, struct create);
    *create = (struct create){.job = {.run = create_run, .done = create_done},
                              .w = w,
                              .tenant = tenant,
                              .id = id,
                              .result = result};
    pthread_mutex_init(&create->lock, NULL);
    pthread_cond_init(&create->wake, NULL);
    assert_true(writer_submit(tenant->writer, &create->job));
    return create;
}

static void create_wait(struct create *create)
{
    pthread_mutex_lock(&create->lock);
    while (!create->done)
        pthread_cond_wait(&create->wake, &create->lock);
    pthread_mutex_unlock(&create->lock);
}

static void test_a_change_is_in_effect_before_its_answer_leaves(void **state)
{
    struct world *w = *state;
    struct tenant *tenant = world_open(w, TENANT_DEFAULT);
    start(tenant);
    struct create *creates[200];
    for (int i = 0; i < 200; i++) {
        struct str id = arena_printf(w->arena, "app%d", i);
        creates[i] = create_submit(w, tenant, id.p, i % 10 == 3 ? ERR_INVALID_INPUT : OK);
    }
    for (int i = 0; i < 200; i++) {
        create_wait(creates[i]);
        assert_int_equal(creates[i]->err, creates[i]->result);
        assert_int_equal(creates[i]->seen, creates[i]->result == OK);
    }
    world_close(w, tenant);
}

static bool sees_other(struct world *w, struct tenant *tenant)
{
    (void)w;
    return sees_app(tenant, "other");
}

static bool sees_no_other(struct world *w, struct tenant *tenant)
{
    return !sees_other(w, tenant);
}

static bool sees_revoked(struct world *w, struct tenant *tenant)
{
    (void)w;
    struct snapshot *snapshot = tenant_snapshot(tenant);
    bool revoked = snapshot_is_revoked(snapshot, STR("jti"));
    snapshot_unref(snapshot);
    return revoked;
}

static void note(struct world *w, struct tenant *by, enum change_kind kind, const char *entity)
{
    assert_ok(tenant_note(by, w->conn, clock_now_ms(), kind, str_of(entity)));
}

static void test_another_process_changes_are_seen(void **state)
{
    struct world *w = *state;
    struct tenant *other = world_open(w, TENANT_DEFAULT); /* has another origin */
    struct tenant *tenant = world_open(w, TENANT_DEFAULT);
    char sql[96];
    start(tenant);
    assert_ok(db_begin(w->conn));
    world_add_app(w, "other", "{}");
    note(w, other, CHANGE_APPLICATION, "other");
    assert_ok(db_commit(w->conn));
    wait_for(sees_other, w, tenant);
    snprintf(sql, sizeof(sql), "INSERT INTO revoked_tokens VALUES ('jti', %lld)",
             (long long)clock_now_ms() + 1000000);
    world_run(w, sql);
    note(w, other, CHANGE_REVOKED, "jti");
    world_run(w, "DELETE FROM applications");
    note(w, other, CHANGE_APPLICATION, "other");
    wait_for(sees_revoked, w, tenant);
    wait_for(sees_no_other, w, tenant);
    tenant_close(tenant);
    world_close(w, other);
}

static void test_a_change_between_loading_and_starting_is_seen(void **state)
{
    struct world *w = *state;
    struct tenant *other = world_open(w, TENANT_DEFAULT);
    struct tenant *tenant = world_open(w, TENANT_DEFAULT);
    world_add_app(w, "other", "{}");
    note(w, other, CHANGE_APPLICATION, "other");
    assert_false(sees_app(tenant, "other"));
    start(tenant);
    wait_for(sees_other, w, tenant);
    tenant_close(tenant);
    world_close(w, other);
}

static void test_an_unknown_kind_of_change_reads_everything(void **state)
{
    struct world *w = *state;
    struct tenant *tenant = world_open(w, TENANT_DEFAULT);
    char sql[160];
    start(tenant);
    world_add_app(w, "other", "{}");
    snprintf(sql, sizeof(sql), "INSERT INTO changes VALUES ('x', 'newer', 'planets', 'y', %lld)",
             (long long)clock_now_ms());
    world_run(w, sql);
    wait_for(sees_other, w, tenant);
    world_close(w, tenant);
}

static bool old_rows_are_gone(struct world *w, struct tenant *tenant)
{
    (void)tenant;
    return world_number(w, "SELECT (SELECT count(*) FROM changes WHERE origin = 'old') + "
                           "(SELECT count(*) FROM refresh_tokens WHERE digest = 'old') + "
                           "(SELECT count(*) FROM revoked_tokens WHERE jti = 'old')") == 0;
}

static void test_old_rows_are_deleted(void **state)
{
    struct world *w = *state;
    struct tenant *tenant = world_open(w, TENANT_DEFAULT);
    long long now = clock_now_ms();
    char sql[600];
    world_add_app(w, "app1", "{}");
    snprintf(sql, sizeof(sql),
             "INSERT INTO changes VALUES ('1', 'old', 'access', 'x', %lld), "
             "('2', 'new', 'access', 'x', %lld);"
             "INSERT INTO refresh_tokens (digest, family, application_id, resource, scope, "
             "created_at, expires_at) VALUES ('old', 'f', 'app1', 'r', 's', 1, %lld), "
             "('new', 'f', 'app1', 'r', 's', 1, %lld);"
             "INSERT INTO revoked_tokens VALUES ('old', %lld), ('new', %lld)",
             now - 7200000, now - 60000, now - 1000, now + 1000000, now - 1000, now + 1000000);
    world_run(w, sql);
    tenant->first_purge_ms = 0;
    start(tenant);
    wait_for(old_rows_are_gone, w, tenant);
    assert_int_equal(world_number(w, "SELECT count(*) FROM changes WHERE origin = 'new'"), 1);
    assert_int_equal(world_number(w, "SELECT count(*) FROM refresh_tokens"), 1);
    assert_int_equal(world_number(w, "SELECT count(*) FROM revoked_tokens"), 1);
    world_close(w, tenant);
}

static struct str first_kid; /* who signed before */

static bool signs_with_next(struct world *w, struct tenant *tenant)
{
    (void)w;
    struct snapshot *snapshot = tenant_snapshot(tenant);
    struct str kid = jwk_kid(keyring_current(snapshot_keys(snapshot)));
    bool changed = !str_eq(kid, first_kid);
    snapshot_unref(snapshot);
    return changed;
}

static void test_a_due_key_is_let_sign(void **state)
{
    struct world *w = *state;
    struct tenant *tenant = world_open(w, TENANT_DEFAULT);
    char id[ID_LENGTH];
    first_kid = arena_str(w->arena, jwk_kid(keyring_current(snapshot_keys(tenant->snapshot))));
    assert_ok(db_begin(w->conn));
    assert_ok(signing_keys_rotate(tenant, w->conn, JWK_EDDSA, 60000, clock_now_ms() - 60001, id));
    assert_ok(db_commit(w->conn));
    start(tenant);
    wait_for(signs_with_next, w, tenant);
    assert_string_equal(world_text(w, "SELECT alg FROM signing_keys WHERE state = 'Current'"),
                        "EdDSA");
    assert_string_equal(world_text(w, "SELECT alg FROM signing_keys WHERE state = 'Previous'"),
                        "ES256");
    world_close(w, tenant);
}

static void test_nothing_is_closed_without_harm(void **state)
{
    (void)state;
    tenant_close(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(test_addresses_without_settings),
        WORLD_TEST(test_a_configured_address),
        WORLD_TEST(test_built_in_content),
        WORLD_TEST(test_built_in_content_of_the_admin_tenant),
        WORLD_TEST(test_opening_again_changes_nothing),
        WORLD_TEST(test_seeding_adds_what_is_missing_but_no_deleted_role),
        WORLD_TEST(test_several_may_start_at_once),
        WORLD_TEST(test_another_vault_cannot_open_the_keys),
        WORLD_TEST(test_a_vault_from_the_settings),
        WORLD_TEST(test_a_change_is_in_effect_before_its_answer_leaves),
        WORLD_TEST(test_another_process_changes_are_seen),
        WORLD_TEST(test_a_change_between_loading_and_starting_is_seen),
        WORLD_TEST(test_an_unknown_kind_of_change_reads_everything),
        WORLD_TEST(test_old_rows_are_deleted),
        WORLD_TEST(test_a_due_key_is_let_sign),
        WORLD_TEST(test_nothing_is_closed_without_harm),
    };
    RUN_ON_BOTH(tests);
}
