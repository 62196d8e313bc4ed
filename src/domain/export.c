/* Exports: the table of formats, and what each gets to work with. */
#include "domain/export.h"

#include "domain/export_formats.h"
#include "domain/export_parts.h"
#include "http/operation_id.h"

#define FILE_MAX       ((size_t)16 << 20)
#define NAME_MAX_BYTES 512
#define ANY_SEGMENT    "[^/]+"
#define FIRST_REFUSAL  400 /* status of an answer */

const struct export_format *const export_formats[] = {
    &export_postman,    &export_postman_environment,
    &export_bruno,      &export_insomnia,
    &export_hoppscotch, &export_http,
    &export_curl,       &export_node,
    &export_python,     &export_go,
    &export_java,       &export_csharp,
    &export_php,
};
const size_t export_format_count = sizeof(export_formats) / sizeof(*export_formats);

const struct export_format *export_format_find(struct str name)
{
    for (size_t i = 0; i < export_format_count; i++) {
        if (str_eq(export_formats[i]->name, name))
            return export_formats[i];
    }
    return NULL;
}

struct str export_format_names(struct arena *arena)
{
    struct buf names = buf_new(arena, NAME_MAX_BYTES);
    for (size_t i = 0; i < export_format_count; i++) {
        if (i)
            BUF_LIT(&names, ", ");
        buf_str(&names, export_formats[i]->name);
    }
    return buf_view(&names);
}

/* ---- Names ---- */

static struct str lower_first(struct arena *arena, struct str text)
{
    char *copy = arena_cstr(arena, text);
    if (copy && copy[0] >= 'A' && copy[0] <= 'Z')
        copy[0] = (char)(copy[0] - 'A' + 'a');
    return (struct str){copy, copy ? text.n : 0};
}

/* "roles" and "Id" become "roleId". */
static struct str variable_of(struct arena *arena, struct str segment, struct str suffix)
{
    struct buf name = buf_new(arena, NAME_MAX_BYTES);
    operation_noun_put(&name, segment);
    buf_str(&name, suffix);
    return lower_first(arena, buf_view(&name));
}

/* An id or name alone says nothing outside its path: it is called after the segment before it. */
static struct str parameter_variable(struct arena *arena, struct str before, struct str name)
{
    if (str_eq(name, STR("id")))
        return variable_of(arena, before, STR("Id"));
    if (str_eq(name, STR("name")))
        return variable_of(arena, before, STR("Name"));
    return name;
}

bool export_parameter(struct arena *arena, const struct route *route, size_t i,
                      struct export_parameter *out)
{
    struct str rest = route->path, segment, before = STR("");
    while ((segment = str_split(&rest, '/')).p) {
        if (!segment.n || segment.p[0] != ':') {
            before = segment;
            continue;
        }
        if (i-- == 0) {
            struct str name = str_from(segment, 1);
            *out = (struct export_parameter){name, parameter_variable(arena, before, name)};
            return true;
        }
    }
    return false;
}

void export_path(struct export *export, struct buf *out, const struct route *route,
                 void (*put)(struct buf *, const struct export_parameter *))
{
    struct str rest = str_from(route->path, 1), segment;
    struct export_parameter parameter;
    size_t count = 0;
    while ((segment = str_split(&rest, '/')).p) {
        buf_byte(out, '/');
        if (segment.n && segment.p[0] == ':' &&
            export_parameter(export->arena, route, count++, &parameter))
            put(out, &parameter);
        else
            buf_str(out, segment);
    }
}

struct str export_part(struct export *export, const struct buf *part)
{
    if (part->failed)
        export->out->failed = true;
    return buf_view(part);
}

struct str export_title(struct export *export)
{
    return arena_printf(export->arena, "%.*s, %.*s", STR_ARG(EXPORT_TITLE),
                        STR_ARG(export_line(export->arena, export->application.name)));
}

/* ---- Collecting the routes ---- */

struct collector {
    struct export *export;
    int listener;
    struct export_operation *operations;
    struct export_variable *variables;
    struct export_list *lists;
    size_t operation_count, variable_count, list_count;
};

