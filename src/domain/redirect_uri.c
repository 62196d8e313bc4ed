/* Which texts may be registered as a redirect URI. */
#include "domain/redirect_uri.h"

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
    if (authority.n == 0 || has(authority, '@'))
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
