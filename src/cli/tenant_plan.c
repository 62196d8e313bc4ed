/* What makes the tenant be as its file says: a line and operations for each thing that differs. */
#include "cli/cli.h"
#include "cli/tenant_file.h"

#define BODY_MAX  ((size_t)64 << 20)
#define LINES_MAX ((size_t)64 << 20)

/* ---- Operations ---- */

/* One more at the end; NULL when memory is out. */
static struct tenant_operation *add(struct tenant_file *tenant, struct tenant_operations *list,
                                    struct tenant_operation operation)
{
    if (list->count == list->room) {
        size_t room = list->room ? 2 * list->room : 64;
        struct tenant_operation *items =
            ARENA_ARRAY(tenant->api->arena, struct tenant_operation, room);
        if (!items)
            return NULL;
        if (list->count)
            memcpy(items, list->items, list->count * sizeof *items);
        list->items = items;
        list->room = room;
    }
    list->items[list->count] = operation;
    return &list->items[list->count++];
}

static int added(const struct tenant_operation *operation)
{
    return operation && operation->path.p && operation->label.p ? CLI_OK
                                                                : cli_fail("memory is out");
}

/* The id that the answer to the newest operation will have. */
static struct str coming_id(struct tenant_file *tenant, const struct tenant_plan *plan)
{
    return arena_printf(tenant->api->arena, "{{%zu.id}}", plan->main.count - 1);
}

static void put_line(struct tenant_plan *plan, char sign, struct str label, struct str what)
{
    buf_byte(&plan->lines, sign);
    buf_byte(&plan->lines, ' ');
    buf_str(&plan->lines, label);
    if (what.n) {
        BUF_LIT(&plan->lines, ": ");
        buf_str(&plan->lines, what);
    }
    buf_byte(&plan->lines, '\n');
    plan->created += sign == '+';
    plan->updated += sign == '~';
    plan->deleted += sign == '-';
}

static struct str label_of(struct tenant_file *tenant, const struct tenant_kind *kind,
                           struct str key)
{
    struct arena *arena = tenant->api->arena;
    return kind->key.n ? terminal_safe(arena, arena_printf(arena, "%.*s/%.*s", STR_ARG(kind->name),
                                                           STR_ARG(key)))
                       : kind->name;
}

/* ---- Bodies ---- */

static bool is_plain(const struct tenant_member *row)
{
    return row->type == MEMBER_PLAIN || row->type == MEMBER_FIXED || row->type == MEMBER_OPTIONAL;
}

static void put_members(struct arena *arena, struct tenant_writer *writer,
                        const struct tenant_kind *kind, json *want, json *have)
{
    json_open_object(&writer->out);
    for (const struct tenant_member *row = kind->members; row->name.p; row++) {
        json *value = json_get(want, row->name), *old = have ? json_get(have, row->name) : NULL;
        if (!value && kind->replaced)
            value = old;
        if (!is_plain(row) || !value)
            continue;
        if (have && !kind->replaced && tenant_equal(arena, old, value))
            continue;
        json_key(&writer->out, row->name);
        tenant_write(writer, value, row->name, false);
    }
    json_close_object(&writer->out);
}

/* What of the wanted object its own address takes; with `have`, what differs only, or where all of
 * it is replaced, what it has and the file does not say as well. */
static struct str body_of(struct tenant_file *tenant, struct tenant_plan *plan,
                          const struct tenant_kind *kind, json *want, json *have,
                          enum tenant_writing writing)
{
    struct arena *arena = tenant->api->arena;
    struct buf buf = buf_new(arena, BODY_MAX);
    struct tenant_writer writer = {
        .arena = arena, .out = json_out(&buf), .writing = writing, .searches = kind->has_secrets};
    if (kind->bare.p)
        tenant_write(&writer, json_get(want, kind->bare), kind->bare, false);
    else
        put_members(arena, &writer, kind, want, have);
    if (writer.missing.p)
        plan->missing = writer.missing;
    return buf_view(&buf);
}

/* ---- Links ---- */

