/* One HTTP request by libcurl, and what its failures mean to a person. */
#include "cli/http_client.h"

#include "base/host.h"
#include "http/curl.h"

#define BODY_MAX    ((size_t)256 << 20)
#define HEADERS_MAX ((size_t)256 << 10)
#define USER_AGENT  "signet/" SIGNET_VERSION

/* OpenSSL's verification results, as CURLINFO_SSL_VERIFYRESULT gives them. */
enum { CERT_NOT_YET_VALID = 9, CERT_EXPIRED = 10, CERT_HOST_MISMATCH = 62 };

struct str http_url_origin(struct str url)
{
    static const struct str schemes[] = {STR_INIT("http://"), STR_INIT("https://")};
    for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++) {
        struct str scheme = schemes[i];
        if (url.n <= scheme.n || !str_eq_nocase((struct str){url.p, scheme.n}, scheme))
            continue;
        size_t n = scheme.n;
        while (n < url.n && url.p[n] != '/' && url.p[n] != '?' && url.p[n] != '#')
            n++;
        bool user = memchr(url.p, '@', n) != NULL; /* a password in a URL has no place here */
        return n == scheme.n || user ? STR_NONE : (struct str){url.p, n};
    }
    return STR_NONE;
}

struct str http_url_host(struct str url)
{
    struct str origin = http_url_origin(url);
    size_t at = str_find(origin, ':') + sizeof "://" - 1;
    struct str host = str_from(origin, at);
    if (host.n && host.p[0] == '[') {
        host = str_from(host, 1);
        host.n = str_find(host, ']');
    } else {
        host.n = str_find(host, ':');
    }
    return host;
}

bool http_call_header(struct http_call *call, struct arena *arena, struct str name,
                      struct str value)
{
    struct str line = arena_printf(arena, "%.*s: %.*s", STR_ARG(name), STR_ARG(value));
    if (!line.p || call->header_count == HTTP_CLIENT_MAX_HEADERS || str_find(line, '\n') < line.n ||
        str_find(line, '\r') < line.n)
        return false;
    call->headers[call->header_count++] = line;
    return true;
}

/* The value of the next header of that name in *rest; {NULL,0} at the end. */
static struct str next_header(struct str *rest, struct str name)
{
    struct str line;
    while ((line = str_split(rest, '\n')).p) {
        size_t colon = str_find(line, ':');
        if (colon < line.n && str_eq_nocase((struct str){line.p, colon}, name)) {
            struct str value = str_from(line, colon + 1);
            if (value.n && value.p[value.n - 1] == '\r')
                value.n--;
            return str_trim(value);
        }
    }
    return STR_NONE;
}

struct str http_reply_header(const struct http_reply *reply, struct str name)
{
    struct str rest = reply->headers;
    return next_header(&rest, name);
}

struct str http_reply_headers(const struct http_reply *reply, struct arena *arena, struct str name)
{
    struct str rest = reply->headers, all = next_header(&rest, name), one;
    while ((one = next_header(&rest, name)).p)
        all = arena_printf(arena, "%.*s, %.*s", STR_ARG(all), STR_ARG(one));
    return all;
}

static size_t take_body(char *bytes, size_t size, size_t count, void *arg)
{
    struct buf *buf = arg;
    buf_put(buf, bytes, size * count);
    return buf->failed ? 0 : size * count;
}

/* Interim answers and those of proxies come before the final one: a status line starts anew. */
static size_t take_header(char *bytes, size_t size, size_t count, void *arg)
{
    struct buf *buf = arg;
    if (str_starts((struct str){bytes, size * count}, STR("HTTP/")))
        buf->n = 0;
    buf_put(buf, bytes, size * count);
    return buf->failed ? 0 : size * count;
}

struct failure {
    CURL *curl;
    CURLcode code;
    struct str origin;
    const char *detail;
    const struct http_call *call;
};

/* Without its query, which may hold a token. */
static struct str bare(struct str url)
{
    return (struct str){url.p, str_find(url, '?')};
}

static struct str tls_reason(const struct failure *f, struct arena *arena)
{
    long verify = 0;
    curl_easy_getinfo(f->curl, CURLINFO_SSL_VERIFYRESULT, &verify);
    if (f->code == CURLE_SSL_CONNECT_ERROR)
        return arena_printf(arena,
                            "%.*s does not speak TLS (%s): use http://, or the port that has TLS",
                            STR_ARG(f->origin), f->detail);
    if (f->code == CURLE_SSL_CACERT_BADFILE)
        return arena_printf(arena,
                            "cannot use '%s': give a file of PEM certificates with --ca-file",
                            f->call->ca_file ? f->call->ca_file : "the system's certificates");
    if (verify == CERT_EXPIRED)
        return arena_printf(arena,
                            "the certificate of %.*s has expired: renew it on the server, or check "
                            "this machine's clock",
                            STR_ARG(f->origin));
    if (verify == CERT_NOT_YET_VALID)
        return arena_printf(arena,
                            "the certificate of %.*s is not valid yet: check this machine's clock",
                            STR_ARG(f->origin));
    if (verify == CERT_HOST_MISMATCH || strstr(f->detail, "subject name"))
        return arena_printf(arena,
                            "the certificate of %.*s is for another host: use a name that is in it",
                            STR_ARG(f->origin));
    return arena_printf(arena,
                        "the certificate of %.*s is not trusted (%s): name its authority's "
                        "certificate with --ca-file",
                        STR_ARG(f->origin), f->detail);
}

