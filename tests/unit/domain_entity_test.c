/* domain/ctx.h: refusals, entities, paging headers and search, against a real table. */
#include "domain_test.h"

#include "domain/applications.h"
#include "domain/ctx.h"

static const struct search_field search_fields[] = {
    {STR_INIT("id"), "id"},
    {STR_INIT("name"), "name"},
    {STR_INIT("primaryEmail"), "description"},
};

struct request {
    struct http_request http;
    struct ctx ctx;
    struct tenant *tenant;
};

static void begin(struct world *w, struct request *r, const char *path, const char *query)
{
    r->http = (struct http_request){.path = str_of(path), .query = str_of(query)};
    r->ctx = (struct ctx){.arena = w->arena,
                          .request = &r->http,
                          .tenant = r->tenant,
                          .db = w->conn,
                          .origin = STR("https://id.example.com")};
    r->ctx.answer.body = buf_new(w->arena, (size_t)1 << 20);
    r->ctx.answer.json = json_out(&r->ctx.answer.body);
}

/* All values of a header, one a line. */
static const char *header(struct world *w, const struct ctx *ctx, const char *name)
{
    struct buf buf = buf_new(w->arena, 65536);
    for (size_t i = 0; i < ctx->answer.header_count; i++) {
        const struct http_header *one = &ctx->answer.headers[i];
        if (str_eq(one->name, str_of(name)))
            buf_printf(&buf, "%s%.*s", buf.n ? "\n" : "", STR_ARG(one->value));
    }
    buf_byte(&buf, '\0');
    return buf.p;
}

static const char *links(struct world *w, const char *path, const char *query, int64_t page,
                         int64_t page_size, int64_t total)
{
    struct request r = {0};
    begin(w, &r, path, query);
    r.ctx.paged = true;
    r.ctx.page = page;
    r.ctx.page_size = page_size;
    ctx_page_headers(&r.ctx, total);
    return header(w, &r.ctx, "Link");
}

#define BASE "<https://id.example.com/applications?"

static void test_links_of_the_first_page(void **state)
{
    assert_string_equal(links(*state, "/api/applications", "page=1&page_size=2", 1, 2, 12),
                        BASE "page=1&page_size=2>; rel=\"first\"\n" BASE
                             "page=6&page_size=2>; rel=\"last\"\n" BASE
                             "page=2&page_size=2>; rel=\"next\"");
}

static void test_links_of_a_middle_page(void **state)
{
    assert_string_equal(
        links(*state, "/api/applications", "page=2&page_size=2", 2, 2, 12),
        BASE "page=1&page_size=2>; rel=\"first\"\n" BASE "page=1&page_size=2>; rel=\"prev\"\n" BASE
             "page=6&page_size=2>; rel=\"last\"\n" BASE "page=3&page_size=2>; rel=\"next\"");
}

static void test_links_behind_the_last_page(void **state)
{
    assert_string_equal(links(*state, "/api/applications", "page=99&page_size=2", 99, 2, 12),
                        BASE "page=1&page_size=2>; rel=\"first\"\n" BASE
                             "page=98&page_size=2>; rel=\"prev\"\n" BASE
                             "page=6&page_size=2>; rel=\"last\"");
}

static void test_links_without_a_page_in_the_query(void **state)
{
    assert_string_equal(links(*state, "/api/applications", "page_size=3", 1, 3, 4),
                        BASE "page_size=3&page=1>; rel=\"first\"\n" BASE
                             "page_size=3&page=2>; rel=\"last\"\n" BASE
                             "page_size=3&page=2>; rel=\"next\"");
    assert_string_equal(links(*state, "/api/applications", "", 1, 20, 0),
                        BASE "page=1>; rel=\"first\"\n" BASE "page=1>; rel=\"last\"");
}