/* NULL, having printed why, when a list names what is not there. */
static struct tenant_name *find_name(struct tenant_file *tenant, const struct tenant_kind *kind,
                                     const struct tenant_object *want,
                                     const struct tenant_member *row, size_t at, struct str text)
{
    static const char *const what[] = {"", "no resource has the scope", "there is no role",
                                       "there is no organization scope"};
    struct tenant_name *name = tenant_name_find(tenant, row->ref, text);
    if (name && !name->gone)
        return name;
    cli_fail("%.*s[%zu].%.*s[%zu]: %s '%.*s'", STR_ARG(kind->name), want->index, STR_ARG(row->name),
             at, what[row->ref], STR_ARG(terminal_safe(tenant->api->arena, text)));
    return NULL;
}

/* The body with the ids of all names that are not in `but`. */
static int ids_body(struct tenant_file *tenant, const struct tenant_kind *kind,
                    const struct tenant_object *want, const struct tenant_member *row, json *but,
                    struct str *body, size_t *count)
{
    size_t i, n;
    json *item, *list = json_get(want->value, row->name);
    struct buf buf = buf_new(tenant->api->arena, BODY_MAX);
    struct json_out out = json_out(&buf);
    *count = 0;
    json_open_object(&out);
    json_key(&out, row->body);
    json_open_array(&out);
    yyjson_arr_foreach(list, i, n, item)
    {
        struct tenant_name *name = find_name(tenant, kind, want, row, i, json_str(item));
        if (!name)
            return CLI_FAILED;
        if (tenant_has_name(but, json_str(item)))
            continue;
        json_put_str(&out, name->id);
        (*count)++;
    }
    json_close_array(&out);
    json_close_object(&out);
    *body = buf_view(&buf);
    return body->p ? CLI_OK : cli_fail("memory is out");
}

static int take_links(struct tenant_file *tenant, struct tenant_plan *plan,
                      const struct tenant_member *row, struct str path, struct str label,
                      json *have, json *want)
{
    size_t i, n;
    json *item;
    yyjson_arr_foreach(have, i, n, item)
    {
        struct tenant_name *name = tenant_name_find(tenant, row->ref, json_str(item));
        if (!name || tenant_has_name(want, json_str(item)))
            continue;
        struct str at =
            arena_printf(tenant->api->arena, "%.*s/%.*s", STR_ARG(path), STR_ARG(name->id));
        int status =
            added(add(tenant, &plan->main,
                      (struct tenant_operation){.method = "DELETE", .path = at, .label = label}));
        if (status)
            return status;
    }
    return CLI_OK;
}

/* Makes the object's list be the wanted one. */
static int plan_links(struct tenant_file *tenant, struct tenant_plan *plan,
                      const struct tenant_kind *kind, const struct tenant_object *want,
                      const struct tenant_member *row, struct str id, struct str label)
{
    json *list = json_get(want->value, row->name);
    json *have = want->match ? json_get(want->match->value, row->name) : NULL;
    size_t count;
    struct str body,
        path = arena_printf(tenant->api->arena, "%s/%.*s/%s", kind->path, STR_ARG(id), row->path);
    int status = ids_body(tenant, kind, want, row, row->replaced ? NULL : have, &body, &count);
    if (status || (have ? tenant_equal_names(have, list) : !count))
        return status;
    if (row->replaced || count)
        status = added(add(tenant, &plan->main,
                           (struct tenant_operation){.method = row->replaced ? "PUT" : "POST",
                                                     .path = path,
                                                     .send = body,
                                                     .shown = body,
                                                     .label = label}));
    return status || row->replaced ? status
                                   : take_links(tenant, plan, row, path, label, have, list);
}

/* ---- A resource's scopes ---- */

