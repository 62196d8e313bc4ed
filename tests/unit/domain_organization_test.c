/* domain/snapshot.h and domain/access.h: applications in organizations, and what they get there. */
#include "domain/access.h"

#include "domain_test.h"

static struct snapshot *load(struct world *w, struct tenant *tenant)
{
    struct snapshot *snapshot;
    assert_ok(snapshot_load(w->conn, tenant->vault, &snapshot));
    return snapshot;
}

/* The next version; old is given back. */
static struct snapshot *refresh(struct world *w, struct tenant *tenant, struct snapshot *old,
                                const char *key)
{
    struct str keys[] = {str_of(key)};
    struct snapshot_changes changes = {.memberships = keys, .membership_count = 1};
    struct snapshot *snapshot;
    assert_ok(snapshot_refresh(old, &changes, w->conn, tenant->vault, &snapshot));
    snapshot_unref(old);
    return snapshot;
}

/* Organizations o1 and o2; app1 belongs to o1 with two roles, app2 without one. */
static void make_organizations(struct world *w)
{
    world_add_app(w, "app1", "{}");
    world_add_app(w, "app2", "{}");
    world_run(w, "INSERT INTO organizations (id, name, custom_data, is_mfa_required, color, "
                 "branding, created_at) VALUES ('o1', 'One', '{}', 0, '{}', '{}', 1), "
                 "('o2', 'Two', '{}', 0, '{}', '{}', 1);"
                 "INSERT INTO organization_scopes (id, name) VALUES ('os1', 'manage'), "
                 "('os2', 'look'), ('os3', 'leave');"
                 "INSERT INTO organization_roles (id, name, type) VALUES "
                 "('or1', 'bot', 'MachineToMachine'), ('or2', 'robot', 'MachineToMachine'), "
                 "('or3', 'person', 'User');"
                 "INSERT INTO organization_role_scopes VALUES ('or1', 'os1'), ('or2', 'os2'), "
                 "('or3', 'os3');"
                 "INSERT INTO organization_applications VALUES ('o1', 'app1'), ('o1', 'app2');"
                 "INSERT INTO organization_application_roles VALUES ('o1', 'app1', 'or2'), "
                 "('o1', 'app1', 'or1'), ('o1', 'app1', 'or3')");
}

static void test_memberships_with_their_roles(void **state)
{
    struct world *w = *state;
    struct tenant *tenant = world_open(w, TENANT_DEFAULT);
    make_organizations(w);
    struct snapshot *snapshot = load(w, tenant);
    assert_text(snapshot_membership(snapshot, STR("o1"), STR("app1")), "or1 or2 or3");
    struct str none = snapshot_membership(snapshot, STR("o1"), STR("app2"));
    assert_non_null(none.p);
    assert_int_equal(none.n, 0);
    assert_null(snapshot_membership(snapshot, STR("o2"), STR("app1")).p);
    assert_null(snapshot_membership(snapshot, STR(""), STR("app1")).p);
    assert_null(snapshot_membership(snapshot, STR("o1/app1"), STR("")).p);
    char endless[1000];
    memset(endless, 'o', sizeof(endless));
    assert_null(
        snapshot_membership(snapshot, (struct str){endless, sizeof(endless)}, STR("app1")).p);
    snapshot_unref(snapshot);
    world_close(w, tenant);
}

static void test_one_membership_is_read_again(void **state)
{
    struct world *w = *state;
    struct tenant *tenant = world_open(w, TENANT_DEFAULT);
    make_organizations(w);
    struct snapshot *first = load(w, tenant);
    struct snapshot *second = snapshot_ref(first);
    world_run(w, "DELETE FROM organization_application_roles WHERE organization_role_id = 'or1'");
    second = refresh(w, tenant, second, "o1/app1");
    assert_text(snapshot_membership(second, STR("o1"), STR("app1")), "or2 or3");
    assert_text(snapshot_membership(first, STR("o1"), STR("app1")), "or1 or2 or3");
    /* The other entry is shared, not copied. */
    assert_ptr_equal(snapshot_membership(second, STR("o1"), STR("app2")).p,
                     snapshot_membership(first, STR("o1"), STR("app2")).p);
    world_run(w, "DELETE FROM organizations WHERE id = 'o1'");
    second = refresh(w, tenant, second, "o1/app1");
    assert_null(snapshot_membership(second, STR("o1"), STR("app1")).p);
    world_run(w, "INSERT INTO organization_applications VALUES ('o2', 'app1')");
    second = refresh(w, tenant, second, "o2/app1");
    assert_non_null(snapshot_membership(second, STR("o2"), STR("app1")).p);
    second = refresh(w, tenant, second, "never/there");
    second = refresh(w, tenant, second, "noslash");
    snapshot_unref(first);
    snapshot_unref(second);
    world_close(w, tenant);
}