static void test_links_encode_and_join_values(void **state)
{
    assert_string_equal(
        links(*state, "/api/applications", "types=SPA&types=Native&page=1", 1, 20, 7),
        BASE "types=SPA%2CNative&page=1>; rel=\"first\"\n" BASE
             "types=SPA%2CNative&page=1>; rel=\"last\"");
    assert_string_equal(
        links(*state, "/api/applications", "search=%25a%20b~%25&x=%3E%22", 1, 20, 7),
        BASE "search=%25a+b%7E%25&x=%3E%22&page=1>; rel=\"first\"\n" BASE
             "search=%25a+b%7E%25&x=%3E%22&page=1>; rel=\"last\"");
}

static void test_no_paging_headers_when_all_rows_are_answered(void **state)
{
    struct world *w = *state;
    struct request r = {0};
    begin(w, &r, "/api/applications", "");
    ctx_page_headers(&r.ctx, 5);
    assert_int_equal(r.ctx.answer.header_count, 0);
}

static void test_refusals_say_why(void **state)
{
    struct world *w = *state;
    struct request r = {0};
    begin(w, &r, "/", "");
    assert_int_equal(fail(&r.ctx, ERR_SCOPE_NAME, "read"), ERR_SCOPE_NAME);
    assert_int_equal(r.ctx.failure.err, ERR_SCOPE_NAME);
    assert_text(r.ctx.failure.message, "the resource has a scope of the name read already");
    assert_null(r.ctx.failure.data.p);
    assert_int_equal(fail_data(&r.ctx, fail(&r.ctx, ERR_NOT_FOUND), STR("{\"a\":1}")),
                     ERR_NOT_FOUND);
    assert_text(r.ctx.failure.data, "{\"a\":1}");
    assert_int_equal(fail_text(&r.ctx, ERR_INVALID_INPUT, "%d is %s", 3, "odd"), ERR_INVALID_INPUT);
    assert_text(r.ctx.failure.message, "3 is odd");
}

static void test_an_entity_is_found_or_named_as_missing(void **state)
{
    struct world *w = *state;
    struct tenant *tenant = world_open(w, TENANT_DEFAULT);
    struct request r = {.tenant = tenant};
    struct db_rows rows;
    world_add_app(w, "app1", "{}");
    begin(w, &r, "/api/applications/app1", "");
    assert_ok(entity_get(&r.ctx, &application_entity, STR("app1"), &rows));
    assert_int_equal(rows.count, 1);
    entity_answer(&r.ctx, &application_entity, &rows, 0);
    json *answer;
    assert_int_equal(json_parse(w->arena, buf_view(&r.ctx.answer.body), &answer, NULL), JSON_OK);
    assert_text(json_str(json_get(answer, STR("id"))), "app1");
    assert_text(json_str(json_get(answer, STR("tenantId"))), "default");
    assert_int_equal(entity_get(&r.ctx, &application_entity, STR("app2"), &rows),
                     ERR_NOT_EXISTS_WITH_ID);
    assert_text(r.ctx.failure.message, "there is no entity `applications` with the id `app2`");
    world_close(w, tenant);
}

static void test_a_list_with_and_without_pages(void **state)
{
    struct world *w = *state;
    struct tenant *tenant = world_open(w, TENANT_DEFAULT);
    struct request r = {.tenant = tenant};
    struct db_rows rows;
    char id[16];
    for (int i = 0; i < 25; i++) {
        snprintf(id, sizeof(id), "app%02d", i);
        world_add_app(w, id, "{}");
    }
    begin(w, &r, "/api/applications", "");
    assert_ok(entity_list(&r.ctx, &application_entity, NULL, 0, &rows));
    assert_int_equal(rows.count, 25);
    assert_int_equal(r.ctx.answer.header_count, 0);
    begin(w, &r, "/api/applications", "page=3&page_size=10");
    r.ctx.paged = true;
    r.ctx.page = 3;
    r.ctx.page_size = 10;
    assert_ok(entity_list(&r.ctx, &application_entity, NULL, 0, &rows));
    assert_int_equal(rows.count, 5);
    assert_string_equal(header(w, &r.ctx, "Total-Number"), "25");
    r.ctx.page = INT64_MAX;
    assert_ok(entity_list(&r.ctx, &application_entity, NULL, 0, &rows));
    assert_int_equal(rows.count, 0);
    world_close(w, tenant);
}

