/* domain/snapshot.h: what the token endpoint sees of the database, and versions of it. */
#include "domain_test.h"

static struct snapshot *load(struct world *w, struct tenant *tenant)
{
    struct snapshot *snapshot;
    assert_ok(snapshot_load(w->conn, tenant->vault, &snapshot));
    return snapshot;
}

/* The next version; old is given back. */
static struct snapshot *refresh(struct world *w, struct tenant *tenant, struct snapshot *old,
                                struct snapshot_changes changes)
{
    struct snapshot *snapshot;
    assert_ok(snapshot_refresh(old, &changes, w->conn, tenant->vault, &snapshot));
    snapshot_unref(old);
    return snapshot;
}

static struct snapshot *refresh_app(struct world *w, struct tenant *tenant, struct snapshot *old,
                                    const char *id)
{
    struct str ids[] = {str_of(id)};
    return refresh(w, tenant, old, (struct snapshot_changes){.apps = ids, .app_count = 1});
}

static void test_an_application_with_all_it_has(void **state)
{
    struct world *w = *state;
    struct tenant *tenant = world_open(w, TENANT_DEFAULT);
    world_add_app(
        w, "app1",
        "{\"defaultResource\":\"https://api.example.com\",\"defaultScopes\":[\"a\",\"b\"],"
        "\"refreshTokenForClientCredentials\":true,\"refreshTokenTtlInDays\":7,"
        "\"allowTokenExchange\":true,\"corsAllowedOrigins\":[\"https://x.example\"]}");
    world_add_secret(w, "app1", "one", "first secret");
    world_add_secret(w, "app1", "two", "second secret");
    world_run(w, "UPDATE application_secrets SET expires_at = 5 WHERE name = 'two'");
    world_run(w, "INSERT INTO applications_roles SELECT 'app1', id, 1 FROM roles");
    struct snapshot *snapshot = load(w, tenant);
    const struct app *app = snapshot_app(snapshot, STR("app1"));
    assert_non_null(app);
    assert_text(app->id, "app1");
    assert_text(app->name, "An application");
    assert_int_equal(app->type, APP_M2M);
    assert_false(app->third_party);
    assert_text(app->default_resource, "https://api.example.com");
    assert_text(app->default_scopes, "a b");
    assert_true(app->refresh_for_client_credentials);
    assert_true(app->token_exchange);
    assert_int_equal(app->refresh_ttl_days, 7);
    assert_int_equal(app->cors_count, 1);
    assert_text(app->cors_origins[0], "https://x.example");
    assert_int_equal(app->secret_count, 2);
    uint8_t hash[SHA256_SIZE];
    sha256(STR("first secret"), hash);
    assert_text(app->secrets[0].name, "one");
    assert_memory_equal(app->secrets[0].digest, hash, SHA256_SIZE);
    assert_int_equal(app->secrets[0].expires_at, 0);
    assert_int_equal(app->secrets[1].expires_at, 5);
    assert_int_equal(app->role_count, 1);
    assert_text(app->role_ids[0], world_text(w, "SELECT id FROM roles"));
    assert_null(snapshot_app(snapshot, STR("app2")));
    snapshot_unref(snapshot);
    world_close(w, tenant);
}

static void test_metadata_that_says_nothing(void **state)
{
    struct world *w = *state;
    struct tenant *tenant = world_open(w, TENANT_DEFAULT);
    world_add_app(w, "empty", "{}");
    world_add_app(w, "odd",
                  "{\"defaultScopes\":[1,\"a\"],\"corsAllowedOrigins\":\"x\","
                  "\"refreshTokenTtlInDays\":\"9\"}");
    struct snapshot *snapshot = load(w, tenant);
    const struct app *app = snapshot_app(snapshot, STR("empty"));
    assert_null(app->default_resource.p);
    assert_int_equal(app->default_scopes.n, 0);
    assert_false(app->refresh_for_client_credentials);
    assert_int_equal(app->refresh_ttl_days, 14);
    assert_int_equal(app->secret_count + app->role_count + app->cors_count, 0);
    app = snapshot_app(snapshot, STR("odd"));
    assert_text(app->default_scopes, "a");
    assert_int_equal(app->cors_count, 0);
    assert_int_equal(app->refresh_ttl_days, 14);
    snapshot_unref(snapshot);
    world_close(w, tenant);
}