/* More than two pages of the reading statement, whose borders fall inside organizations. */
static void test_many_memberships_are_found(void **state)
{
    struct world *w = *state;
    enum { ORGANIZATIONS = 1000, MEMBERS = 3 };
    struct tenant *tenant = world_open(w, TENANT_DEFAULT);
    char id[32];
    make_organizations(w);
    world_add_app(w, "app3", "{}");
    world_run(w, "DELETE FROM organizations");
    assert_ok(db_begin(w->conn));
    for (int i = 0; i < ORGANIZATIONS; i++) {
        snprintf(id, sizeof(id), "org%d", i);
        struct db_value key = db_text_value(str_of(id));
        assert_ok(db_exec(w->conn,
                          "INSERT INTO organizations (id, name, custom_data, is_mfa_required, "
                          "color, branding, created_at) VALUES ($1, 'n', '{}', 0, '{}', '{}', 1)",
                          &key, 1, NULL));
        assert_ok(db_exec(w->conn,
                          "INSERT INTO organization_applications VALUES ($1, 'app1'), "
                          "($1, 'app2'), ($1, 'app3')",
                          &key, 1, NULL));
        assert_ok(db_exec(w->conn,
                          "INSERT INTO organization_application_roles VALUES ($1, 'app2', 'or1')",
                          &key, 1, NULL));
    }
    assert_ok(db_commit(w->conn));
    struct snapshot *snapshot = load(w, tenant);
    for (int i = 0; i < ORGANIZATIONS; i++) {
        snprintf(id, sizeof(id), "org%d", i);
        assert_non_null(snapshot_membership(snapshot, str_of(id), STR("app1")).p);
        assert_text(snapshot_membership(snapshot, str_of(id), STR("app2")), "or1");
        assert_int_equal(snapshot_membership(snapshot, str_of(id), STR("app3")).n, 0);
    }
    snapshot_unref(snapshot);
    world_close(w, tenant);
}

static void test_organization_scopes_and_roles(void **state)
{
    struct world *w = *state;
    struct tenant *tenant = world_open(w, TENANT_DEFAULT);
    struct snapshot *snapshot = load(w, tenant);
    const struct resource_entry *scopes = snapshot_organization_scopes(snapshot);
    assert_int_equal(scopes->scope_count, 0);
    assert_int_equal(scopes->indicator.n, 0);
    assert_int_equal(scopes->access_token_ttl, 3600);
    snapshot_unref(snapshot);
    make_organizations(w);
    snapshot = load(w, tenant);
    scopes = snapshot_organization_scopes(snapshot);
    assert_int_equal(scopes->scope_count, 3);
    assert_text(scopes->scopes[0].name, "leave");
    assert_text(scopes->scopes[2].id, "os1");
    assert_text(snapshot_organization_role(snapshot, STR("or1"))->name, "bot");
    assert_false(snapshot_organization_role(snapshot, STR("or3"))->for_machines);
    assert_null(snapshot_organization_role(snapshot, STR("or4")));
    assert_null(snapshot_role(snapshot, STR("or1")));
    assert_null(snapshot_resource(snapshot, STR("")));
    snapshot_unref(snapshot);
    world_close(w, tenant);
}

static void test_what_an_application_gets_in_an_organization(void **state)
{
    struct world *w = *state;
    struct tenant *tenant = world_open(w, TENANT_DEFAULT);
    make_organizations(w);
    struct snapshot *snapshot = load(w, tenant);
    const struct resource_entry *scopes = snapshot_organization_scopes(snapshot);
    struct access access;
    assert_true(access_decide_organization(w->arena, snapshot, STR("or1 gone or2 or3"), scopes,
                                           STR("look leave manage look never"), &access));
    assert_text(access.granted, "look manage");
    assert_text(access.dropped, "leave never");
    assert_int_equal(access.count, 4);
    assert_text(access.decisions[0].role->id, "or2");
    assert_string_equal(access.decisions[1].reason,
                        "none of the application's roles in the organization grants it");
    assert_string_equal(access.decisions[3].reason, "there is no organization scope of this name");
    assert_true(
        access_decide_organization(w->arena, snapshot, STR(""), scopes, STR("look"), &access));
    assert_int_equal(access.granted.n, 0);
    assert_string_equal(access.decisions[0].reason,
                        "the application has no role in the organization");
    assert_true(
        access_decide_organization(w->arena, snapshot, STR("or1"), scopes, STR_NONE, &access));
    assert_int_equal(access.count, 0);
    snapshot_unref(snapshot);
    world_close(w, tenant);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(test_memberships_with_their_roles),
        WORLD_TEST(test_one_membership_is_read_again),
        WORLD_TEST(test_many_memberships_are_found),
        WORLD_TEST(test_organization_scopes_and_roles),
        WORLD_TEST(test_what_an_application_gets_in_an_organization),
    };
    RUN_ON_BOTH(tests);
}
