/* The request target and the Host rules. */
#include "http/target.h"

#define MAX_AUTHORITY 255

static bool is_alnum(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_hex(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/* The length of the host at the start of s; 0 when there is none. */
static size_t host_length(struct str s)
{
    size_t i = 0;
    if (s.n && s.p[0] == '[') {
        for (i = 1; i < s.n && (is_hex(s.p[i]) || s.p[i] == ':' || s.p[i] == '.'); i++)
            ;
        return i > 2 && i < s.n && s.p[i] == ']' ? i + 1 : 0;
    }
    while (i < s.n && (is_alnum(s.p[i]) || s.p[i] == '-' || s.p[i] == '.' || s.p[i] == '_'))
        i++;
    return i;
}

bool target_is_authority(struct str s)
{
    size_t n = host_length(s);
    if (n == 0 || s.n > MAX_AUTHORITY)
        return false;
    if (n == s.n)
        return true;
    struct str port = str_from(s, n + 1);
    int value = 0;
    for (size_t i = 0; i < port.n; i++) {
        if (port.p[i] < '0' || port.p[i] > '9' || i == 5)
            return false;
        value = value * 10 + (port.p[i] - '0');
    }
    return s.p[n] == ':' && value <= 65535;
}

/* Visible ASCII; RFC 9112 3.2 has no fragment in a target. */
static bool is_clean(struct str target)
{
    for (size_t i = 0; i < target.n; i++) {
        if (target.p[i] <= ' ' || target.p[i] >= 0x7f || target.p[i] == '#')
            return false;
    }
    return true;
}

static void split_query(struct str origin, struct http_request *request)
{
    size_t n = str_find(origin, '?');
    request->path = (struct str){origin.p, n};
    request->query = n < origin.n ? str_from(origin, n + 1) : STR_NONE;
}

static const char *parse_absolute(struct str target, struct http_request *request)
{
    size_t scheme = str_find(target, ':');
    struct str name = {target.p, scheme}, rest = str_from(target, scheme);
    if ((!str_eq_nocase(name, STR("http")) && !str_eq_nocase(name, STR("https"))) ||
        !str_starts(rest, STR("://")))
        return "the request target must be a path or an http address";
    rest = str_from(rest, 3);
    size_t n = 0;
    while (n < rest.n && rest.p[n] != '/' && rest.p[n] != '?')
        n++;
    request->host = (struct str){rest.p, n};
    if (!target_is_authority(request->host))
        return "the host of the request target is not valid";
    split_query(str_from(rest, n), request);
    if (request->path.n == 0)
        request->path = STR("/");
    return NULL;
}

const char *target_parse(struct str target, struct http_request *request)
{
    if (!is_clean(target))
        return "the request target holds bytes that must be percent-encoded";
    if (target.n && target.p[0] == '/') {
        split_query(target, request);
        return NULL;
    }
    if (str_eq(target, STR("*"))) {
        request->path = target;
        request->query = STR_NONE;
        return request->method == HTTP_M_OPTIONS ? NULL : "only OPTIONS has the request target *";
    }
    return parse_absolute(target, request);
}