/* What a token or nothing opens, and does not only refuse: no requests of our own pages. */
static bool is_exported(const struct collector *collector, const struct route *route)
{
    return str_starts(route->path, STR("/api/")) &&
           (route->guard == GUARD_MANAGEMENT || route->guard == GUARD_PUBLIC) &&
           route->status < FIRST_REFUSAL &&
           (!route->only_listener || route->only_listener == collector->listener);
}

static void count_route(const struct route *route, void *arg)
{
    struct collector *collector = arg;
    collector->operation_count += is_exported(collector, route);
}

static struct str method_of(const struct route *route)
{
    static const char *const names[] = {"GET",   "HEAD",   "POST",    "PUT",
                                        "PATCH", "DELETE", "OPTIONS", "TRACE"};
    return str_of(names[route->method]);
}

static struct str put_name(struct arena *arena, const struct route *route,
                           void (*put)(struct buf *, const struct route *))
{
    struct buf name = buf_new(arena, NAME_MAX_BYTES);
    put(&name, route);
    return buf_view(&name);
}

/* The same method and nouns may stand for two paths: the second gets a number. */
static struct str unique_id(const struct collector *collector, const struct route *route)
{
    struct arena *arena = collector->export->arena;
    struct str id = put_name(arena, route, operation_id_put), tried = id;
    for (size_t i = 0, number = 2; tried.p && i < collector->operation_count; i++) {
        if (!str_eq(collector->operations[i].id, tried))
            continue;
        tried = arena_printf(arena, "%.*s%zu", STR_ARG(id), number++);
        i = (size_t)-1;
    }
    return tried;
}

/* The first of the texts that a path parameter may be, where a row names them. */
static struct str first_option(const struct route *route, struct str parameter)
{
    for (const struct field *row = route->params; row && row->name.p; row++) {
        if (str_eq(row->name, parameter) && row->type == FIELD_ENUM)
            return str_of(row->options[0]);
    }
    return STR("");
}

static void add_variable(struct collector *collector, struct str name, struct str value)
{
    for (size_t i = 0; i < collector->variable_count; i++) {
        if (str_eq(collector->variables[i].name, name))
            return;
    }
    if (str_eq(name, STR("applicationId")))
        value = collector->export->application.id;
    else if (str_eq(name, STR("format")))
        value = export_postman.name;
    collector->variables[collector->variable_count++] = (struct export_variable){name, value};
}

static bool has_member(const struct route *route, struct str name)
{
    for (const struct field *field = route->reply_fields; field && field->name.p; field++) {
        if (str_eq(field->name, name))
            return true;
    }
    return false;
}

/* "/api/roles/:id/scopes" as a pattern for the end of an address. */
static struct str pattern_of(struct export *export, const struct route *route)
{
    struct buf pattern = buf_new(export->arena, NAME_MAX_BYTES);
    struct str rest = str_from(route->path, 1), segment;
    buf_byte(&pattern, '^');
    while ((segment = str_split(&rest, '/')).p) {
        buf_byte(&pattern, '/');
        buf_str(&pattern, segment.n && segment.p[0] == ':' ? STR(ANY_SEGMENT) : segment);
    }
    buf_byte(&pattern, '$');
    return buf_view(&pattern);
}

/* What names a row in the addresses below its list: the parameter that comes next, and the member
 * of the row with its value. */
struct row_name {
    const struct route *list;
    struct arena *arena;
    struct str variable, member;
};

static void note_row_name(const struct route *route, void *arg)
{
    struct row_name *name = arg;
    struct export_parameter next;
    size_t parameters = 0;
    if (name->member.p || route->path.n <= name->list->path.n + 2 ||
        !str_starts(route->path, name->list->path) || route->path.p[name->list->path.n] != '/' ||
        route->path.p[name->list->path.n + 1] != ':')
        return;
    for (size_t i = 0; i < name->list->path.n; i++)
        parameters += name->list->path.p[i] == ':';
    if (!export_parameter(name->arena, route, parameters, &next))
        return;
    if (str_ends(next.name, STR("Id")) && has_member(name->list, STR("id")))
        name->member = STR("id");
    else if (has_member(name->list, next.name))
        name->member = next.name;
    name->variable = next.variable;
}

