/* Which texts may be registered as a redirect URI. */
#include "domain/redirect_uri.h"

#include "base/host.h"

/* Schemes whose "redirect" would run script or open something local in the user's browser. */
static const struct str DANGEROUS[] = {
    STR_INIT("javascript"), STR_INIT("data"), STR_INIT("vbscript"),
    STR_INIT("file"),       STR_INIT("blob"), STR_INIT("about"),
    STR_INIT("filesystem"), STR_INIT("jar"),  STR_INIT("view-source"),
};

static bool is_alpha(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* RFC 3986 3.1, and '_', which registered mobile schemes use. */
static bool is_scheme(struct str scheme)
{
    if (scheme.n == 0 || !is_alpha(scheme.p[0]))
        return false;
    for (size_t i = 1; i < scheme.n; i++) {
        char c = scheme.p[i];
        if (!is_alpha(c) && !(c >= '0' && c <= '9') && c != '+' && c != '-' && c != '.' && c != '_')
            return false;
    }
    return true;
}

static bool is_dangerous(struct str scheme)
{
    for (size_t i = 0; i < sizeof(DANGEROUS) / sizeof(DANGEROUS[0]); i++)
        if (str_eq_nocase(scheme, DANGEROUS[i]))
            return true;
    return false;
}

/* Blanks and controls never stand in a URI (RFC 3986 2); browsers take '\' for '/'; '#' starts the
 * fragment that RFC 6749 3.1.2 forbids. */
static bool has_forbidden_byte(struct str uri)
{
    for (size_t i = 0; i < uri.n; i++) {
        unsigned char c = (unsigned char)uri.p[i];
        if (c <= ' ' || c == 0x7f || c == '\\' || c == '#')
            return true;
    }
    return false;
}

static bool has(struct str s, char c)
{
    return str_find(s, c) < s.n;
}

static bool is_port(struct str port)
{
    int64_t number;
    return port.n <= 5 && str_to_int64(port, &number) && number >= 0 && number <= 65535;
}

static bool is_web_authority(struct str authority)
{
    if (authority.n == 0 || has(authority, '@') || has(authority, '%'))
        return false;
    if (authority.p[0] == '[') /* an IPv6 address */
        return has(authority, ']') && !has(authority, '*');
    size_t colon = str_find(authority, ':');
    struct str host = {authority.p, colon};
    if (host.n == 0 || (colon < authority.n && !is_port(str_from(authority, colon + 1))))
        return false;
    /* "*" alone would admit every site. */
    return !has(host, '*') || has(host, '.');
}

static bool is_dot_segment(struct str segment)
{
    return str_eq(segment, STR(".")) || str_eq(segment, STR("..")) ||
           str_eq_nocase(segment, STR("%2e")) || str_eq_nocase(segment, STR("%2e%2e"));
}

static bool has_dot_segment(struct str path)
{
    for (struct str rest = path, segment; (segment = str_split(&rest, '/')).p;)
        if (is_dot_segment(segment))
            return true;
    return false;
}

/* rest is what follows "http:" or "https:". */
static bool is_web(struct str rest)
{
    if (!str_starts(rest, STR("//")))
        return false;
    rest = str_from(rest, 2);
    size_t question = str_find(rest, '?');
    struct str query = str_from(rest, question);
    struct str front = {rest.p, question};
    size_t slash = str_find(front, '/');
    struct str authority = {front.p, slash};
    return is_web_authority(authority) && !has_dot_segment(str_from(front, slash)) &&
           !has(query, '*');
}

bool redirect_uri_is_valid(struct str uri)
{
    size_t colon = str_find(uri, ':');
    struct str scheme = {uri.p, colon};
    struct str rest = str_from(uri, colon + 1);
    if (colon == uri.n || !is_scheme(scheme) || is_dangerous(scheme) || has_forbidden_byte(uri))
        return false;
    if (str_eq_nocase(scheme, STR("http")) || str_eq_nocase(scheme, STR("https")))
        return is_web(rest);
    return rest.n > 0;
}

/* ---- Registering ---- */

static bool lets_http;

void redirect_uri_let_http(bool all)
{
    lets_http = all;
}

bool redirect_uri_may_register(struct str uri)
{
    static const struct str plain = STR_INIT("http://");
    if (!redirect_uri_is_valid(uri))
        return false;
    if (lets_http || uri.n < plain.n || !str_eq_nocase((struct str){uri.p, plain.n}, plain))
        return true;
    struct str rest = str_from(uri, plain.n);
    size_t end = 0;
    while (end < rest.n && !strchr("/?", rest.p[end]))
        end++;
    struct str host = {rest.p, end};
    size_t bracket = str_find(host, ']');
    host.n = bracket < host.n ? bracket + 1 : str_find(host, ':');
    return host_is_loopback(host);
}

/* ---- Matching ---- */

#define MAX_STARS 4 /* of one pattern: bounds the time of matching */

/* authority: how many bytes of the pattern belong to scheme and authority. */
static bool glob(struct str pattern, size_t authority, struct str text)
{
    while (pattern.n && pattern.p[0] != '*') {
        if (!text.n || text.p[0] != pattern.p[0])
            return false;
        pattern = (struct str){pattern.p + 1, pattern.n - 1};
        text = (struct str){text.p + 1, text.n - 1};
        authority -= authority > 0;
    }
    if (!pattern.n)
        return !text.n;
    const char *stops = authority ? ".:/@?#[]%" : "/?#"; /* browsers take %2e of a host for a dot */
    struct str rest = {pattern.p + 1, pattern.n - 1};
    for (size_t n = 1; n <= text.n && !strchr(stops, text.p[n - 1]); n++)
        if (glob(rest, authority ? authority - 1 : 0, (struct str){text.p + n, text.n - n}))
            return true;
    return false;
}

static size_t count_stars(struct str text)
{
    size_t stars = 0;
    for (size_t i = 0; i < text.n; i++)
        stars += text.p[i] == '*';
    return stars;
}

static size_t authority_end(struct str uri)
{
    size_t start = str_find(uri, ':') + 3;
    return start < uri.n ? start + str_find(str_from(uri, start), '/') : uri.n;
}

/* What stands behind the port of http://127.0.0.1 or http://[::1]; {NULL,0}: not such an address.
 */
static struct str after_loopback(struct str uri)
{
    static const struct str hosts[] = {STR_INIT("http://127.0.0.1"), STR_INIT("http://[::1]")};
    for (size_t i = 0; i < sizeof hosts / sizeof *hosts; i++) {
        if (!str_starts(uri, hosts[i]))
            continue;
        struct str rest = str_from(uri, hosts[i].n);
        if (!rest.n || rest.p[0] == '/' || rest.p[0] == '?')
            return rest;
        if (rest.p[0] != ':')
            return STR_NONE;
        size_t digits = 1;
        while (digits < rest.n && rest.p[digits] >= '0' && rest.p[digits] <= '9')
            digits++;
        struct str behind = str_from(rest, digits);
        bool whole = !behind.n || behind.p[0] == '/' || behind.p[0] == '?';
        return digits > 1 && digits <= 6 && whole ? behind : STR_NONE;
    }
    return STR_NONE;
}

static bool loopback_matches(struct str registered, struct str uri)
{
    struct str a = after_loopback(registered), b = after_loopback(uri);
    bool same_host = registered.n > 8 && uri.n > 8 && registered.p[7] == uri.p[7];
    return a.p && b.p && same_host && str_eq(a, b);
}

bool redirect_uri_matches(struct str registered, struct str uri, bool native)
{
    if (has(uri, '*'))
        return false;
    if (str_eq(registered, uri))
        return true;
    if (native && loopback_matches(registered, uri))
        return redirect_uri_is_valid(uri);
    size_t stars = count_stars(registered);
    return stars && stars <= MAX_STARS && redirect_uri_is_valid(uri) &&
           glob(registered, authority_end(registered), uri);
}
