/* The checks that config.def names. */
#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/config_table.h"
#include "base/credential.h"

static const char *check_any(struct arena *arena, char *value)
{
    (void)arena;
    (void)value;
    return NULL;
}

static const char *check_file(struct arena *arena, char *value)
{
    struct stat info;
    if (stat(value, &info) == 0 && S_ISDIR(info.st_mode))
        return "is a directory";
    if (access(value, R_OK) == 0)
        return NULL;
    struct str reason = arena_printf(arena, "cannot be read: %s", strerror(errno));
    return reason.p ? reason.p : "cannot be read";
}

/* item, a piece of a list, is an address; with a prefix length behind '/' when ranges are allowed.
 */
static bool is_address(struct str item, bool ranges)
{
    char text[INET6_ADDRSTRLEN];
    unsigned char bytes[16];
    size_t slash = str_find(item, '/');
    if (slash >= sizeof text || (slash < item.n && !ranges))
        return false;
    memcpy(text, item.p, slash);
    text[slash] = '\0';
    bool four = inet_pton(AF_INET, text, bytes) == 1;
    if (!four && inet_pton(AF_INET6, text, bytes) != 1)
        return false;
    int64_t prefix = 0;
    return slash == item.n || (str_to_int64(str_from(item, slash + 1), &prefix) &&
                               item.p[slash + 1] != '-' && prefix <= (four ? 32 : 128));
}

static bool is_address_list(char *value, bool ranges)
{
    struct str rest = str_of(value), item;
    while ((item = str_split(&rest, ',')).p) {
        if (!is_address(str_trim(item), ranges))
            return false;
    }
    return true;
}

static const char *check_address(struct arena *arena, char *value)
{
    (void)arena;
    return is_address_list(value, false) ? NULL : "is not a comma-separated list of IP addresses";
}

static const char *check_network(struct arena *arena, char *value)
{
    (void)arena;
    return is_address_list(value, true)
               ? NULL
               : "is not a comma-separated list of IP addresses and CIDR ranges";
}

/* words is a list with '|' between. */
static bool is_one_of(const char *value, struct str words)
{
    struct str word;
    while ((word = str_split(&words, '|')).p) {
        if (str_eq(word, str_of(value)))
            return true;
    }
    return false;
}

static const char *check_level(struct arena *arena, char *value)
{
    (void)arena;
    return is_one_of(value, STR("error|warn|info|debug")) ? NULL
                                                          : "is not error, warn, info or debug";
}

static const char *check_audit(struct arena *arena, char *value)
{
    (void)arena;
    return is_one_of(value, STR("before|after|off")) ? NULL : "is not before, after or off";
}

/* Labels with dots between; one that ends in a number is an IPv4 address, as browsers have it. */
static bool is_host_name(struct str host)
{
    struct str rest = host, label, last = STR_NONE;
    while ((label = str_split(&rest, '.')).p) {
        bool end = !rest.n; /* a full stop may end the name */
        if ((!label.n && (!end || !last.p)) || label.n > 63)
            return false;
        last = label.n ? label : last;
    }
    bool numeric = last.n > 0;
    for (size_t i = 0; i < last.n; i++)
        numeric = numeric && isdigit((unsigned char)last.p[i]);
    return host.n > 0 && host.n <= 253 && (!numeric || is_address(host, false));
}

/* Host name, IPv4 address, or IPv6 address in brackets. */
static bool is_host(struct str host)
{
    if (host.n >= 2 && host.p[0] == '[' && host.p[host.n - 1] == ']') {
        struct str inside = {host.p + 1, host.n - 2};
        return str_find(inside, ':') < inside.n && is_address(inside, false);
    }
    for (size_t i = 0; i < host.n; i++) {
        if (!isalnum((unsigned char)host.p[i]) && !strchr("-._", host.p[i]))
            return false;
    }
    return is_host_name(host);
}

