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

/* Whose roles decide, and what to say when they do not grant a scope. */
struct holder {
    const struct role_entry **roles; /* for machines; one that is gone is left out */
    size_t count;
    const char *unknown_scope, *no_role, *not_granted;
};

static void add_role(struct holder *holder, const struct role_entry *role)
{
    if (role && role->for_machines)
        holder->roles[holder->count++] = role;
}

static struct scope_decision decide(const struct holder *holder,
                                    const struct resource_entry *resource, struct str name)
{
    const struct scope_entry *scope = find_scope(resource, name);
    if (!scope)
        return (struct scope_decision){name, NULL, holder->unknown_scope};
    for (size_t i = 0; i < holder->count; i++)
        if (role_has_scope(holder->roles[i], scope->id))
            return (struct scope_decision){name, holder->roles[i], NULL};
    return (struct scope_decision){name, NULL,
                                   holder->count ? holder->not_granted : holder->no_role};
}

static bool already_decided(const struct scope_decision *decisions, size_t count, struct str name)
{
    for (size_t i = 0; i < count; i++)
        if (str_eq(decisions[i].name, name))
            return true;
    return false;
}

/* At most so many are there. */
static size_t count_words(struct str words)
{
    size_t count = 1;
    for (size_t i = 0; i < words.n; i++)
        count += words.p[i] == ' ';
    return count;
}

static void append_word(char *text, size_t *n, struct str word)
{
    if (*n)
        text[(*n)++] = ' ';
    memcpy(text + *n, word.p, word.n);
    *n += word.n;
}

static bool decide_all(struct arena *arena, const struct holder *holder,
                       const struct resource_entry *resource, struct str requested,
                       struct access *out)
{
    size_t words = count_words(requested);
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
        decisions[count] = decide(holder, resource, word);
        if (decisions[count++].role)
            append_word(granted, &granted_n, word);
        else
            append_word(dropped, &dropped_n, word);
    }
    *out = (struct access){{granted, granted_n}, {dropped, dropped_n}, decisions, count};
    return true;
}

bool access_decide(struct arena *arena, const struct snapshot *snapshot, const struct app *app,
                   const struct resource_entry *resource, struct str requested, struct access *out)
{
    struct holder holder = {
        .roles = ARENA_ARRAY(arena, const struct role_entry *, app->role_count),
        .unknown_scope = "the resource has no scope of this name",
        .no_role = "the application has no role",
        .not_granted = "none of the application's roles grants it",
    };
    if (!holder.roles)
        return false;
    for (size_t i = 0; i < app->role_count; i++)
        add_role(&holder, snapshot_role(snapshot, app->role_ids[i]));
    return decide_all(arena, &holder, resource, requested, out);
}

bool access_decide_organization(struct arena *arena, const struct snapshot *snapshot,
                                struct str role_ids, const struct resource_entry *resource,
                                struct str requested, struct access *out)
{
    struct holder holder = {
        .roles = ARENA_ARRAY(arena, const struct role_entry *, count_words(role_ids)),
        .unknown_scope = resource->indicator.n ? "the resource has no scope of this name"
                                               : "there is no organization scope of this name",
        .no_role = "the application has no role in the organization",
        .not_granted = "none of the application's roles in the organization grants it",
    };
    struct str id;
    if (!holder.roles)
        return false;
    while ((id = str_split(&role_ids, ' ')).p)
        add_role(&holder, snapshot_organization_role(snapshot, id));
    return decide_all(arena, &holder, resource, requested, out);
}
