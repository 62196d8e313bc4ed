/* domain/signing_keys.h: the states of keys, and what a keyring makes of them. */
#include "domain_test.h"

#include "domain/signing_keys.h"

static void rotate(struct world *w, struct tenant *tenant, enum jwk_alg alg, int64_t grace,
                   int64_t now, char id[ID_LENGTH])
{
    assert_ok(db_begin(w->conn));
    assert_ok(signing_keys_rotate(tenant, w->conn, alg, grace, now, id));
    assert_ok(db_commit(w->conn));
}

static bool promote(struct world *w, struct tenant *tenant, int64_t now)
{
    bool promoted;
    assert_ok(db_begin(w->conn));
    assert_ok(signing_keys_promote(tenant, w->conn, now, &promoted));
    assert_ok(db_commit(w->conn));
    return promoted;
}

static enum err delete_key(struct world *w, struct tenant *tenant, struct str id)
{
    assert_ok(db_begin(w->conn));
    enum err err = signing_keys_delete(tenant, w->conn, id, 1);
    if (err)
        db_rollback(w->conn);
    else
        assert_ok(db_commit(w->conn));
    return err;
}

/* The states and algorithms in the order of the list: "Current ES256, Previous RS256". */
static const char *states(struct world *w)
{
    const struct signing_key *list;
    size_t count;
    struct buf buf = buf_new(w->arena, 4096);
    assert_ok(signing_keys_list(w->conn, w->arena, &list, &count));
    for (size_t i = 0; i < count; i++)
        buf_printf(&buf, "%s%.*s %.*s", i ? ", " : "", STR_ARG(list[i].state),
                   STR_ARG(list[i].alg));
    buf_byte(&buf, '\0');
    return buf.p;
}

static enum jwk_alg current_alg(struct world *w, struct tenant *tenant)
{
    struct keyring *ring;
    assert_ok(signing_keys_load(w->conn, tenant->vault, &ring));
    enum jwk_alg alg = jwk_algorithm(keyring_current(ring));
    keyring_unref(ring);
    return alg;
}

static void test_rotation_without_grace(void **state)
{
    struct world *w = *state;
    struct tenant *tenant = world_open(w, TENANT_DEFAULT);
    char id[ID_LENGTH];
    assert_string_equal(states(w), "Current ES256");
    rotate(w, tenant, JWK_ES384, 0, 1000, id);
    assert_string_equal(states(w), "Current ES384, Previous ES256");
    assert_int_equal(current_alg(w, tenant), JWK_ES384);
    rotate(w, tenant, JWK_EDDSA, 0, 2000, id);
    assert_string_equal(states(w), "Current EdDSA, Previous ES384");
    assert_int_equal(current_alg(w, tenant), JWK_EDDSA);
    world_close(w, tenant);
}

static void test_every_algorithm_signs_what_it_publishes(void **state)
{
    struct world *w = *state;
    struct tenant *tenant = world_open(w, TENANT_DEFAULT);
    for (int alg = 0; alg < JWK_ALGS; alg++) {
        char id[ID_LENGTH];
        struct keyring *ring;
        json *claims;
        rotate(w, tenant, (enum jwk_alg)alg, 0, 1000 + alg, id);
        assert_ok(signing_keys_load(w->conn, tenant->vault, &ring));
        struct buf token = buf_new(w->arena, 8192);
        assert_true(keyring_sign(ring, keyring_at_header(ring), STR("{\"a\":1}"), &token));
        assert_int_equal(keyring_verify(ring, buf_view(&token), STR("at+jwt"), w->arena, &claims),
                         JWS_OK);
        keyring_unref(ring);
    }
    world_close(w, tenant);
}

static void test_rotation_with_grace(void **state)
{
    struct world *w = *state;
    struct tenant *tenant = world_open(w, TENANT_DEFAULT);
    char id[ID_LENGTH];
    bool due;
    rotate(w, tenant, JWK_ES384, 500, 1000, id);
    assert_string_equal(states(w), "Next ES384, Current ES256");
    assert_int_equal(current_alg(w, tenant), JWK_ES256);
    assert_ok(signing_keys_due(w->conn, w->arena, 1499, &due));
    assert_false(due);
    assert_false(promote(w, tenant, 1499));
    assert_ok(signing_keys_due(w->conn, w->arena, 1500, &due));
    assert_true(due);
    assert_true(promote(w, tenant, 1500));
    assert_string_equal(states(w), "Current ES384, Previous ES256");
    assert_false(promote(w, tenant, 9999));
    world_close(w, tenant);
}