static int plan_child(struct tenant_file *tenant, struct tenant_plan *plan, struct str path,
                      struct str label, struct tenant_name *name, json *have, json *want)
{
    struct str body = json_text(tenant->api->arena, want);
    struct tenant_operation operation = {
        .method = "POST", .path = path, .send = body, .shown = body, .label = label};
    json *described = json_get(want, STR("description"));
    if (have && (!described || yyjson_equals(json_get(have, STR("description")), described)))
        return CLI_OK;
    if (have) {
        operation.method = "PATCH";
        operation.path =
            arena_printf(tenant->api->arena, "%.*s/%.*s", STR_ARG(path), STR_ARG(name->id));
    }
    put_line(plan, have ? '~' : '+', label, have ? STR("description") : STR_NONE);
    int status = added(add(tenant, &plan->main, operation));
    if (!status && !have)
        name->id = coming_id(tenant, plan);
    return status;
}

static int delete_children(struct tenant_file *tenant, struct tenant_plan *plan, struct str path,
                           const struct tenant_object *want, json *have)
{
    struct arena *arena = tenant->api->arena;
    size_t i, n;
    json *item;
    yyjson_arr_foreach(have, i, n, item)
    {
        struct str name = json_str(json_get(item, STR("name")));
        struct tenant_name *known =
            tenant_name_find(tenant, REF_SCOPE, tenant_scope_name(arena, want->key, name));
        if (!known || !known->gone)
            continue;
        struct str label = terminal_safe(arena, arena_printf(arena, "resources/%.*s/scopes/%.*s",
                                                             STR_ARG(want->key), STR_ARG(name)));
        struct tenant_operation operation = {
            .method = "DELETE",
            .path = arena_printf(arena, "%.*s/%.*s", STR_ARG(path), STR_ARG(known->id)),
            .label = label};
        put_line(plan, '-', label, STR_NONE);
        int status = added(add(tenant, &plan->deletes, operation));
        if (status)
            return status;
    }
    return CLI_OK;
}

static int plan_children(struct tenant_file *tenant, struct tenant_plan *plan,
                         const struct tenant_kind *kind, const struct tenant_object *want,
                         const struct tenant_member *row, struct str id)
{
    struct arena *arena = tenant->api->arena;
    json *have = want->match ? json_get(want->match->value, row->name) : NULL, *item;
    struct str path = arena_printf(arena, "%s/%.*s/%s", kind->path, STR_ARG(id), row->path);
    size_t i, n;
    yyjson_arr_foreach(json_get(want->value, row->name), i, n, item)
    {
        struct str name = json_str(json_get(item, STR("name")));
        struct tenant_name *known =
            tenant_name_find(tenant, REF_SCOPE, tenant_scope_name(arena, want->key, name));
        struct str label = terminal_safe(
            arena, arena_printf(arena, "%.*s/%.*s/%.*s/%.*s", STR_ARG(kind->name),
                                STR_ARG(want->key), STR_ARG(row->name), STR_ARG(name)));
        int status = known ? plan_child(tenant, plan, path, label, known,
                                        tenant_child_find(have, name), item)
                           : cli_fail("memory is out");
        if (status)
            return status;
    }
    return delete_children(tenant, plan, path, want, have);
}

/* ---- What differs in an object ---- */

/* Appends the paths of the innermost members that differ. */
static void put_differences(struct arena *arena, struct buf *out, struct str path, json *have,
                            json *want)
{
    size_t i, n;
    json *key, *member;
    if (tenant_equal(arena, have, want))
        return;
    if (!yyjson_is_obj(have) || !yyjson_is_obj(want)) {
        buf_printf(out, "%s%.*s", out->n ? ", " : "", STR_ARG(path));
        return;
    }
    yyjson_obj_foreach(want, i, n, key, member)
    {
        struct str name = json_str(key);
        put_differences(arena, out, arena_printf(arena, "%.*s.%.*s", STR_ARG(path), STR_ARG(name)),
                        json_get(have, name), member);
    }
    yyjson_obj_foreach(have, i, n, key, member)
    {
        struct str name = json_str(key);
        if (!json_get(want, name))
            buf_printf(out, "%s%.*s.%.*s", out->n ? ", " : "", STR_ARG(path), STR_ARG(name));
    }
}