/* More than two pages of the reading statements, each application with its own secret. */
static void test_many_applications_keep_their_own_secrets(void **state)
{
    struct world *w = *state;
    enum { COUNT = 2100 };
    struct tenant *tenant = world_open(w, TENANT_DEFAULT);
    char id[32];
    uint8_t hash[SHA256_SIZE];
    assert_ok(db_begin(w->conn));
    for (int i = 0; i < COUNT; i++) {
        snprintf(id, sizeof(id), "app%d", i);
        world_add_app(w, id, "{}");
        if (i % 3)
            world_add_secret(w, id, "s", id);
    }
    assert_ok(db_commit(w->conn));
    struct snapshot *snapshot = load(w, tenant);
    for (int i = 0; i < COUNT; i++) {
        snprintf(id, sizeof(id), "app%d", i);
        const struct app *app = snapshot_app(snapshot, str_of(id));
        assert_non_null(app);
        assert_int_equal(app->secret_count, i % 3 ? 1 : 0);
        sha256(str_of(id), hash);
        if (app->secret_count)
            assert_memory_equal(app->secrets[0].digest, hash, SHA256_SIZE);
    }
    snapshot_unref(snapshot);
    world_close(w, tenant);
}

static void test_one_application_is_read_again(void **state)
{
    struct world *w = *state;
    struct tenant *tenant = world_open(w, TENANT_DEFAULT);
    world_add_app(w, "app1", "{}");
    world_add_app(w, "app2", "{}");
    struct snapshot *first = load(w, tenant);
    struct snapshot *second = snapshot_ref(first);
    world_add_secret(w, "app1", "new", "secret");
    world_run(w, "UPDATE applications SET name = 'Other'");
    second = refresh_app(w, tenant, second, "app1");
    assert_int_equal(snapshot_app(second, STR("app1"))->secret_count, 1);
    assert_text(snapshot_app(second, STR("app1"))->name, "Other");
    /* The first version and the application that was not named are as they were. */
    assert_int_equal(snapshot_app(first, STR("app1"))->secret_count, 0);
    assert_text(snapshot_app(first, STR("app1"))->name, "An application");
    assert_ptr_equal(snapshot_app(second, STR("app2")), snapshot_app(first, STR("app2")));
    snapshot_unref(first);
    assert_text(snapshot_app(second, STR("app2"))->name, "An application");
    snapshot_unref(second);
    world_close(w, tenant);
}

static void test_a_deleted_application_goes(void **state)
{
    struct world *w = *state;
    struct tenant *tenant = world_open(w, TENANT_DEFAULT);
    world_add_app(w, "app1", "{}");
    struct snapshot *snapshot = load(w, tenant);
    world_run(w, "DELETE FROM applications");
    assert_non_null(snapshot_app(snapshot, STR("app1")));
    snapshot = refresh_app(w, tenant, snapshot, "app1");
    assert_null(snapshot_app(snapshot, STR("app1")));
    snapshot = refresh_app(w, tenant, snapshot, "never there");
    snapshot_unref(snapshot);
    world_close(w, tenant);
}

static void test_everything_is_read_again(void **state)
{
    struct world *w = *state;
    struct tenant *tenant = world_open(w, TENANT_DEFAULT);
    world_add_app(w, "app1", "{}");
    struct snapshot *snapshot = load(w, tenant);
    world_run(w, "DELETE FROM applications; DELETE FROM roles");
    world_add_app(w, "app2", "{}");
    snapshot = refresh(
        w, tenant, snapshot,
        (struct snapshot_changes){.access = true, .keys = true, .revoked = true, .all_apps = true});
    assert_null(snapshot_app(snapshot, STR("app1")));
    assert_non_null(snapshot_app(snapshot, STR("app2")));
    snapshot_unref(snapshot);
    world_close(w, tenant);
}

static void test_resources_scopes_and_roles(void **state)
{
    struct world *w = *state;
    struct tenant *tenant = world_open(w, TENANT_DEFAULT);
    world_run(w, "INSERT INTO resources (id, name, indicator, is_default, access_token_ttl, "
                 "created_at) VALUES ('r1', 'Orders', 'https://orders.example', 1, 60, 1);"
                 "INSERT INTO scopes (id, resource_id, name, created_at) VALUES "
                 "('s2', 'r1', 'write', 1), ('s1', 'r1', 'read', 2), ('s3', 'r1', 'Admin', 3);"
                 "INSERT INTO roles (id, name, description, type, is_default, created_at) VALUES "
                 "('role1', 'Clerk', 'd', 'User', 0, 1);"
                 "INSERT INTO roles_scopes (role_id, scope_id) VALUES ('role1', 's3'), "
                 "('role1', 's1')");
    struct snapshot *snapshot = load(w, tenant);
    const struct resource_entry *orders =
        snapshot_resource(snapshot, STR("https://orders.example"));
    assert_non_null(orders);
    assert_text(orders->id, "r1");
    assert_int_equal(orders->access_token_ttl, 60);
    assert_ptr_equal(snapshot_default_resource(snapshot), orders);
    assert_int_equal(orders->scope_count, 3);
    assert_text(orders->scopes[0].name, "Admin");
    assert_text(orders->scopes[1].name, "read");
    assert_text(orders->scopes[1].id, "s1");
    assert_text(orders->scopes[2].name, "write");
    const struct role_entry *clerk = snapshot_role(snapshot, STR("role1"));
    assert_false(clerk->for_machines);
    assert_int_equal(clerk->scope_count, 2);
    assert_text(clerk->scope_ids[0], "s1");
    assert_text(clerk->scope_ids[1], "s3");
    assert_null(snapshot_resource(snapshot, STR("https://orders.example/")));
    assert_null(snapshot_role(snapshot, STR("role2")));
    snapshot_unref(snapshot);
    world_close(w, tenant);
}

