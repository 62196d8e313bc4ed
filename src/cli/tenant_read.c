/* The tenant as it is: all kinds of objects, read from the API. */
#include <stdlib.h>

#include "cli/cli.h"
#include "cli/tenant_file.h"

#define PAGE_SIZE 100
#define LIST_MAX  ((size_t)256 << 20)

/* ---- Names ---- */

bool tenant_name_add(struct tenant_file *tenant, enum tenant_ref ref, struct str name,
                     struct str id)
{
    struct arena *arena = tenant->api->arena;
    if (tenant->name_count == tenant->name_room) {
        size_t room = tenant->name_room ? 2 * tenant->name_room : 256;
        struct tenant_name *names = ARENA_ARRAY(arena, struct tenant_name, room);
        if (!names)
            return false;
        if (tenant->name_count)
            memcpy(names, tenant->names, tenant->name_count * sizeof *names);
        tenant->names = names;
        tenant->name_room = room;
    }
    tenant->names[tenant->name_count++] = (struct tenant_name){.ref = ref, .name = name, .id = id};
    return true;
}

struct tenant_name *tenant_name_find(struct tenant_file *tenant, enum tenant_ref ref,
                                     struct str name)
{
    for (size_t i = 0; i < tenant->name_count; i++) {
        if (tenant->names[i].ref == ref && str_eq(tenant->names[i].name, name))
            return &tenant->names[i];
    }
    return NULL;
}

/* The name of what has the id; STR_NONE when there is none. */
static struct str name_of(const struct tenant_file *tenant, enum tenant_ref ref, struct str id)
{
    for (size_t i = 0; i < tenant->name_count; i++) {
        if (tenant->names[i].ref == ref && str_eq(tenant->names[i].id, id))
            return tenant->names[i].name;
    }
    return STR_NONE;
}

struct str tenant_scope_name(struct arena *arena, struct str indicator, struct str name)
{
    return arena_printf(arena, "%.*s %.*s", STR_ARG(indicator), STR_ARG(name));
}

/* ---- Requests ---- */

static int fetch(struct tenant_file *tenant, struct str path, struct http_reply *reply)
{
    struct api *api = tenant->api;
    *reply = (struct http_reply){.status = 0};
    api->method = "GET";
    api->body = STR_NONE;
    api->url = arena_printf(api->arena, "%.*s%.*s", STR_ARG(api->base), STR_ARG(path));
    return api->url.p ? api_send(api, api->url, reply) : cli_fail("memory is out");
}

static int read_reply(struct tenant_file *tenant, struct str path, json **value,
                      const struct http_reply *reply)
{
    struct api *api = tenant->api;
    if (reply->status != 200) {
        api_explain(api, reply);
        return reply->status < 400 ? CLI_NETWORK : api_status(reply->status);
    }
    if (json_parse(api->arena, reply->body, value, NULL) == JSON_OK)
        return CLI_OK;
    cli_fail("the answer to GET %.*s is no JSON", STR_ARG(path));
    return CLI_NETWORK;
}

int tenant_get(struct tenant_file *tenant, struct str path, json **value, struct http_reply *reply)
{
    struct http_reply unused;
    if (!reply)
        reply = &unused;
    *value = NULL;
    int status = fetch(tenant, path, reply);
    return status ? status : read_reply(tenant, path, value, reply);
}

int tenant_find(struct tenant_file *tenant, struct str path, json **value)
{
    struct http_reply reply;
    *value = NULL;
    int status = fetch(tenant, path, &reply);
    if (status || reply.status == 404)
        return status;
    return read_reply(tenant, path, value, &reply);
}

static int append_page(struct tenant_file *tenant, struct buf *all, struct str path, size_t *count)
{
    size_t i, n;
    json *page = NULL, *item;
    int status = tenant_get(tenant, path, &page, NULL);
    *count = 0;
    if (status)
        return status;
    if (!yyjson_is_arr(page))
        return cli_fail("the answer to GET %.*s is no list", STR_ARG(path));
    yyjson_arr_foreach(page, i, n, item)
    {
        if (all->n > 1)
            buf_byte(all, ',');
        buf_str(all, json_text(tenant->api->arena, item));
        (*count)++;
    }
    return CLI_OK;
}

/* All pages of a list as one array. */
static int get_list(struct tenant_file *tenant, struct str path, const char *query, bool paged,
                    json **list)
{
    struct arena *arena = tenant->api->arena;
    struct buf all = buf_new(arena, LIST_MAX);
    size_t count = PAGE_SIZE;
    int status = CLI_OK;
    *list = NULL;
    buf_byte(&all, '[');
    for (int page = 1; !status && count == PAGE_SIZE; page++) {
        struct str url = path;
        if (paged)
            url = arena_printf(arena, "%.*s?%s%spage=%d&page_size=%d", STR_ARG(path),
                               query ? query : "", query ? "&" : "", page, PAGE_SIZE);
        status = append_page(tenant, &all, url, &count);
        count = paged ? count : 0;
    }
    buf_byte(&all, ']');
    if (status)
        return status;
    struct str text = buf_view(&all);
    return text.p && json_parse(arena, text, list, NULL) == JSON_OK ? CLI_OK
                                                                    : cli_fail("memory is out");
}