static struct str reason(const struct failure *f, struct arena *arena)
{
    struct str origin = f->origin;
    switch (f->code) {
    case CURLE_COULDNT_RESOLVE_HOST:
        return arena_printf(arena, "there is no host for %.*s: check the URL", STR_ARG(origin));
    case CURLE_COULDNT_RESOLVE_PROXY:
        return arena_printf(arena, "there is no such proxy: check http_proxy and https_proxy");
    case CURLE_COULDNT_CONNECT:
        return arena_printf(arena,
                            "nothing answers at %.*s: start the server, or check host and port",
                            STR_ARG(origin));
    case CURLE_OPERATION_TIMEDOUT:
        return arena_printf(
            arena,
            "%.*s did not answer within %lld seconds: try again, or allow more with "
            "--timeout",
            STR_ARG(origin), (long long)f->call->timeout_s);
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
        return tls_reason(f, arena);
    case CURLE_URL_MALFORMAT:
        return arena_printf(arena, "'%.*s' is no URL: check it", STR_ARG(bare(f->call->url)));
    case CURLE_WRITE_ERROR:
        return arena_printf(arena, "the answer of %.*s is too large", STR_ARG(origin));
    case CURLE_GOT_NOTHING:
    case CURLE_RECV_ERROR:
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_UNSUPPORTED_PROTOCOL:
        return arena_printf(arena,
                            "%.*s does not answer in HTTP (%s): check port and scheme, it may want "
                            "https://",
                            STR_ARG(origin), f->detail);
    default:
        return arena_printf(arena, "the request to %.*s failed: %s", STR_ARG(origin), f->detail);
    }
}

/* What must hold before a byte is sent; {NULL,0}: all well. */
static struct str objection(const struct http_call *call, struct arena *arena)
{
    struct str origin = http_url_origin(call->url);
    if (!origin.p)
        return arena_printf(arena, "'%.*s' is no http:// or https:// URL: check it",
                            STR_ARG(bare(call->url)));
    bool plain = str_eq_nocase((struct str){origin.p, sizeof "http://" - 1}, STR("http://"));
    if (plain && !call->allow_http && !host_is_loopback(http_url_host(origin)))
        return arena_printf(arena,
                            "%.*s would carry secrets in clear: use https://, or --allow-http yes "
                            "in a network that you trust",
                            STR_ARG(origin));
    return STR_NONE;
}

static bool add_line(struct curl_slist **list, const char *line)
{
    struct curl_slist *longer = curl_slist_append(*list, line);
    *list = longer ? longer : *list;
    return longer;
}

/* Methods for which a request without a body says so. RFC 9110 8.6 */
static bool lacks_body(const struct http_call *call)
{
    static const char *const methods[] = {"POST", "PUT", "PATCH"};
    bool expected = false;
    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++)
        expected = expected || strcmp(call->method, methods[i]) == 0;
    return expected && !call->body.p;
}

static struct curl_slist *header_list(const struct http_call *call)
{
    struct curl_slist *list = NULL;
    bool ok = true;
    for (size_t i = 0; ok && i < call->header_count; i++)
        ok = add_line(&list, call->headers[i].p);
    if (ok && lacks_body(call))
        ok = add_line(&list, "Content-Length: 0");
    /* libcurl's own habit of waiting for 100 Continue and of naming a form as the type */
    if (ok && add_line(&list, "Expect:"))
        return list;
    curl_slist_free_all(list);
    return NULL;
}

static void set_options(CURL *curl, const struct http_call *call, const char *url,
                        struct curl_slist *headers)
{
    bool has_body = call->body.p != NULL;
    bool head = strcmp(call->method, "HEAD") == 0;
    curl_easy_setopt(curl, CURLOPT_URL, url);
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_USERAGENT, USER_AGENT);
    curl_easy_setopt(curl, CURLOPT_ACCEPT_ENCODING, "");
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)call->timeout_s * 1000);
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    if (call->ca_file)
        curl_easy_setopt(curl, CURLOPT_CAINFO, call->ca_file);
    if (has_body) {
        curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)call->body.n);
        curl_easy_setopt(curl, CURLOPT_POSTFIELDS, call->body.p);
    }
    curl_easy_setopt(curl, CURLOPT_NOBODY, head ? 1L : 0L);
    curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, call->method);
}

static void free_slist(void *list)
{
    curl_slist_free_all(list);
}

bool http_client_send(const struct http_call *call, struct arena *arena, struct http_reply *reply,
                      struct str *why)
{
    const char *missing = curl_load();
    if (missing) {
        *why = arena_printf(arena, "%s", missing);
        return false;
    }
    *why = objection(call, arena);
    if (why->p)
        return false;
    *why = STR("memory is out");
    struct buf body = buf_new(arena, BODY_MAX), headers = buf_new(arena, HEADERS_MAX);
    char detail[CURL_ERROR_SIZE] = "";
    char *url = arena_cstr(arena, call->url);
    struct curl_slist *list = header_list(call);
    CURL *curl = list && arena_defer(arena, free_slist, list) && url ? curl_easy_init() : NULL;
    if (!curl)
        return false;
    set_options(curl, call, url, list);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_body);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, &body);
    curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, take_header);
    curl_easy_setopt(curl, CURLOPT_HEADERDATA, &headers);
    curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, detail);
    CURLcode code = curl_easy_perform(curl);
    if (code == CURLE_OK) {
        curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &reply->status);
        reply->headers = buf_view(&headers);
        reply->body = body.p ? buf_view(&body) : STR("");
    } else {
        const char *text = detail[0] ? detail : curl_easy_strerror(code);
        struct failure failure = {curl, code, http_url_origin(call->url), text, call};
        *why = reason(&failure, arena);
    }
    curl_easy_cleanup(curl);
    return code == CURLE_OK;
}