static void test_no_default_resource_at_first(void **state)
{
    struct world *w = *state;
    struct tenant *tenant = world_open(w, TENANT_DEFAULT);
    assert_null(snapshot_default_resource(tenant->snapshot));
    world_close(w, tenant);
}

/* Enough of them for several pages and for the indexes to have grown. */
static void test_many_resources_are_found(void **state)
{
    struct world *w = *state;
    struct tenant *tenant = world_open(w, TENANT_DEFAULT);
    char text[64];
    assert_ok(db_begin(w->conn));
    for (int i = 0; i < 1500; i++) {
        snprintf(text, sizeof(text), "https://api%d.example", i);
        assert_ok(db_exec(w->conn,
                          "INSERT INTO resources (id, name, indicator, is_default, "
                          "access_token_ttl, created_at) VALUES ($1, 'n', $1, 0, $2, 1)",
                          DB_PARAMS(db_text_value(str_of(text)), db_int_value(i + 1)), NULL));
    }
    assert_ok(db_commit(w->conn));
    struct snapshot *snapshot = load(w, tenant);
    for (int i = 0; i < 1500; i++) {
        snprintf(text, sizeof(text), "https://api%d.example", i);
        const struct resource_entry *resource = snapshot_resource(snapshot, str_of(text));
        assert_non_null(resource);
        assert_int_equal(resource->access_token_ttl, i + 1);
        assert_int_equal(resource->scope_count, 0);
    }
    snapshot_unref(snapshot);
    world_close(w, tenant);
}

static void test_revoked_tokens_until_they_expire(void **state)
{
    struct world *w = *state;
    struct tenant *tenant = world_open(w, TENANT_DEFAULT);
    char sql[160];
    snprintf(sql, sizeof(sql), "INSERT INTO revoked_tokens VALUES ('old', %lld), ('now', %lld)",
             (long long)clock_now_ms() - 1000, (long long)clock_now_ms() + 1000000);
    world_run(w, sql);
    struct snapshot *snapshot = load(w, tenant);
    assert_true(snapshot_is_revoked(snapshot, STR("now")));
    assert_false(snapshot_is_revoked(snapshot, STR("old")));
    assert_false(snapshot_is_revoked(snapshot, STR("later")));
    snprintf(sql, sizeof(sql), "INSERT INTO revoked_tokens VALUES ('later', %lld)",
             (long long)clock_now_ms() + 1000000);
    world_run(w, sql);
    struct str jtis[] = {STR("later"), STR("never stored")};
    snapshot =
        refresh(w, tenant, snapshot, (struct snapshot_changes){.jtis = jtis, .jti_count = 2});
    assert_true(snapshot_is_revoked(snapshot, STR("later")));
    assert_true(snapshot_is_revoked(snapshot, STR("now")));
    assert_false(snapshot_is_revoked(snapshot, STR("never stored")));
    snapshot_unref(snapshot);
    world_close(w, tenant);
}

static void test_a_secret_with_a_bad_digest_never_matches(void **state)
{
    struct world *w = *state;
    struct tenant *tenant = world_open(w, TENANT_DEFAULT);
    world_add_app(w, "app1", "{}");
    world_add_secret(w, "app1", "bad", "x");
    world_run(w, "UPDATE application_secrets SET digest = 'short'");
    struct snapshot *snapshot = load(w, tenant);
    assert_int_equal(snapshot_app(snapshot, STR("app1"))->secret_count, 0);
    snapshot_unref(snapshot);
    world_close(w, tenant);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(test_an_application_with_all_it_has),
        WORLD_TEST(test_metadata_that_says_nothing),
        WORLD_TEST(test_many_applications_keep_their_own_secrets),
        WORLD_TEST(test_one_application_is_read_again),
        WORLD_TEST(test_a_deleted_application_goes),
        WORLD_TEST(test_everything_is_read_again),
        WORLD_TEST(test_resources_scopes_and_roles),
        WORLD_TEST(test_no_default_resource_at_first),
        WORLD_TEST(test_many_resources_are_found),
        WORLD_TEST(test_revoked_tokens_until_they_expire),
        WORLD_TEST(test_a_secret_with_a_bad_digest_never_matches),
    };
    RUN_ON_BOTH(tests);
}
