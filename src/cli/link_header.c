/* Link headers, read as RFC 8288 appendix B has it, leniently: what is no link ends the reading. */
#include "cli/link_header.h"

#include "cli/http_client.h"

static struct str skip_blanks(struct str s)
{
    while (s.n && (*s.p == ' ' || *s.p == '\t'))
        s = str_from(s, 1);
    return s;
}

/* Takes a parameter's value off the front: a token, or what is between quotes. */
static struct str take_value(struct str *rest)
{
    if (rest->n && *rest->p == '"') {
        size_t end = 1;
        while (end < rest->n && rest->p[end] != '"')
            end += rest->p[end] == '\\' ? 2 : 1;
        end = end < rest->n ? end : rest->n;
        struct str value = {rest->p + 1, end - 1};
        *rest = str_from(*rest, end + 1);
        return value;
    }
    size_t end = 0;
    while (end < rest->n && rest->p[end] != ';' && rest->p[end] != ',')
        end++;
    struct str value = str_trim((struct str){rest->p, end});
    *rest = str_from(*rest, end);
    return value;
}

/* Relation types are compared without regard to case. RFC 8288 2.1.1 */
static bool has_relation(struct str types, struct str relation)
{
    struct str type;
    while ((type = str_split(&types, ' ')).p) {
        if (str_eq_nocase(type, relation))
            return true;
    }
    return false;
}

/* Takes the parameters of one link off the front; whether the first rel has the relation: later
 * ones do not count. RFC 8288 3.3 */
static bool take_parameters(struct str *rest, struct str relation)
{
    bool seen = false, found = false;
    while ((*rest = skip_blanks(*rest)).n && *rest->p == ';') {
        *rest = skip_blanks(str_from(*rest, 1));
        size_t end = 0;
        while (end < rest->n && rest->p[end] != '=' && rest->p[end] != ';' && rest->p[end] != ',')
            end++;
        struct str name = str_trim((struct str){rest->p, end}), value = STR_NONE;
        *rest = str_from(*rest, end);
        if (rest->n && *rest->p == '=') {
            *rest = skip_blanks(str_from(*rest, 1));
            value = take_value(rest);
        }
        if (!seen && str_eq_nocase(name, STR("rel"))) {
            seen = true;
            found = has_relation(value, relation);
        }
    }
    return found;
}

struct str link_header_find(struct str header, struct str relation)
{
    struct str rest = header;
    for (;;) {
        while ((rest = skip_blanks(rest)).n && *rest.p == ',')
            rest = str_from(rest, 1);
        size_t end = str_find(rest, '>');
        if (!rest.n || *rest.p != '<' || end == rest.n)
            return STR_NONE;
        struct str address = {rest.p + 1, end - 1};
        rest = str_from(rest, end + 1);
        if (take_parameters(&rest, relation))
            return address;
        rest = str_from(rest, str_find(rest, ','));
    }
}

/* Whether a scheme stands before the first slash. RFC 3986 4.2 */
static bool has_scheme(struct str address)
{
    struct str segment = {address.p, str_find(address, '/')};
    segment.n = str_find(segment, '?');
    return str_find(segment, ':') < segment.n;
}

struct str link_header_resolve(struct arena *arena, struct str base, struct str link)
{
    struct str origin = http_url_origin(base), path = str_from(base, origin.n);
    link.n = str_find(link, '#');
    base.n = origin.n + str_find(path, '?');
    if (http_url_origin(link).p)
        return arena_str(arena, link);
    if (str_starts(link, STR("//")))
        base.n = str_find(origin, ':') + 1;
    else if (has_scheme(link))
        return STR_NONE;
    else if (link.n && *link.p == '/')
        base = origin;
    else if (link.n && *link.p != '?')
        while (base.n > origin.n && base.p[base.n - 1] != '/')
            base.n--;
    const char *slash = base.n == origin.n && link.n && *link.p != '/' ? "/" : "";
    return arena_printf(arena, "%.*s%s%.*s", STR_ARG(base), slash, STR_ARG(link));
}