/* A list gives the names for the requests about one of its rows: as the addresses below it have
 * them, or else by the list's own noun ("organizationId" from an application's organizations). */
static void note_list(struct collector *collector, struct export_operation *operation)
{
    const struct route *route = operation->route;
    struct arena *arena = collector->export->arena;
    struct row_name name = {.list = route, .arena = arena};
    size_t slash = route->path.n;
    if (route->method != HTTP_M_GET || route->reply != REPLY_ARRAY)
        return;
    routes_each(note_row_name, &name);
    while (slash && route->path.p[slash - 1] != '/')
        slash--;
    if (!name.member.p && has_member(route, STR("id"))) {
        name.member = STR("id");
        name.variable = variable_of(arena, str_from(route->path, slash), STR("Id"));
    }
    if (!name.member.p)
        return;
    operation->list_member = name.member;
    operation->list_variable = name.variable;
    collector->lists[collector->list_count++] = (struct export_list){
        .pattern = pattern_of(collector->export, route),
        .variable = operation->list_variable,
        .member = operation->list_member,
    };
}

static void add_route(const struct route *route, void *arg)
{
    struct collector *collector = arg;
    struct arena *arena = collector->export->arena;
    struct export_parameter parameter;
    if (!is_exported(collector, route))
        return;
    struct export_operation operation = {
        .route = route,
        .folder = put_name(arena, route, operation_tag_put),
        .id = unique_id(collector, route),
        .name = route->summary ? str_of(route->summary) : route->path,
        .method = method_of(route),
    };
    note_list(collector, &operation);
    collector->operations[collector->operation_count++] = operation;
    for (size_t i = 0; export_parameter(arena, route, i, &parameter); i++)
        add_variable(collector, parameter.variable, first_option(route, parameter.name));
}

/* Folders in the order of their first operation; operations stay in order within. */
static bool order_operations(struct collector *collector)
{
    size_t count = collector->operation_count, filled = 0;
    struct export_operation *ordered =
        ARENA_ARRAY(collector->export->arena, struct export_operation, count);
    bool *used = ARENA_ARRAY(collector->export->arena, bool, count);
    if (!ordered || !used)
        return false;
    for (size_t i = 0; i < count; i++) {
        bool first = true;
        for (size_t k = i; k < count && !used[i]; k++) {
            if (k != i && (used[k] || !str_eq(collector->operations[k].folder,
                                              collector->operations[i].folder)))
                continue;
            ordered[filled] = collector->operations[k];
            ordered[filled++].first = first;
            used[k] = k != i;
            first = false;
        }
        used[i] = true;
    }
    collector->export->operations = ordered;
    return true;
}

static bool collect(struct export *export, int listener)
{
    struct collector collector = {.export = export, .listener = listener};
    routes_each(count_route, &collector);
    size_t count = collector.operation_count;
    collector.operation_count = 0;
    collector.operations = ARENA_ARRAY(export->arena, struct export_operation, count);
    collector.variables =
        ARENA_ARRAY(export->arena, struct export_variable, count * ROUTE_MAX_PARAMS);
    collector.lists = ARENA_ARRAY(export->arena, struct export_list, count);
    if (!collector.operations || !collector.variables || !collector.lists)
        return false;
    routes_each(add_route, &collector);
    export->operation_count = collector.operation_count;
    export->variables = collector.variables;
    export->variable_count = collector.variable_count;
    export->lists = collector.lists;
    export->list_count = collector.list_count;
    return order_operations(&collector);
}

struct str export_render(const struct export_format *format, const struct export_server *server,
                         const struct export_application *application, struct arena *arena)
{
    struct buf out = buf_new(arena, FILE_MAX);
    struct export export = {
        .arena = arena,
        .out = &out,
        .application = *application,
        .endpoint = server->endpoint,
        .issuer = server->issuer,
        .token_url = arena_printf(arena, "%.*s/token", STR_ARG(server->issuer)),
        .resource = server->resource,
    };
    if (!export.token_url.p || !collect(&export, server->listener))
        return STR_NONE;
    format->render(&export);
    return buf_view(&out);
}
