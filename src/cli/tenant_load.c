/* The tenant as a file wants it: read, and checked before anything is sent. */
#include "cli/cli.h"
#include "cli/tenant_file.h"

/* ---- Members ---- */

static int check_names(const struct tenant_kind *kind, size_t index, struct str member, json *list)
{
    size_t i, n, j, m;
    json *item, *other;
    if (!yyjson_is_arr(list))
        return cli_fail("%.*s[%zu].%.*s: must be an array", STR_ARG(kind->name), index,
                        STR_ARG(member));
    yyjson_arr_foreach(list, i, n, item)
    {
        if (!yyjson_is_str(item))
            return cli_fail("%.*s[%zu].%.*s[%zu]: must be a text", STR_ARG(kind->name), index,
                            STR_ARG(member), i);
        yyjson_arr_foreach(list, j, m, other)
        {
            if (j < i && yyjson_equals(item, other))
                return cli_fail("%.*s[%zu].%.*s[%zu]: is there twice", STR_ARG(kind->name), index,
                                STR_ARG(member), i);
        }
    }
    return CLI_OK;
}

static int check_scope(const char *where, json *scope)
{
    size_t i, n;
    json *key, *value;
    if (!json_str(json_get(scope, STR("name"))).n)
        return cli_fail("%s.name: must be a text that is not empty", where);
    yyjson_obj_foreach(scope, i, n, key, value)
    {
        struct str name = json_str(key);
        bool described = str_eq(name, STR("description"));
        if (!described && !str_eq(name, STR("name")))
            return cli_fail("%s.%.*s: there is no such member", where, STR_ARG(name));
        if (described && !yyjson_is_str(value) && !yyjson_is_null(value))
            return cli_fail("%s.description: must be a text or null", where);
    }
    return CLI_OK;
}

static int check_children(struct arena *arena, const struct tenant_kind *kind, size_t index,
                          struct str member, json *list)
{
    size_t i, n, j, m;
    json *item, *other;
    if (!yyjson_is_arr(list))
        return cli_fail("%.*s[%zu].%.*s: must be an array", STR_ARG(kind->name), index,
                        STR_ARG(member));
    yyjson_arr_foreach(list, i, n, item)
    {
        struct str where = arena_printf(arena, "%.*s[%zu].%.*s[%zu]", STR_ARG(kind->name), index,
                                        STR_ARG(member), i);
        int status = where.p ? check_scope(where.p, item) : cli_fail("memory is out");
        if (status)
            return status;
        struct str name = json_str(json_get(item, STR("name")));
        yyjson_arr_foreach(list, j, m, other)
        {
            if (j < i && str_eq(json_str(json_get(other, STR("name"))), name))
                return cli_fail("%s.name: '%.*s' is there twice", where.p, STR_ARG(name));
        }
    }
    return CLI_OK;
}

static int check_member(struct tenant_file *tenant, const struct tenant_kind *kind, size_t index,
                        struct str name, json *value)
{
    const struct tenant_member *row = tenant_member_find(kind, name);
    if (!row && kind->key.n)
        return cli_fail("%.*s[%zu].%.*s: there is no such member", STR_ARG(kind->name), index,
                        STR_ARG(name));
    if (!row)
        return cli_fail("%.*s.%.*s: there is no such member", STR_ARG(kind->name), STR_ARG(name));
    if (row->type == MEMBER_LINKS)
        return check_names(kind, index, name, value);
    if (row->type == MEMBER_CHILDREN)
        return check_children(tenant->api->arena, kind, index, name, value);
    if (row->type == MEMBER_PART && !yyjson_is_obj(value))
        return cli_fail("%.*s[%zu].%.*s: must be an object", STR_ARG(kind->name), index,
                        STR_ARG(name));
    if (row->type == MEMBER_DEFAULT && !yyjson_is_bool(value))
        return cli_fail("%.*s[%zu].%.*s: must be true or false", STR_ARG(kind->name), index,
                        STR_ARG(name));
    return CLI_OK;
}

/* ---- Objects ---- */

static int load_object(struct tenant_file *tenant, const struct tenant_kind *kind, size_t index,
                       json *value, struct tenant_list *list)
{
    size_t i, n;
    json *key, *member;
    struct str name = tenant_key(kind, value, tenant->api->arena);
    if (kind->key.n && !name.n)
        return cli_fail("%.*s[%zu].%.*s: must be a text that is not empty", STR_ARG(kind->name),
                        index, STR_ARG(kind->key));
    if (kind->key.n && kind->built_in.n && str_eq(name, kind->built_in))
        return cli_fail("%.*s[%zu].%.*s: '%.*s' is built in and stands in no file",
                        STR_ARG(kind->name), index, STR_ARG(kind->key), STR_ARG(name));
    yyjson_obj_foreach(value, i, n, key, member)
    {
        int status = check_member(tenant, kind, index, json_str(key), member);
        if (status)
            return status;
    }
    if (kind->bare.p && !yyjson_is_obj(json_get(value, kind->bare)))
        return cli_fail("%.*s[%zu].%.*s: must be an object", STR_ARG(kind->name), index,
                        STR_ARG(kind->bare));
    list->items[list->count++] =
        (struct tenant_object){.key = name.p ? name : STR(""), .value = value, .index = index};
    return CLI_OK;
}

static int load_kind(struct tenant_file *tenant, size_t at, json *value)
{
    const struct tenant_kind *kind = &tenant_kinds[at];
    struct tenant_list *list = &tenant->want[at];
    size_t i, n;
    json *item;
    bool single = !kind->key.n;
    if (single ? !yyjson_is_obj(value) : !yyjson_is_arr(value))
        return cli_fail("%.*s: must be an %s", STR_ARG(kind->name), single ? "object" : "array");
    list->present = true;
    list->items = ARENA_ARRAY(tenant->api->arena, struct tenant_object, yyjson_get_len(value) + 1);
    if (!list->items)
        return cli_fail("memory is out");
    if (single)
        return load_object(tenant, kind, 0, value, list);
    yyjson_arr_foreach(value, i, n, item)
    {
        if (!yyjson_is_obj(item))
            return cli_fail("%.*s[%zu]: must be an object", STR_ARG(kind->name), i);
        int status = load_object(tenant, kind, i, item, list);
        if (status)
            return status;
    }
    return tenant_list_sort(kind, list);
}

static size_t kind_at(struct str name)
{
    size_t i = 0;
    while (i < TENANT_KINDS && !str_eq(tenant_kinds[i].name, name))
        i++;
    return i;
}

int tenant_file_load(struct tenant_file *tenant, const char *path)
{
    json *root, *key, *value;
    size_t i, n;
    int status = api_read(tenant->api, path);
    if (status)
        return status;
    enum json_error error = json_parse(tenant->api->arena, tenant->api->body, &root, NULL);
    if (error == JSON_DUPLICATE)
        return cli_fail("%s: an object has a member twice", path);
    if (error || !yyjson_is_obj(root))
        return cli_fail("%s: is no JSON object", path);
    yyjson_obj_foreach(root, i, n, key, value)
    {
        size_t at = kind_at(json_str(key));
        if (at == TENANT_KINDS)
            return cli_fail("%.*s: there is no such kind of objects", STR_ARG(json_str(key)));
        status = load_kind(tenant, at, value);
        if (status)
            return status;
    }
    return CLI_OK;
}
