/* base/config.h: sources and their rank, the file's syntax, checks, what errors say, printing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/config.h"
#include "base/json.h"

static struct config config;
static char *message; /* of the last load */
static char folder[] = "/tmp/signet-config-XXXXXX";

static int set_up_group(void **state)
{
    (void)state;
    return mkdtemp(folder) && chdir(folder) == 0 ? 0 : -1;
}

static int tear_down_group(void **state)
{
    (void)state;
    return chdir("/") == 0 && rmdir(folder) == 0 ? 0 : -1;
}

static int set_up(void **state)
{
    (void)state;
    memset(&config, 0, sizeof config);
    return clearenv();
}

static int tear_down(void **state)
{
    (void)state;
    free(message);
    message = NULL;
    unlink(".env");
    return 0;
}

static bool load(void)
{
    size_t n;
    free(message);
    message = NULL;
    FILE *err = open_memstream(&message, &n);
    assert_non_null(err);
    bool loaded = config_load(&config, err);
    fclose(err);
    assert_int_equal(loaded, n == 0);
    return loaded;
}

static void write_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "we");
    assert_non_null(file);
    fputs(text, file);
    assert_int_equal(fclose(file), 0);
}

static bool load_file(const char *text)
{
    write_file(".env", text);
    return load();
}

static bool load_with(const char *name, const char *value)
{
    setenv(name, value, 1);
    bool loaded = load();
    unsetenv(name);
    return loaded;
}

static void assert_refused(const char *name, const char *value, const char *expected)
{
    struct config before = config;
    assert_false(load_with(name, value));
    assert_string_equal(message, expected);
    assert_memory_equal(&before, &config, sizeof config);
}

static void has_defaults(void **state)
{
    (void)state;
    assert_true(load());
    assert_int_equal(config.port, 3001);
    assert_int_equal(config.admin_port, 3002);
    assert_string_equal(config.endpoint, "");
    assert_string_equal(config.data, "./data");
    assert_string_equal(config.audit, "before");
    assert_true(config.reveal_secrets);
    assert_false(config.trust_proxy_header);
}

static void environment_comes_before_file(void **state)
{
    (void)state;
    setenv("PORT", "4001", 1);
    setenv("ADMIN_PORT", "", 1);
    assert_true(load_file("PORT=5001\nADMIN_PORT=5002\nSIGNET_DATA=/srv/signet\n"));
    assert_int_equal(config.port, 4001);
    assert_int_equal(config.admin_port, 5002);
    assert_string_equal(config.data, "/srv/signet");
}

static void reads_the_file_that_is_named(void **state)
{
    (void)state;
    write_file("other.env", "PORT=6001\n");
    write_file(".env", "PORT=5001\n");
    assert_true(load_with("SIGNET_CONFIG", "other.env"));
    assert_int_equal(config.port, 6001);
    assert_true(load_with("SIGNET_CONFIG", ""));
    assert_int_equal(config.port, 5001);
    unlink("other.env");
    assert_refused("SIGNET_CONFIG", "other.env",
                   "SIGNET_CONFIG (other.env): No such file or directory\n");
    assert_refused("SIGNET_CONFIG", ".", "SIGNET_CONFIG (.): Is a directory\n");
}

static void understands_the_files_syntax(void **state)
{
    (void)state;
    assert_true(load_file("# comment\n"
                          "\n"
                          "  PORT = 4001  # behind the value\r\n"
                          "\t# indented\n"
                          "SIGNET_DATA=\"/srv/a # b\" # quoted\n"
                          "DB_URL='postgres://u:p\"#@h/d?a=b'\n"
                          "SIGNET_LOG_FILE=/var/log/a#b\n"
                          "ENDPOINT=\n"
                          "STATUS_API_KEY=''\n"
                          "SIGNET_TEST_ANYTHING=1\n"
                          "NODE_ENV=production\n"
                          "ADMIN_PORT=4002"));
    assert_int_equal(config.port, 4001);
    assert_int_equal(config.admin_port, 4002);
    assert_string_equal(config.data, "/srv/a # b");
    assert_string_equal(config.db_url, "postgres://u:p\"#@h/d?a=b");
    assert_string_equal(config.log_file, "/var/log/a#b");
    assert_string_equal(config.endpoint, "");
}