/* ---- Members ---- */

static int compare_names(const void *a, const void *b)
{
    const struct str *x = a, *y = b;
    size_t shorter = x->n < y->n ? x->n : y->n;
    int order = shorter ? memcmp(x->p, y->p, shorter) : 0;
    return order ? order : (x->n > y->n) - (x->n < y->n);
}

/* The names of what items lists by id, sorted. */
static int write_names(struct tenant_file *tenant, const struct tenant_member *row, json *items,
                       struct json_out *out)
{
    size_t i, n, count = 0;
    json *item;
    struct str *names = ARENA_ARRAY(tenant->api->arena, struct str, yyjson_arr_size(items) + 1);
    if (!names)
        return cli_fail("memory is out");
    yyjson_arr_foreach(items, i, n, item)
    {
        struct str name = name_of(tenant, row->ref, json_str(json_get(item, STR("id"))));
        if (name.p)
            names[count++] = name;
    }
    if (count)
        qsort(names, count, sizeof *names, compare_names);
    json_key(out, row->name);
    json_open_array(out);
    for (i = 0; i < count; i++)
        json_put_str(out, names[i]);
    json_close_array(out);
    return CLI_OK;
}

static int write_links(struct tenant_file *tenant, const struct tenant_kind *kind,
                       const struct tenant_member *row, json *raw, struct json_out *out)
{
    json *items = json_get(raw, row->name);
    struct str id = json_str(json_get(raw, STR("id")));
    if (row->holder && !str_eq(json_str(json_get(raw, STR("type"))), str_of(row->holder)))
        return CLI_OK;
    int status = CLI_OK;
    if (!row->embedded)
        status = get_list(
            tenant,
            arena_printf(tenant->api->arena, "%s/%.*s/%s", kind->path, STR_ARG(id), row->path),
            NULL, true, &items);
    return status ? status : write_names(tenant, row, items, out);
}

static int compare_children(const void *a, const void *b)
{
    struct str x = json_str(json_get(*(json *const *)a, STR("name")));
    struct str y = json_str(json_get(*(json *const *)b, STR("name")));
    return compare_names(&x, &y);
}

static int write_children(struct tenant_file *tenant, const struct tenant_member *row, json *raw,
                          struct json_out *out)
{
    json *list = json_get(raw, row->name), *item;
    size_t i, n, count = 0;
    json **items = ARENA_ARRAY(tenant->api->arena, json *, yyjson_arr_size(list) + 1);
    if (!items)
        return cli_fail("memory is out");
    yyjson_arr_foreach(list, i, n, item)
    {
        items[count++] = item;
    }
    if (count)
        qsort(items, count, sizeof *items, compare_children);
    json_key(out, row->name);
    json_open_array(out);
    for (i = 0; i < count; i++) {
        json_open_object(out);
        JSON_STR(out, "name", json_str(json_get(items[i], STR("name"))));
        JSON_STR(out, "description", json_str(json_get(items[i], STR("description"))));
        json_close_object(out);
    }
    json_close_array(out);
    return CLI_OK;
}

static void write_own(const struct tenant_member *row, json *raw, struct json_out *out)
{
    json *value = json_get(raw, row->name);
    if (!value || (row->type == MEMBER_OPTIONAL && !yyjson_get_len(value)))
        return;
    json_key(out, row->name);
    json_put_value(out, value);
}

/* An object of its own, without what says where it belongs. */
static int write_part(struct tenant_file *tenant, const struct tenant_kind *kind,
                      const struct tenant_member *row, json *raw, struct json_out *out)
{
    json *value, *key, *member;
    size_t i, n;
    struct str id = json_str(json_get(raw, STR("id")));
    struct str path =
        arena_printf(tenant->api->arena, "%s/%.*s/%s", kind->path, STR_ARG(id), row->path);
    int status = path.p ? tenant_find(tenant, path, &value) : cli_fail("memory is out");
    if (status || !value)
        return status;
    json_key(out, row->name);
    json_open_object(out);
    yyjson_obj_foreach(value, i, n, key, member)
    {
        struct str name = json_str(key);
        if (str_eq(name, STR("tenantId")) || str_eq(name, STR("applicationId")))
            continue;
        json_key_escaped(out, name);
        json_put_value(out, member);
    }
    json_close_object(out);
    return CLI_OK;
}

static bool is_own(const struct tenant_member *row)
{
    return row->type != MEMBER_LINKS && row->type != MEMBER_CHILDREN && row->type != MEMBER_PART;
}