/* Members of a part that the file does not say stay as they are. */
static void put_part_differences(struct arena *arena, struct buf *out, struct str path, json *have,
                                 json *want)
{
    size_t i, n;
    json *key, *member;
    yyjson_obj_foreach(want, i, n, key, member)
    {
        struct str name = json_str(key);
        put_differences(arena, out, arena_printf(arena, "%.*s.%.*s", STR_ARG(path), STR_ARG(name)),
                        have ? json_get(have, name) : NULL, member);
    }
}

static int note_differences(struct tenant_file *tenant, const struct tenant_kind *kind,
                            const struct tenant_object *want, struct buf *all, bool *own)
{
    struct arena *arena = tenant->api->arena;
    for (const struct tenant_member *row = kind->members; row->name.p; row++) {
        json *value = json_get(want->value, row->name);
        json *have = json_get(want->match->value, row->name);
        if (!value || row->type == MEMBER_CHILDREN)
            continue;
        if (row->type == MEMBER_LINKS) {
            if (have ? !tenant_equal_names(have, value) : yyjson_get_len(value) != 0)
                buf_printf(all, "%s%.*s", all->n ? ", " : "", STR_ARG(row->name));
            continue;
        }
        if (row->type == MEMBER_FIXED && !tenant_equal(arena, have, value))
            return cli_fail("%.*s[%zu].%.*s: is settled when the object is made and cannot be "
                            "changed: delete it first, or give it another name",
                            STR_ARG(kind->name), want->index, STR_ARG(row->name));
        size_t before = all->n;
        if (row->type == MEMBER_PART)
            put_part_differences(arena, all, row->name, have, value);
        else
            put_differences(arena, all, row->name, have, value);
        *own = *own || (all->n > before && is_plain(row));
    }
    return CLI_OK;
}

/* ---- One object ---- */

static int plan_part(struct tenant_file *tenant, struct tenant_plan *plan, struct str path,
                     struct str label, json *have, json *want)
{
    struct arena *arena = tenant->api->arena;
    struct buf differences = buf_new(arena, BODY_MAX);
    put_part_differences(arena, &differences, STR("part"), have, want);
    if (have && !differences.n)
        return CLI_OK;
    struct str body = json_text(arena, want);
    return added(
        add(tenant, &plan->main,
            (struct tenant_operation){
                .method = "PUT", .path = path, .send = body, .shown = body, .label = label}));
}

static int plan_parts(struct tenant_file *tenant, struct tenant_plan *plan,
                      const struct tenant_kind *kind, const struct tenant_object *want,
                      struct str id, struct str label)
{
    int status = CLI_OK;
    for (const struct tenant_member *row = kind->members; !status && row->name.p; row++) {
        json *value = json_get(want->value, row->name);
        json *have = want->match ? json_get(want->match->value, row->name) : NULL;
        if (value && row->type == MEMBER_LINKS)
            status = plan_links(tenant, plan, kind, want, row, id, label);
        if (value && row->type == MEMBER_CHILDREN)
            status = plan_children(tenant, plan, kind, want, row, id);
        if (value && row->type == MEMBER_PART)
            status = plan_part(
                tenant, plan,
                arena_printf(tenant->api->arena, "%s/%.*s/%s", kind->path, STR_ARG(id), row->path),
                label, have, value);
        if (!value || row->type != MEMBER_DEFAULT || yyjson_is_true(have) == yyjson_is_true(value))
            continue;
        struct str body = arena_printf(tenant->api->arena, "{\"%.*s\":%s}", STR_ARG(row->name),
                                       yyjson_is_true(value) ? "true" : "false");
        struct str path =
            arena_printf(tenant->api->arena, "%s/%.*s/%s", kind->path, STR_ARG(id), row->path);
        status = added(
            add(tenant, &plan->last,
                (struct tenant_operation){
                    .method = "PATCH", .path = path, .send = body, .shown = body, .label = label}));
    }
    return status;
}

static struct str object_path(struct tenant_file *tenant, const struct tenant_kind *kind,
                              struct str id)
{
    return kind->key.n ? arena_printf(tenant->api->arena, "%s/%.*s", kind->path, STR_ARG(id))
                       : str_of(kind->path);
}