/* The next key can be verified before it signs. */
static void test_the_next_key_is_published(void **state)
{
    struct world *w = *state;
    struct tenant *tenant = world_open(w, TENANT_DEFAULT);
    char id[ID_LENGTH];
    struct keyring *ring;
    json *root;
    rotate(w, tenant, JWK_EDDSA, 500, 1000, id);
    assert_ok(signing_keys_load(w->conn, tenant->vault, &ring));
    assert_int_equal(json_parse(w->arena, keyring_jwks(ring), &root, NULL), JSON_OK);
    assert_int_equal(yyjson_arr_size(json_get(root, STR("keys"))), 2);
    keyring_unref(ring);
    world_close(w, tenant);
}

static void test_a_rotation_replaces_the_next_key(void **state)
{
    struct world *w = *state;
    struct tenant *tenant = world_open(w, TENANT_DEFAULT);
    char id[ID_LENGTH];
    rotate(w, tenant, JWK_ES384, 500, 1000, id);
    rotate(w, tenant, JWK_EDDSA, 500, 1100, id);
    assert_string_equal(states(w), "Next EdDSA, Current ES256");
    rotate(w, tenant, JWK_ES512, 0, 1200, id);
    assert_string_equal(states(w), "Current ES512, Previous ES256");
    world_close(w, tenant);
}

static void test_all_but_the_current_key_may_be_deleted(void **state)
{
    struct world *w = *state;
    struct tenant *tenant = world_open(w, TENANT_DEFAULT);
    char id[ID_LENGTH];
    struct str first = str_of(world_text(w, "SELECT id FROM signing_keys"));
    assert_int_equal(delete_key(w, tenant, first), ERR_KEY_REQUIRED);
    rotate(w, tenant, JWK_ES384, 0, 1000, id);
    assert_int_equal(delete_key(w, tenant, (struct str){id, ID_LENGTH}), ERR_KEY_REQUIRED);
    assert_ok(delete_key(w, tenant, first));
    assert_int_equal(delete_key(w, tenant, first), ERR_NOT_FOUND);
    assert_string_equal(states(w), "Current ES384");
    rotate(w, tenant, JWK_ES256, 500, 1000, id);
    assert_ok(delete_key(w, tenant, (struct str){id, ID_LENGTH}));
    assert_string_equal(states(w), "Current ES384");
    world_close(w, tenant);
}

static void test_private_keys_are_sealed_for_their_row(void **state)
{
    struct world *w = *state;
    struct tenant *tenant = world_open(w, TENANT_DEFAULT);
    char id[ID_LENGTH];
    struct keyring *ring;
    struct str sealed = str_of(world_text(w, "SELECT sealed FROM signing_keys"));
    assert_null(strstr(sealed.p, "PRIVATE KEY"));
    rotate(w, tenant, JWK_ES256, 0, 1000, id);
    world_run(w, "UPDATE signing_keys SET sealed = (SELECT sealed FROM signing_keys "
                 "WHERE state = 'Previous') WHERE state = 'Current'");
    assert_int_equal(signing_keys_load(w->conn, tenant->vault, &ring), ERR_INTERNAL);
    world_close(w, tenant);
}

static void test_no_current_key_is_an_error(void **state)
{
    struct world *w = *state;
    struct tenant *tenant = world_open(w, TENANT_DEFAULT);
    struct keyring *ring;
    world_run(w, "UPDATE signing_keys SET state = 'Previous'");
    assert_int_equal(signing_keys_load(w->conn, tenant->vault, &ring), ERR_INTERNAL);
    world_close(w, tenant);
}

static void test_each_change_is_noted(void **state)
{
    struct world *w = *state;
    struct tenant *tenant = world_open(w, TENANT_DEFAULT);
    char id[ID_LENGTH];
    const char *count = "SELECT count(*) FROM changes WHERE kind = 'keys'";
    int64_t before = world_number(w, count);
    rotate(w, tenant, JWK_ES256, 500, 1000, id);
    promote(w, tenant, 2000);
    assert_ok(delete_key(w, tenant,
                         str_of(world_text(w, "SELECT id FROM signing_keys "
                                              "WHERE state = 'Previous'"))));
    assert_int_equal(world_number(w, count), before + 3);
    world_close(w, tenant);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(test_rotation_without_grace),
        WORLD_TEST(test_every_algorithm_signs_what_it_publishes),
        WORLD_TEST(test_rotation_with_grace),
        WORLD_TEST(test_the_next_key_is_published),
        WORLD_TEST(test_a_rotation_replaces_the_next_key),
        WORLD_TEST(test_all_but_the_current_key_may_be_deleted),
        WORLD_TEST(test_private_keys_are_sealed_for_their_row),
        WORLD_TEST(test_no_current_key_is_an_error),
        WORLD_TEST(test_each_change_is_noted),
    };
    RUN_ON_BOTH(tests);
}
