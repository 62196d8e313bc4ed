/* domain/grants.h: how long an authorization code is good. Check 25 */
#include "domain/grants.h"

#include "domain_test.h"

#define NOW ((int64_t)1800000000000)

static struct ctx *at(struct world *w, struct ctx *ctx, int64_t now)
{
    *ctx = (struct ctx){.arena = w->arena, .db = w->conn, .can_write = true, .now = now};
    return ctx;
}

static struct str new_code(struct world *w)
{
    struct ctx ctx;
    struct str text = STR_NONE;
    const struct code code = {.grant_id = STR_INIT("grant"),
                              .application_id = STR_INIT("app"),
                              .user_id = STR_INIT("user"),
                              .redirect_uri = STR_INIT("https://a.example/cb"),
                              .scope = STR_INIT("openid"),
                              .resources = STR_INIT("")};
    assert_ok(code_create(at(w, &ctx, NOW), &code, &text));
    return text;
}

static void test_a_code_is_good_for_a_minute_at_most(void **state)
{
    struct world *w = *state;
    struct tenant *tenant = world_open(w, TENANT_DEFAULT);
    struct ctx ctx;
    struct code out;
    world_add_app(w, "app", "{}");
    world_run(w,
              "INSERT INTO users (id, is_password_expired, profile, custom_data, identities, "
              "logto_config, is_suspended, created_at, updated_at) VALUES ('user', 0, '{}', '{}', "
              "'{}', '{}', 0, 1, 1);"
              "INSERT INTO grants (id, user_id, application_id, session_uid, scope, resources, "
              "created_at, expires_at) VALUES ('grant', 'user', 'app', 's', 'openid', '', 1, "
              "9000000000000)");
    struct str early = new_code(w), late = new_code(w);
    assert_int_equal(code_consume(at(w, &ctx, NOW + 60000), late, STR("app"), &out), ERR_NOT_FOUND);
    assert_ok(code_consume(at(w, &ctx, NOW + 59999), early, STR("app"), &out));
    assert_string_equal(arena_cstr(w->arena, out.user_id), "user");
    world_close(w, tenant);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(test_a_code_is_good_for_a_minute_at_most),
    };
    RUN_ON_BOTH(tests);
}