/* Splits "host" or "host:port"; port is absent when there is none. */
static struct str split_port(struct str authority, struct str *port)
{
    size_t bracket = str_find(authority, ']'), from = bracket < authority.n ? bracket : 0;
    size_t colon = from + str_find(str_from(authority, from), ':');
    *port = colon < authority.n ? str_from(authority, colon + 1) : STR_NONE;
    return (struct str){authority.p, colon};
}

/* Each '%' begins an escape of two hexadecimal digits. */
static bool escapes_are_whole(struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == '%' && (i + 2 >= s.n || !isxdigit((unsigned char)s.p[i + 1]) ||
                              !isxdigit((unsigned char)s.p[i + 2])))
            return false;
    }
    return true;
}

static bool is_port(struct str port)
{
    int64_t number = 0;
    return str_to_int64(port, &number) && *port.p != '0' && number >= 1 && number <= 65535;
}

/* "host", "host:port", IPv6 in brackets; several with commas between, as libpq takes them. */
static bool ports_are_numbers(struct str hosts)
{
    struct str host, port;
    while ((host = str_split(&hosts, ',')).p) {
        split_port(host, &port);
        if (port.n && !is_port(port))
            return false;
    }
    return true;
}

/* libpq's own texts about a malformed URL quote pieces of it, and so of the password. */
static const char *check_db_url(struct arena *arena, char *value)
{
    (void)arena;
    struct str rest = str_of(value);
    if (!str_starts(rest, STR("postgres://")) && !str_starts(rest, STR("postgresql://")))
        return "does not start with postgres:// or postgresql://";
    rest = str_from(rest, str_find(rest, ':') + 3);
    struct str before = {rest.p, str_find(rest, '?')};
    size_t at = str_find(before, '@');
    struct str user = {before.p, at < before.n ? at : 0};
    struct str behind = at < before.n ? str_from(before, at + 1) : before;
    struct str hosts = {behind.p, str_find(behind, '/')};
    bool whole = str_find(user, '/') == user.n && str_find(behind, '@') == behind.n &&
                 escapes_are_whole(rest) && ports_are_numbers(hosts);
    return whole ? NULL : "is malformed: percent-encode user and password";
}

static const char *check_key(struct arena *arena, char *value)
{
    (void)arena;
    return strlen(value) == 64 && strspn(value, "0123456789abcdefABCDEF") == 64
               ? NULL
               : "is not 64 hexadecimal digits";
}

static const char *check_client_id(struct arena *arena, char *value)
{
    (void)arena;
    return credential_check_id(str_of(value));
}

static const char *check_client_secret(struct arena *arena, char *value)
{
    (void)arena;
    return credential_check_secret(str_of(value));
}

static bool is_path(struct str path)
{
    for (size_t i = 0; i < path.n; i++) {
        unsigned char c = (unsigned char)path.p[i];
        if (c <= ' ' || c >= 0x7f || strchr("\"<>\\^`{|}", c))
            return false;
    }
    return true;
}

/* As the URL standard writes it, so that the issuer is spelled as clients compute it: scheme and
 * host in lower case, no port that is the scheme's own; and no slash at the end. */
static void normalize_url(char *value, struct str host, struct str port, struct str path,
                          const char *own_port)
{
    for (char *p = value; p < host.p + host.n; p++)
        *p = (char)tolower((unsigned char)*p);
    char *end = value + (host.p - value) + host.n;
    if (port.p && !str_eq(port, str_of(own_port)))
        end += 1 + port.n;
    while (path.n && path.p[path.n - 1] == '/')
        path.n--;
    memmove(end, path.p, path.n);
    end[path.n] = '\0';
}