static int plan_create(struct tenant_file *tenant, struct tenant_plan *plan,
                       const struct tenant_kind *kind, const struct tenant_object *want)
{
    struct str label = label_of(tenant, kind, want->key);
    struct tenant_operation operation = {
        .method = kind->bare.p ? "PUT" : "POST",
        .path = kind->bare.p ? object_path(tenant, kind, want->key) : str_of(kind->path),
        .send = body_of(tenant, plan, kind, want->value, NULL, WRITE_FILLED),
        .shown = body_of(tenant, plan, kind, want->value, NULL, WRITE_SHOWN),
        .label = label};
    put_line(plan, '+', label, STR_NONE);
    int status = added(add(tenant, &plan->main, operation));
    if (status)
        return status;
    struct str id = coming_id(tenant, plan);
    struct tenant_name *name = kind->ref ? tenant_name_find(tenant, kind->ref, want->key) : NULL;
    if (name)
        name->id = id;
    return plan_parts(tenant, plan, kind, want, id, label);
}

static int plan_update(struct tenant_file *tenant, struct tenant_plan *plan,
                       const struct tenant_kind *kind, const struct tenant_object *want)
{
    struct tenant_object *have = want->match;
    struct str label = label_of(tenant, kind, have->key);
    struct buf what = buf_new(tenant->api->arena, BODY_MAX);
    bool own = false;
    int status = note_differences(tenant, kind, want, &what, &own);
    if (!status && what.n)
        put_line(plan, '~', label, terminal_safe(tenant->api->arena, buf_view(&what)));
    if (!status && own)
        status = added(
            add(tenant, &plan->main,
                (struct tenant_operation){
                    .method = kind->replaced ? "PUT" : "PATCH",
                    .path = object_path(tenant, kind, have->id),
                    .send = body_of(tenant, plan, kind, want->value, have->value, WRITE_FILLED),
                    .shown = body_of(tenant, plan, kind, want->value, have->value, WRITE_SHOWN),
                    .label = label,
                    .kind = kind,
                    .object = have}));
    return status ? status : plan_parts(tenant, plan, kind, want, have->id, label);
}

/* ---- Kinds ---- */

static int plan_deletes(struct tenant_file *tenant, struct tenant_plan *plan, size_t at)
{
    const struct tenant_kind *kind = &tenant_kinds[at];
    for (size_t i = 0; i < tenant->have[at].count; i++) {
        struct tenant_object *have = &tenant->have[at].items[i];
        if (!have->gone)
            continue;
        struct tenant_operation operation = {.method = "DELETE",
                                             .path = object_path(tenant, kind, have->id),
                                             .label = label_of(tenant, kind, have->key),
                                             .kind = kind,
                                             .object = have};
        put_line(plan, '-', operation.label, STR_NONE);
        plan->makes_room = plan->makes_room || kind->room_first;
        int status = added(add(tenant, kind->room_first ? &plan->main : &plan->deletes, operation));
        if (status)
            return status;
    }
    return CLI_OK;
}

static int plan_kind(struct tenant_file *tenant, struct tenant_plan *plan, size_t at)
{
    const struct tenant_kind *kind = &tenant_kinds[at];
    int status = kind->room_first ? plan_deletes(tenant, plan, at) : CLI_OK;
    for (size_t i = 0; !status && i < tenant->want[at].count; i++) {
        const struct tenant_object *want = &tenant->want[at].items[i];
        status = want->match ? plan_update(tenant, plan, kind, want)
                             : plan_create(tenant, plan, kind, want);
    }
    return status;
}

int tenant_plan_make(struct tenant_file *tenant, struct tenant_plan *plan)
{
    *plan = (struct tenant_plan){.lines = buf_new(tenant->api->arena, LINES_MAX)};
    int status = tenant_match(tenant);
    for (size_t i = 0; !status && i < TENANT_KINDS; i++)
        status = plan_kind(tenant, plan, i);
    for (size_t i = TENANT_KINDS; !status && i-- > 0;) {
        if (!tenant_kinds[i].room_first)
            status = plan_deletes(tenant, plan, i);
    }
    return !status && plan->lines.failed ? cli_fail("memory is out") : status;
}