/* ---- Search ---- */

static void add_named(struct world *w, const char *id, const char *name, const char *description)
{
    world_add_app(w, id, "{}");
    assert_ok(db_exec(w->conn, "UPDATE applications SET name = $1, description = $2 WHERE id = $3",
                      DB_PARAMS(db_text_value(str_of(name)), db_text_value(str_of(description)),
                                db_text_value(str_of(id))),
                      NULL));
}

static struct tenant *open_with_rows(struct world *w)
{
    struct tenant *tenant = world_open(w, TENANT_DEFAULT);
    add_named(w, "id1", "Alice", "alice@example.com");
    add_named(w, "id2", "Bob", "bob@example.com");
    add_named(w, "id3", "alice_two", "50% off");
    add_named(w, "id4", "Back\\slash", NULL);
    return tenant;
}

/* The ids that a query finds, joined by commas; "-" when it does not search. */
static const char *found(struct world *w, struct tenant *tenant, const char *query)
{
    struct request r = {.tenant = tenant};
    struct crud_filter filter;
    struct db_rows rows;
    bool used;
    begin(w, &r, "/api/applications", query);
    enum err err = ctx_search(&r.ctx, search_fields, 3, &filter, &used);
    if (err)
        fail_msg("%s: %.*s", query, STR_ARG(r.ctx.failure.message));
    if (!used)
        return "-";
    assert_ok(entity_list(&r.ctx, &application_entity, &filter, 1, &rows));
    struct buf buf = buf_new(w->arena, 4096);
    for (size_t id = 1; id <= 4; id++) {
        for (size_t i = 0; i < rows.count; i++) {
            if (db_text(&rows, i, APPLICATION_ID).p[2] == (char)('0' + id))
                buf_printf(&buf, "%s%zu", buf.n ? "," : "", id);
        }
    }
    buf_byte(&buf, '\0');
    return buf.p;
}

static void test_search_finds(void **state)
{
    struct world *w = *state;
    struct tenant *tenant = open_with_rows(w);
    static const struct {
        const char *query, *ids;
    } cases[] = {
        {"", "-"},
        {"page=1&types=SPA", "-"},
        {"mode=exact", "-"},
        {"search=%25alice%25", "1,3"},
        {"search=%25ALICE%25", "1,3"},
        {"search=%25ALICE%25&isCaseSensitive=true", ""},
        {"search=%25Alice%25&isCaseSensitive=1", "1"},
        {"search=alice", "1"},
        {"search=%25example%25", "1,2"},
        {"search=id_", "1,2,3,4"},
        {"search=id4", "4"},
        {"search.name=%25example%25", ""},
        {"search.name=Bob&mode.name=exact", "2"},
        {"search.name=bob&mode=exact", "2"},
        {"search.name=bob&mode=exact&isCaseSensitive=yes", ""},
        {"search.name=%25o%25&mode=exact&mode.name=like", "2,3"},
        {"search.name=Bob&search.name=alice&mode=exact", "1,2"},
        {"search.primaryEmail=bob%25", "2"},
        {"search.primary_email=bob%25", "2"},
        {"search.name=%25Bob%25&search.primaryEmail=%25alice%25", "1,2"},
        {"search.name=%25Bob%25&search.primaryEmail=%25alice%25&joint=and", ""},
        {"search.name=Alice&search.id=id1&joint=and", "1"},
        {"search.name=Bob&search=id1&search.name=alice_two&mode.name=exact", "1,2,3"},
        {"search.name=alice%5C_two", "3"},
        {"search.primaryEmail=50%5C%25%20off", "3"},
        {"search.name=%25%5C%5C%25", "4"},
        {"search.name=x%5C", ""},
        {"search.name=%5EA&mode=posix", "1,3"},
        {"search.name=%5EA&mode=posix&isCaseSensitive=true", "1"},
        {"search=o(b%7Cff)$&mode=posix", "2,3"},
        {"search.name=(Al%7CB)%25&mode=similar_to&isCaseSensitive=true", "1,2,4"},
        {"search.name=alice%5C_two&mode=similar_to&isCaseSensitive=true", "3"},
        {"search.name=B_b&mode=similar_to&isCaseSensitive=true", "2"},
        {"search.name=.ob&mode=similar_to&isCaseSensitive=true", ""},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        const char *ids = found(w, tenant, cases[i].query);
        if (strcmp(ids, cases[i].ids) != 0)
            fail_msg("%s finds %s, not %s", cases[i].query, ids, cases[i].ids);
    }
    world_close(w, tenant);
}

