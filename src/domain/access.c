/* Who may have which scope. */
#include "domain/access.h"

#define MAX_SCOPES 500 /* of one request; more are refused by the size of a form anyway */

static bool role_has_scope(const struct role_entry *role, struct str scope_id)
{
    size_t low = 0, high = role->scope_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        struct str id = role->scope_ids[middle];
        size_t n = id.n < scope_id.n ? id.n : scope_id.n;
        int order = memcmp(id.p, scope_id.p, n);
        if (order == 0 && id.n == scope_id.n)
            return true;
        if (order < 0 || (order == 0 && id.n < scope_id.n))
            low = middle + 1;
        else
            high = middle;
    }
    return false;
}

static const struct scope_entry *find_scope(const struct resource_entry *resource, struct str name)
{
    for (size_t i = 0; i < resource->scope_count; i++)
        if (str_eq(resource->scopes[i].name, name))
            return &resource->scopes[i];
    return NULL;
}

static struct scope_decision decide(const struct snapshot *snapshot, const struct app *app,
                                    const struct resource_entry *resource, struct str name)
{
    const struct scope_entry *scope = find_scope(resource, name);
    if (!scope)
        return (struct scope_decision){name, NULL, "the resource has no scope of this name"};
    for (size_t i = 0; i < app->role_count; i++) {
        const struct role_entry *role = snapshot_role(snapshot, app->role_ids[i]);
        if (role && role->for_machines && role_has_scope(role, scope->id))
            return (struct scope_decision){name, role, NULL};
    }
    return (struct scope_decision){name, NULL,
                                   app->role_count ? "none of the application's roles grants it"
                                                   : "the application has no role"};
}

static bool already_decided(const struct scope_decision *decisions, size_t count, struct str name)
{
    for (size_t i = 0; i < count; i++)
        if (str_eq(decisions[i].name, name))
            return true;
    return false;
}

static void append_word(char *text, size_t *n, struct str word)
{
    if (*n)
        text[(*n)++] = ' ';
    memcpy(text + *n, word.p, word.n);
    *n += word.n;
}

bool access_decide(struct arena *arena, const struct snapshot *snapshot, const struct app *app,
                   const struct resource_entry *resource, struct str requested, struct access *out)
{
    size_t words = 1;
    for (size_t i = 0; i < requested.n; i++)
        words += requested.p[i] == ' ';
    words = words < MAX_SCOPES ? words : MAX_SCOPES;
    struct scope_decision *decisions = ARENA_ARRAY(arena, struct scope_decision, words);
    char *granted = arena_bytes(arena, requested.n + 1);
    char *dropped = arena_bytes(arena, requested.n + 1);
    if (!decisions || !granted || !dropped)
        return false;

    size_t count = 0, granted_n = 0, dropped_n = 0;
    struct str rest = requested, word;
    while (count < words && (word = str_split(&rest, ' ')).p) {
        if (!word.n || already_decided(decisions, count, word))
            continue;
        decisions[count] = decide(snapshot, app, resource, word);
        if (decisions[count++].role)
            append_word(granted, &granted_n, word);
        else
            append_word(dropped, &dropped_n, word);
    }
    *out = (struct access){{granted, granted_n}, {dropped, dropped_n}, decisions, count};
    return true;
}
