/* Which object of the file is which of the tenant's, and which are to go. */
#include "cli/cli.h"
#include "cli/tenant_file.h"

/* Both lists are sorted by key. */
static void match_lists(struct tenant_list *have, struct tenant_list *want)
{
    for (size_t i = 0; i < want->count; i++) {
        for (size_t j = 0; j < have->count; j++) {
            if (!str_eq(have->items[j].key, want->items[i].key))
                continue;
            want->items[i].match = &have->items[j];
            have->items[j].match = &want->items[i];
        }
    }
}

/* Not the application that asks: what comes after would be done without a token. */
static bool must_go(const struct tenant_file *tenant, size_t at, const struct tenant_object *have)
{
    struct str client = profile_get(&tenant->api->profile, SET_CLIENT_ID);
    return tenant->want[at].present && !have->match && !tenant->keep && !str_eq(have->id, client);
}

static void lose_name(struct tenant_file *tenant, enum tenant_ref ref, struct str text)
{
    struct tenant_name *name = tenant_name_find(tenant, ref, text);
    if (name)
        name->gone = true;
}

json *tenant_child_find(json *list, struct str name)
{
    size_t i, n;
    json *item;
    yyjson_arr_foreach(list, i, n, item)
    {
        if (str_eq(json_str(json_get(item, STR("name"))), name))
            return item;
    }
    return NULL;
}

/* The scopes that go: with their resource, or because it no longer lists them. */
static void lose_children(struct tenant_file *tenant, const struct tenant_object *have)
{
    size_t i, n;
    json *scope;
    json *wanted = have->match ? json_get(have->match->value, STR("scopes")) : NULL;
    if (tenant->keep || (!have->gone && !wanted))
        return;
    yyjson_arr_foreach(json_get(have->value, STR("scopes")), i, n, scope)
    {
        struct str name = json_str(json_get(scope, STR("name")));
        if (!tenant_child_find(wanted, name))
            lose_name(tenant, REF_SCOPE, tenant_scope_name(tenant->api->arena, have->key, name));
    }
}

static void lose(struct tenant_file *tenant, size_t at)
{
    const struct tenant_kind *kind = &tenant_kinds[at];
    for (size_t i = 0; i < tenant->have[at].count; i++) {
        struct tenant_object *have = &tenant->have[at].items[i];
        have->gone = must_go(tenant, at, have);
        if (have->gone && kind->ref)
            lose_name(tenant, kind->ref, have->key);
        if (at == 0)
            lose_children(tenant, have);
    }
}

/* The names that the file brings; their ids are known once they are made. */
static bool bring_names(struct tenant_file *tenant, size_t at)
{
    struct arena *arena = tenant->api->arena;
    const struct tenant_kind *kind = &tenant_kinds[at];
    bool ok = true;
    for (size_t i = 0; i < tenant->want[at].count; i++) {
        const struct tenant_object *want = &tenant->want[at].items[i];
        size_t j, n;
        json *scope;
        if (kind->ref && !want->match)
            ok = ok && tenant_name_add(tenant, kind->ref, want->key, STR_NONE);
        yyjson_arr_foreach(at == 0 ? json_get(want->value, STR("scopes")) : NULL, j, n, scope)
        {
            struct str name =
                tenant_scope_name(arena, want->key, json_str(json_get(scope, STR("name"))));
            if (!tenant_name_find(tenant, REF_SCOPE, name))
                ok = ok && tenant_name_add(tenant, REF_SCOPE, name, STR_NONE);
        }
    }
    return ok;
}

int tenant_match(struct tenant_file *tenant)
{
    bool ok = true;
    for (size_t i = 0; ok && i < TENANT_KINDS; i++) {
        match_lists(&tenant->have[i], &tenant->want[i]);
        lose(tenant, i);
        ok = bring_names(tenant, i);
    }
    return ok ? CLI_OK : cli_fail("memory is out");
}
