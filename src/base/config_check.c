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

static const char *check_db_url(struct arena *arena, char *value)
{
    (void)arena;
    struct str url = str_of(value);
    bool known = str_starts(url, STR("postgres://")) || str_starts(url, STR("postgresql://"));
    return known ? NULL : "does not start with postgres:// or postgresql://";
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
    return host.n > 0 && host.n <= 253;
}

/* Splits "host" or "host:port"; port is absent when there is none. */
static struct str split_port(struct str authority, struct str *port)
{
    size_t bracket = str_find(authority, ']'), from = bracket < authority.n ? bracket : 0;
    size_t colon = from + str_find(str_from(authority, from), ':');
    *port = colon < authority.n ? str_from(authority, colon + 1) : STR_NONE;
    return (struct str){authority.p, colon};
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
    int64_t number = 1;
    if (!is_host(host) || !is_path(path))
        return "is not a URL: its host or path is malformed";
    bool port_ok = !port.p || (str_to_int64(port, &number) && *port.p != '0');
    if (!port_ok || number < 1 || number > 65535)
        return "has a port that is not 1 to 65535";
    normalize_url(value, host, port, path, tls ? "443" : "80");
    return NULL;
}

const char *config_check(enum config_check check, struct arena *arena, char *value)
{
    static const char *(*const checks[])(struct arena *, char *) = {
        [CHECK_any] = check_any,
        [CHECK_url] = check_url,
        [CHECK_file] = check_file,
        [CHECK_address] = check_address,
        [CHECK_network] = check_network,
        [CHECK_level] = check_level,
        [CHECK_audit] = check_audit,
        [CHECK_secret] = check_any,
        [CHECK_db_url] = check_db_url,
        [CHECK_key] = check_key,
        [CHECK_client_id] = check_client_id,
        [CHECK_client_secret] = check_client_secret,
    };
    return checks[check](arena, value);
}
