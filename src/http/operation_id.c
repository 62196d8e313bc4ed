/* Operation names from method and path: a verb and the path's words, singular where one thing is
 * meant. */
#include "http/operation_id.h"

static const char *verb_of(const struct route *route, bool one)
{
    switch (route->method) {
    case HTTP_M_GET:
    case HTTP_M_HEAD:
        return !one && route->reply == REPLY_ARRAY ? "List" : "Get";
    case HTTP_M_POST:
        return "Create";
    case HTTP_M_PUT:
        return "Replace";
    case HTTP_M_PATCH:
        return "Update";
    case HTTP_M_DELETE:
        return "Delete";
    case HTTP_M_OPTIONS:
    case HTTP_M_OTHER:
        break;
    }
    return "";
}

static bool is_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/* "user-assets" becomes "UserAssets". */
static void put_words(struct buf *out, struct str segment)
{
    bool first = true;
    for (size_t i = 0; i < segment.n; i++) {
        char c = segment.p[i];
        if (is_word(c))
            buf_byte(out, first && c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c);
        first = !is_word(c);
    }
}

void operation_noun_put(struct buf *out, struct str segment)
{
    struct str end = STR_NONE;
    if (str_ends(segment, STR("ies"))) {
        segment.n -= 3;
        end = STR("y");
    } else if (str_ends(segment, STR("sses")) || str_ends(segment, STR("xes"))) {
        segment.n -= 2;
    } else if (str_ends(segment, STR("s")) && !str_ends(segment, STR("ss")) &&
               !str_ends(segment, STR("us")) && !str_ends(segment, STR("is"))) {
        segment.n -= 1;
    }
    put_words(out, segment);
    buf_str(out, end);
}

void operation_id_put(struct buf *out, const struct route *route)
{
    struct str rest = str_from(route->path, 1), segment;
    size_t slash = route->path.n;
    while (slash && route->path.p[slash - 1] != '/')
        slash--;
    bool one = slash < route->path.n && route->path.p[slash] == ':'; /* the path ends in an id */
    buf_str(out, str_of(verb_of(route, one)));
    while ((segment = str_split(&rest, '/')).p) {
        if (segment.n && segment.p[0] == ':')
            continue;
        if (segment.p == route->path.p + 1 && str_eq(segment, STR("api")))
            continue;
        if (rest.p || route->method == HTTP_M_POST)
            operation_noun_put(out, segment);
        else
            put_words(out, segment);
    }
}

void operation_tag_put(struct buf *out, const struct route *route)
{
    struct str rest = str_from(route->path, sizeof("/api/") - 1);
    struct str name = route->area ? str_of(route->area) : str_split(&rest, '/');
    if (str_starts(name, STR(".")))
        name = str_from(name, 1);
    for (size_t i = 0; i < name.n; i++) {
        char c = name.p[i] == '-' ? ' ' : name.p[i];
        buf_byte(out, !i && c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c);
    }
}