static void refuses_malformed_files(void **state)
{
    (void)state;
    static const struct {
        const char *text, *expected;
    } cases[] = {
        {"\nPORT\n", "SIGNET_CONFIG (.env:2): the line is not NAME=value\n"},
        {"=1\n", "SIGNET_CONFIG (.env:1): the line is not NAME=value\n"},
        {"export PORT=1\n", "SIGNET_CONFIG (.env:1): the line is not NAME=value\n"},
        {"PORT=\"1\n", "PORT (.env:1): the closing quote is missing or not at the end\n"},
        {"PORT='1'2\n", "PORT (.env:1): the closing quote is missing or not at the end\n"},
        {"PORT=1\n#\nPORT=2\n", "PORT (.env:3): is set a second time in this file\n"},
        {"PORT=1\n#\nADMIN_PORT=x\n",
         "ADMIN_PORT (.env:3): \"x\" is not an integer from 1 to 65535\n"},
        {"SIGNET_PROT=1\n", "SIGNET_PROT (.env:1): there is no such setting\n"},
        {"SIGNET_DATA=a\x01\n", "SIGNET_DATA (.env:1): contains a control character\n"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_false(load_file(cases[i].text));
        assert_string_equal(message, cases[i].expected);
    }
    char *big = malloc(300 * 1024);
    memset(big, '#', 300 * 1024);
    big[300 * 1024 - 1] = '\0';
    assert_false(load_file(big));
    assert_string_equal(message, "SIGNET_CONFIG (.env): is larger than 256 KiB\n");
    free(big);
}

static void refuses_unknown_names(void **state)
{
    (void)state;
    assert_refused("SIGNET_LOGLEVEL", "info",
                   "SIGNET_LOGLEVEL (environment): there is no such setting\n");
    assert_refused("SIGNET_", "", "SIGNET_ (environment): there is no such setting\n");
    assert_refused("SIGNET_TEST", "1", "SIGNET_TEST (environment): there is no such setting\n");
    assert_true(load_with("SIGNET_TEST_CLOCK", "1"));
    assert_true(load_with("UNKNOWN", "1"));
}

static void checks_integers(void **state)
{
    (void)state;
    assert_true(load_with("PORT", "65535"));
    assert_int_equal(config.port, 65535);
    static const char *const bad[] = {"0",     "65536", "-1",   "3001x",
                                      " 3001", "1e3",   "0x10", "99999999999999999999"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        char expected[200];
        snprintf(expected, sizeof expected,
                 "PORT (environment): \"%s\" is not an integer from 1 to 65535\n", bad[i]);
        assert_refused("PORT", bad[i], expected);
    }
}

static void checks_booleans(void **state)
{
    (void)state;
    static const char *const yes[] = {"1", "true", "yes", "TRUE", "Yes"};
    static const char *const no[] = {"0", "false", "no", "False"};
    for (size_t i = 0; i < sizeof yes / sizeof *yes; i++) {
        assert_true(load_with("TRUST_PROXY_HEADER", yes[i]));
        assert_true(config.trust_proxy_header);
    }
    for (size_t i = 0; i < sizeof no / sizeof *no; i++) {
        assert_true(load_with("SIGNET_REVEAL_SECRETS", no[i]));
        assert_false(config.reveal_secrets);
    }
    assert_refused("TRUST_PROXY_HEADER", "on",
                   "TRUST_PROXY_HEADER (environment): \"on\" is not true or false\n");
    assert_refused("TRUST_PROXY_HEADER", "2",
                   "TRUST_PROXY_HEADER (environment): \"2\" is not true or false\n");
}

static void normalizes_urls(void **state)
{
    (void)state;
    static const struct {
        const char *given, *kept;
    } cases[] = {
        {"https://id.example.com", "https://id.example.com"},
        {"https://id.example.com/", "https://id.example.com"},
        {"https://id.example.com//", "https://id.example.com"},
        {"HTTPS://ID.Example.com/", "https://id.example.com"},
        {"http://localhost:3001", "http://localhost:3001"},
        {"http://localhost:80/", "http://localhost"},
        {"https://localhost:443/", "https://localhost"},
        {"https://localhost:80", "https://localhost:80"},
        {"http://[::1]:3001/", "http://[::1]:3001"},
        {"http://[::1]", "http://[::1]"},
        {"http://127.0.0.1:65535", "http://127.0.0.1:65535"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_true(load_with("ENDPOINT", cases[i].given));
        assert_string_equal(config.endpoint, cases[i].kept);
    }
}

static void refuses_other_urls(void **state)
{
    (void)state;
    static const struct {
        const char *url, *reason;
    } cases[] = {
        {"id.example.com", "is not an http:// or https:// URL"},
        {"ftp://a", "is not an http:// or https:// URL"},
        {"https:/a", "is not an http:// or https:// URL"},
        {"https:", "is not an http:// or https:// URL"},
        {"javascript://a", "is not an http:// or https:// URL"},
        {"https://a?b", "has a query or a fragment"},
        {"https://a/?", "has a query or a fragment"},
        {"https://a#b", "has a query or a fragment"},
        {"https://u:p@a", "has a user name in it"},
        {"https://@a", "has a user name in it"},
        {"https://", "is not a URL: its host or path is malformed"},
        {"https:///x", "is not a URL: its host or path is malformed"},
        {"https://:80", "is not a URL: its host or path is malformed"},
        {"https://a b", "is not a URL: its host or path is malformed"},
        {"https://a/b c", "is not a URL: its host or path is malformed"},
        {"https://a,b", "is not a URL: its host or path is malformed"},
        {"https://b\xc3\xbc.de", "is not a URL: its host or path is malformed"},
        {"https://[::g]", "is not a URL: its host or path is malformed"},
        {"https://[127.0.0.1]", "is not a URL: its host or path is malformed"},
        {"https://ex..ample", "is not a URL: its host or path is malformed"},
        {"https://.example", "is not a URL: its host or path is malformed"},
        {"https://1.2.3.999", "is not a URL: its host or path is malformed"},
        {"https://127.1", "is not a URL: its host or path is malformed"},
        {"https://::1", "is not a URL: its host or path is malformed"},
        {"https://a:", "has a port that is not 1 to 65535"},
        {"https://a:0", "has a port that is not 1 to 65535"},
        {"https://a:080", "has a port that is not 1 to 65535"},
        {"https://a:65536", "has a port that is not 1 to 65535"},
        {"https://a:b", "has a port that is not 1 to 65535"},
        {"https://a/idp", "has a path: the server answers at the root of its address"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char expected[200];
        snprintf(expected, sizeof expected, "ENDPOINT (environment): \"%s\" %s\n", cases[i].url,
                 cases[i].reason);
        assert_refused("ENDPOINT", cases[i].url, expected);
    }
}

static void checks_addresses(void **state)
{
    (void)state;
    static const char *const lists[] = {"127.0.0.1", "::1", "10.0.0.1, ::,fe80::1"};
    static const char *const ranges[] = {"10.0.0.0/8", "::/0", "127.0.0.1,fd00::/8 , 0.0.0.0/32"};
    static const char *const bad[] = {"localhost",      "1.2.3",  "1.2.3.4,",   ",",
                                      "1.2.3.4/33",     "::/129", "1.2.3.4/",   "1.2.3.4/-0",
                                      "1.2.3.4/a",      "[::1]",  "1.2.3.4:80", "1.2.3.4/8/8",
                                      "1.2.3.4 5.6.7.8"};
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
        assert_true(load_with("SIGNET_LISTEN", lists[i]));
        assert_true(load_with("SIGNET_TRUSTED_PROXIES", lists[i]));
    }
    for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++) {
        assert_false(load_with("SIGNET_LISTEN", ranges[i]));
        assert_true(load_with("SIGNET_TRUSTED_PROXIES", ranges[i]));
        assert_string_equal(config.trusted_proxies, ranges[i]);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_false(load_with("SIGNET_LISTEN", bad[i]));
        assert_non_null(strstr(message, "is not a comma-separated list of IP addresses\n"));
        assert_false(load_with("SIGNET_TRUSTED_PROXIES", bad[i]));
        assert_non_null(strstr(message, "IP addresses and CIDR ranges\n"));
    }
}

static void checks_words_and_keys(void **state)
{
    (void)state;
    static const char key[] = "00112233445566778899aabbccddeeffFFEEDDCCBBAA99887766554433221100";
    assert_true(load_with("SIGNET_AUDIT", "after"));
    assert_true(load_with("SIGNET_AUDIT", "off"));
    assert_refused("SIGNET_AUDIT", "Before",
                   "SIGNET_AUDIT (environment): \"Before\" is not before, after or off\n");
    assert_refused("SIGNET_AUDIT", "before|after",
                   "SIGNET_AUDIT (environment): \"before|after\" is not before, after or off\n");
    assert_true(load_with("SIGNET_LOG_LEVEL", "debug"));
    assert_refused("SIGNET_LOG_LEVEL", "trace",
                   "SIGNET_LOG_LEVEL (environment): \"trace\" is not error, warn, info or debug\n");
    assert_true(load_with("SIGNET_KEY", key));
    assert_string_equal(config.key, key);
    assert_true(load_with("DB_URL", "postgresql://h/d"));
}

static void errors_do_not_show_secrets(void **state)
{
    (void)state;
    assert_refused("SIGNET_KEY", "hunter2",
                   "SIGNET_KEY (environment): is not 64 hexadecimal digits\n");
    assert_refused("DB_URL", "mysql://u:hunter2@h",
                   "DB_URL (environment): does not start with postgres:// or postgresql://\n");
    assert_refused("STATUS_API_KEY", "hunter2\n",
                   "STATUS_API_KEY (environment): contains a control character\n");
}

static void database_urls_are_whole(void **state)
{
    (void)state;
    static const char *const good[] = {
        "postgres://h/d",       "postgres://u:p%40%2F@h:5432/d",   "postgres:///d",
        "postgres://u@h1:1,h2", "postgres://u:p@[::1]:5432/d?a=b", "postgres://%2Ftmp/d"};
    static const char *const bad[] = {"postgres://u:geh@eim@h/x", "postgres://u:geh/eim@h",
                                      "postgres://u:geh%2@h", "postgres://u:geh?eim@h",
                                      "postgres://u:p@h:geh/d"};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        assert_true(load_with("DB_URL", good[i]));
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_refused("DB_URL", bad[i],
                       "DB_URL (environment): is malformed: percent-encode user and password\n");
}

static void lists_that_could_never_work_are_refused(void **state)
{
    (void)state;
    static const char *const good[] = {"https://a.example", "http://localhost:5173, https://b",
                                       "http://[::1]:80443", "capacitor://localhost"};
    static const char *const bad[] = {"foo",           "*",          "https://a/", "https://A",
                                      "https://a:443", "https://a,", "null",       "http://a:080"};
    assert_true(load_with("SIGNET_CORS_ORIGINS", good[0]));
    assert_true(load_with("SIGNET_CORS_ORIGINS", good[1]));
    assert_false(load_with("SIGNET_CORS_ORIGINS", good[2]));
    assert_true(load_with("SIGNET_CORS_ORIGINS", good[3]));
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(load_with("SIGNET_CORS_ORIGINS", bad[i]));
    assert_true(load_with("SIGNET_OTLP_HEADERS", "authorization=Basic YQ==, x-team = a"));
    assert_refused("SIGNET_OTLP_HEADERS", "hunter2",
                   "SIGNET_OTLP_HEADERS (environment): is not a comma-separated list of "
                   "name=value\n");
}

static void what_would_be_shared_is_refused(void **state)
{
    (void)state;
    assert_refused("PORT", "3002", "PORT (environment): is the same port as ADMIN_PORT\n");
    assert_refused("ADMIN_PORT", "3001", "ADMIN_PORT (environment): is the same port as PORT\n");
    assert_refused("SIGNET_OPERATIONS_PORT", "3001",
                   "SIGNET_OPERATIONS_PORT (environment): is the same port as PORT\n");
    assert_refused("SIGNET_OPERATIONS_PORT", "3002",
                   "SIGNET_OPERATIONS_PORT (environment): is the same port as ADMIN_PORT\n");
    setenv("ADMIN_DISABLE_LOCALHOST", "1", 1);
    assert_true(load_with("PORT", "3002"));
    unsetenv("ADMIN_DISABLE_LOCALHOST");
    setenv("ENDPOINT", "https://id.example/", 1);
    assert_refused("ADMIN_ENDPOINT", "https://ID.example",
                   "ADMIN_ENDPOINT (environment): is the same address as ENDPOINT\n");
    unsetenv("ENDPOINT");
}

static void errors_are_one_line(void **state)
{
    (void)state;
    assert_false(load_with("SIGNET_AUDIT", "x\nPORT (environment): forged"));
    assert_ptr_equal(strchr(message, '\n'), message + strlen(message) - 1);
    char wide[5000];
    memset(wide, '"', sizeof wide);
    wide[sizeof wide - 1] = '\0';
    assert_false(load_with("SIGNET_AUDIT", wide));
    assert_in_range(strlen(message), 100, 400);
}

static void checks_files(void **state)
{
    (void)state;
    write_file("cert.pem", "x");
    write_file("key.pem", "x");
    setenv("HTTPS_CERT_PATH", "cert.pem", 1);
    assert_true(load_with("HTTPS_KEY_PATH", "key.pem"));
    assert_string_equal(config.https_key_path, "key.pem");
    assert_false(load());
    assert_string_equal(message,
                        "HTTPS_CERT_PATH (environment): is set, but HTTPS_KEY_PATH is not\n");
    assert_false(load_with("HTTPS_KEY_PATH", "none.pem"));
    assert_string_equal(
        message,
        "HTTPS_KEY_PATH (environment): \"none.pem\" cannot be read: No such file or directory\n");
    assert_false(load_with("HTTPS_KEY_PATH", "/tmp"));
    assert_string_equal(message, "HTTPS_KEY_PATH (environment): \"/tmp\" is a directory\n");
    unsetenv("HTTPS_CERT_PATH");
    assert_false(load_file("HTTPS_KEY_PATH=key.pem\n"));
    assert_string_equal(message, "HTTPS_KEY_PATH (.env:1): is set, but HTTPS_CERT_PATH is not\n");
    unlink("cert.pem");
    unlink("key.pem");
}

static char *printed(bool as_json)
{
    char *text = NULL;
    size_t n;
    FILE *out = open_memstream(&text, &n);
    config_print(&config, as_json, out);
    fclose(out);
    return text;
}

static void load_for_printing(void)
{
    setenv("PORT", "4001", 1);
    setenv("STATUS_API_KEY", "hunter2", 1);
    assert_true(load_file("\nDB_URL=postgres://u:hunter2@h/d\nSIGNET_REVEAL_SECRETS=no\n"));
}

static void assert_row(const char *table, const char *const words[4])
{
    char line[300];
    const char *at = strstr(table, words[0]);
    assert_non_null(at);
    snprintf(line, sizeof line, "%.*s", (int)strcspn(at, "\n"), at);
    char *rest = line;
    for (size_t i = 0; i < 4; i++) {
        size_t n = strcspn(rest, " ");
        rest[n] = '\0';
        assert_string_equal(rest, words[i]);
        rest += n + 1;
        rest += strspn(rest, " ");
    }
    assert_true(*rest);
}

static void prints_a_table(void **state)
{
    (void)state;
    load_for_printing();
    char *table = printed(false);
    assert_row(table, (const char *const[]){"NAME", "VALUE", "SOURCE", "DEFAULT"});
    assert_row(table, (const char *const[]){"PORT", "4001", "environment", "3001"});
    assert_row(table, (const char *const[]){"ENDPOINT", "-", "default", "-"});
    assert_row(table, (const char *const[]){"DB_URL", "********", ".env:2", "-"});
    assert_row(table, (const char *const[]){"SIGNET_REVEAL_SECRETS", "false", ".env:3", "true"});
    assert_null(strstr(table, "hunter2"));
    free(table);
}

static json *find_row(json *rows, struct str name)
{
    size_t i, count;
    json *row;
    yyjson_arr_foreach(rows, i, count, row)
    {
        if (str_eq(json_str(json_get(row, STR("name"))), name))
            return row;
    }
    return NULL;
}

static void prints_json(void **state)
{
    (void)state;
    load_for_printing();
    struct arena *arena = arena_new(1024 * 1024);
    char *text = printed(true);
    json *rows;
    assert_int_equal(json_parse(arena, str_of(text), &rows, NULL), JSON_OK);
    json *port = find_row(rows, STR("PORT"));
    assert_int_equal(yyjson_get_sint(json_get(port, STR("value"))), 4001);
    assert_int_equal(yyjson_get_sint(json_get(port, STR("default"))), 3001);
    assert_true(str_eq(json_str(json_get(port, STR("source"))), STR("environment")));
    assert_true(json_str(json_get(port, STR("description"))).n > 10);
    json *reveal = find_row(rows, STR("SIGNET_REVEAL_SECRETS"));
    assert_true(yyjson_is_false(json_get(reveal, STR("value"))));
    assert_true(yyjson_is_true(json_get(reveal, STR("default"))));
    assert_true(
        str_eq(json_str(json_get(find_row(rows, STR("DB_URL")), STR("value"))), STR("********")));
    assert_true(
        str_eq(json_str(json_get(find_row(rows, STR("SIGNET_KEY")), STR("value"))), STR("")));
    assert_null(strstr(text, "hunter2"));
    free(text);
    arena_free(arena);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(has_defaults),
        TEST(environment_comes_before_file),
        TEST(reads_the_file_that_is_named),
        TEST(understands_the_files_syntax),
        TEST(refuses_malformed_files),
        TEST(refuses_unknown_names),
        TEST(checks_integers),
        TEST(checks_booleans),
        TEST(normalizes_urls),
        TEST(refuses_other_urls),
        TEST(checks_addresses),
        TEST(checks_words_and_keys),
        TEST(errors_do_not_show_secrets),
        TEST(database_urls_are_whole),
        TEST(lists_that_could_never_work_are_refused),
        TEST(what_would_be_shared_is_refused),
        TEST(errors_are_one_line),
        TEST(checks_files),
        TEST(prints_a_table),
        TEST(prints_json),
    };
    return cmocka_run_group_tests(tests, set_up_group, tear_down_group);
}