struct str tenant_own_text(struct arena *arena, const struct tenant_kind *kind, json *raw)
{
    struct buf buf = buf_new(arena, LIST_MAX);
    struct json_out out = json_out(&buf);
    json_open_object(&out);
    for (const struct tenant_member *row = kind->members; row->name.p; row++) {
        if (is_own(row))
            write_own(row, raw, &out);
    }
    json_close_object(&out);
    return buf_view(&buf);
}

static int read_value(struct tenant_file *tenant, const struct tenant_kind *kind, json *raw,
                      json **value)
{
    struct buf buf = buf_new(tenant->api->arena, LIST_MAX);
    struct json_out out = json_out(&buf);
    int status = CLI_OK;
    json_open_object(&out);
    for (const struct tenant_member *row = kind->members; !status && row->name.p; row++) {
        if (row->type == MEMBER_LINKS)
            status = write_links(tenant, kind, row, raw, &out);
        else if (row->type == MEMBER_CHILDREN)
            status = write_children(tenant, row, raw, &out);
        else if (row->type == MEMBER_PART)
            status = write_part(tenant, kind, row, raw, &out);
        else
            write_own(row, raw, &out);
    }
    json_close_object(&out);
    if (status)
        return status;
    struct str text = buf_view(&buf);
    return text.p && json_parse(tenant->api->arena, text, value, NULL) == JSON_OK
               ? CLI_OK
               : cli_fail("memory is out");
}

/* ---- Kinds ---- */

/* What others name it by; a resource's scopes. */
static bool note_names(struct tenant_file *tenant, const struct tenant_kind *kind, json *raw)
{
    size_t i, n;
    json *scope;
    struct str indicator = json_str(json_get(raw, STR("indicator")));
    bool ok = true;
    if (kind->ref)
        ok = tenant_name_add(tenant, kind->ref, json_str(json_get(raw, kind->key)),
                             json_str(json_get(raw, STR("id"))));
    yyjson_arr_foreach(indicator.p ? json_get(raw, STR("scopes")) : NULL, i, n, scope)
    {
        struct str name = tenant_scope_name(tenant->api->arena, indicator,
                                            json_str(json_get(scope, STR("name"))));
        ok = ok && tenant_name_add(tenant, REF_SCOPE, name, json_str(json_get(scope, STR("id"))));
    }
    return ok;
}

static int compare_objects(const void *a, const void *b)
{
    const struct tenant_object *x = a, *y = b;
    return compare_names(&x->key, &y->key);
}

static void sort(struct tenant_list *list)
{
    if (list->count)
        qsort(list->items, list->count, sizeof *list->items, compare_objects);
}

int tenant_list_sort(const struct tenant_kind *kind, struct tenant_list *list)
{
    sort(list);
    for (size_t i = 1; i < list->count; i++) {
        if (str_eq(list->items[i - 1].key, list->items[i].key))
            return cli_fail("%.*s: two are named '%.*s', so a file cannot tell them apart: give "
                            "one another name",
                            STR_ARG(kind->name), STR_ARG(list->items[i].key));
    }
    return CLI_OK;
}

static int read_object(struct tenant_file *tenant, const struct tenant_kind *kind, json *raw,
                       struct tenant_list *list)
{
    if (!note_names(tenant, kind, raw))
        return cli_fail("memory is out");
    if (tenant_is_left_out(kind, raw))
        return CLI_OK;
    struct tenant_object *object = &list->items[list->count++];
    int status = read_value(tenant, kind, raw, &object->value);
    object->raw = raw;
    object->id = json_str(json_get(raw, kind->by_name ? kind->key : STR("id")));
    object->key = kind->key.n ? tenant_key(kind, raw, tenant->api->arena) : STR("");
    return status;
}

static int read_kind(struct tenant_file *tenant, size_t at)
{
    const struct tenant_kind *kind = &tenant_kinds[at];
    struct tenant_list *list = &tenant->have[at];
    json *items = NULL, *raw;
    size_t i, n;
    bool single = !kind->key.n;
    int status = single ? tenant_get(tenant, str_of(kind->path), &items, NULL)
                        : get_list(tenant, str_of(kind->path), kind->query, kind->paged, &items);
    if (status)
        return status;
    if (single && !yyjson_is_obj(items))
        return cli_fail("the answer to GET %s is no object", kind->path);
    list->present = true;
    list->items = ARENA_ARRAY(tenant->api->arena, struct tenant_object, yyjson_get_len(items) + 1);
    if (!list->items)
        return cli_fail("memory is out");
    if (single)
        return read_object(tenant, kind, items, list);
    yyjson_arr_foreach(items, i, n, raw)
    {
        status = read_object(tenant, kind, raw, list);
        if (status)
            return status;
    }
    if (tenant->exports || tenant->want[at].present)
        return tenant_list_sort(kind, list);
    sort(list); /* of a kind that is left alone two may have one name */
    return CLI_OK;
}

int tenant_read(struct tenant_file *tenant)
{
    int status = CLI_OK;
    for (size_t i = 0; !status && i < TENANT_KINDS; i++)
        status = read_kind(tenant, i);
    return status;
}