static const char *check_url(struct arena *arena, char *value)
{
    (void)arena;
    struct str url = str_of(value);
    size_t scheme = str_find(url, ':');
    bool tls = str_eq_nocase((struct str){url.p, scheme}, STR("https"));
    if (!tls && !str_eq_nocase((struct str){url.p, scheme}, STR("http")))
        return "is not an http:// or https:// URL";
    if (!str_starts(str_from(url, scheme), STR("://")))
        return "is not an http:// or https:// URL";
    struct str rest = str_from(url, scheme + 3);
    size_t slash = str_find(rest, '/');
    struct str authority = {rest.p, slash}, path = str_from(rest, slash), port;
    if (strpbrk(value, "?#"))
        return "has a query or a fragment";
    if (str_find(authority, '@') < authority.n)
        return "has a user name in it";
    struct str host = split_port(authority, &port);
    if (!is_host(host) || !is_path(path))
        return "is not a URL: its host or path is malformed";
    if (port.p && !is_port(port))
        return "has a port that is not 1 to 65535";
    normalize_url(value, host, port, path, tls ? "443" : "80");
    return NULL;
}

/* Pages, cookies and the addresses of the protocol begin at the root. */
static const char *check_origin(struct arena *arena, char *value)
{
    const char *why = check_url(arena, value);
    if (why)
        return why;
    return strchr(strstr(value, "://") + 3, '/')
               ? "has a path: the server answers at the root of its address"
               : NULL;
}

static bool is_scheme(struct str scheme)
{
    for (size_t i = 0; i < scheme.n; i++) {
        if (!isalnum((unsigned char)scheme.p[i]) && !strchr("+-.", scheme.p[i]))
            return false;
    }
    return scheme.n > 0;
}

/* scheme "://" host [":" port] as a browser writes it: in lower case, no port that is the scheme's
 * own. Other schemes than http and https are those of apps and extensions. */
static bool is_origin(struct str item)
{
    struct str scheme = {item.p, str_find(item, ':')}, port;
    if (!is_scheme(scheme) || !str_starts(str_from(item, scheme.n), STR("://")))
        return false;
    for (size_t i = 0; i < item.n; i++) {
        if (isupper((unsigned char)item.p[i]))
            return false;
    }
    struct str host = split_port(str_from(item, scheme.n + 3), &port), own = STR_NONE;
    if (str_eq(scheme, STR("https")))
        own = STR("443");
    else if (str_eq(scheme, STR("http")))
        own = STR("80");
    return is_host(host) && (!port.p || (is_port(port) && !str_eq(port, own)));
}

static const char *check_origins(struct arena *arena, char *value)
{
    (void)arena;
    struct str rest = str_of(value), item;
    while ((item = str_split(&rest, ',')).p) {
        if (!is_origin(str_trim(item)))
            return "is not a comma-separated list of origins as browsers write them, like "
                   "https://app.example.com: in lower case, without a path, no *";
    }
    return NULL;
}

/* RFC 9110 5.6.2 */
static bool is_token(struct str name)
{
    for (size_t i = 0; i < name.n; i++) {
        if (!isalnum((unsigned char)name.p[i]) && !strchr("!#$%&'*+-.^_`|~", name.p[i]))
            return false;
    }
    return name.n > 0;
}

static const char *check_headers(struct arena *arena, char *value)
{
    (void)arena;
    struct str rest = str_of(value), item;
    while ((item = str_split(&rest, ',')).p) {
        size_t n = str_find(item, '=');
        if (n == item.n || !is_token(str_trim((struct str){item.p, n})))
            return "is not a comma-separated list of name=value";
    }
    return NULL;
}

const char *config_check(enum config_check check, struct arena *arena, char *value)
{
    static const char *(*const checks[])(struct arena *, char *) = {
        [CHECK_any] = check_any,
        [CHECK_url] = check_url,
        [CHECK_origin] = check_origin,
        [CHECK_file] = check_file,
        [CHECK_address] = check_address,
        [CHECK_network] = check_network,
        [CHECK_level] = check_level,
        [CHECK_audit] = check_audit,
        [CHECK_secret] = check_any,
        [CHECK_db_url] = check_db_url,
        [CHECK_key] = check_key,
        [CHECK_origins] = check_origins,
        [CHECK_headers] = check_headers,
        [CHECK_client_id] = check_client_id,
        [CHECK_client_secret] = check_client_secret,
    };
    return checks[check](arena, value);
}