static void test_search_refuses(void **state)
{
    struct world *w = *state;
    static const struct {
        const char *query, *part;
    } cases[] = {
        {"search=", "empty"},
        {"search.name=&mode.name=exact", "empty"},
        {"search.foo=a", "`foo`"},
        {"mode.foo=exact", "`foo`"},
        {"search.name.first=a", "`name.first`"},
        {"search=a&joint=foo", "`foo`"},
        {"search=a&mode=foo", "`foo`"},
        {"search=a&mode=similar_to", "isCaseSensitive"},
        {"search=a(&mode=posix", "no pattern"},
        {"search=(a)%5C1&mode=posix", "no pattern"},
        {"search=((a{99}){99})&mode=posix", "no pattern"},
        {"search=a(&mode=similar_to&isCaseSensitive=1", "no pattern"},
        {"search=a&search=b&mode=posix", "mode `exact`"},
        {"search.name=a&search.name=b", "exact"},
        {"search=%FF", "cannot be read"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct request r = {0};
        struct crud_filter filter;
        bool used;
        begin(w, &r, "/api/applications", cases[i].query);
        assert_int_equal(ctx_search(&r.ctx, search_fields, 3, &filter, &used), ERR_INVALID_INPUT);
        if (!strstr(arena_cstr(w->arena, r.ctx.failure.message), cases[i].part))
            fail_msg("%s: %.*s", cases[i].query, STR_ARG(r.ctx.failure.message));
    }
}

static void test_search_is_bounded(void **state)
{
    struct world *w = *state;
    struct buf query = buf_new(w->arena, 4096);
    struct crud_filter filter;
    struct request r = {0};
    bool used;
    for (int i = 0; i < 21; i++)
        buf_printf(&query, "%ssearch.name=%d", i ? "&" : "mode=exact&", i);
    buf_byte(&query, '\0');
    begin(w, &r, "/api/applications", query.p);
    assert_int_equal(ctx_search(&r.ctx, search_fields, 3, &filter, &used), ERR_INVALID_INPUT);
    query.n = 0;
    buf_printf(&query, "search=%0257d", 1);
    buf_byte(&query, '\0');
    begin(w, &r, "/api/applications", query.p);
    assert_int_equal(ctx_search(&r.ctx, search_fields, 3, &filter, &used), ERR_INVALID_INPUT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(test_links_of_the_first_page),
        WORLD_TEST(test_links_of_a_middle_page),
        WORLD_TEST(test_links_behind_the_last_page),
        WORLD_TEST(test_links_without_a_page_in_the_query),
        WORLD_TEST(test_links_encode_and_join_values),
        WORLD_TEST(test_no_paging_headers_when_all_rows_are_answered),
        WORLD_TEST(test_refusals_say_why),
        WORLD_TEST(test_an_entity_is_found_or_named_as_missing),
        WORLD_TEST(test_a_list_with_and_without_pages),
        WORLD_TEST(test_search_finds),
        WORLD_TEST(test_search_refuses),
        WORLD_TEST(test_search_is_bounded),
    };
    RUN_ON_BOTH(tests);
}
