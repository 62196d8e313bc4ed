/* Reading the bootstrap file: every member is checked, unknown ones are refused as typing mistakes.
 */
#include "cli/bootstrap.h"

#include <errno.h>
#include <stdio.h>

#include "base/credential.h"

#define FILE_MAX    ((size_t)1 << 20)
#define TEXT_MAX    128
#define EXPIRES_MAX ((int64_t)365 * 86400) /* seconds */

/* Where reading is, for messages. */
struct reader {
    struct arena *arena;
    const char *path;
    struct str *why;
};

static bool wrong(const struct reader *reader, const char *what, const char *why)
{
    *reader->why =
        arena_printf(reader->arena, "SIGNET_BOOTSTRAP: %s: %s %s", reader->path, what, why);
    return false;
}

/* "clients[2].secret" */
static const char *client_member(const struct reader *reader, size_t client, const char *member)
{
    struct str text =
        arena_printf(reader->arena, "clients[%zu]%s%s", client, *member ? "." : "", member);
    return text.p ? text.p : member;
}

/* The file's text; it ends with a NUL that is not counted. */
static bool read_file(const struct reader *reader, struct str *text)
{
    FILE *file = fopen(reader->path, "re");
    if (!file)
        return wrong(reader, "cannot be read:", strerror(errno));
    char *bytes = arena_bytes(reader->arena, FILE_MAX);
    size_t n = bytes ? fread(bytes, 1, FILE_MAX, file) : 0;
    bool whole = bytes && !ferror(file) && n < FILE_MAX;
    fclose(file);
    *text = (struct str){bytes, n};
    return whole || wrong(reader, "cannot be read:", "it is larger than 1 MiB or not a file");
}

/* Members of object beyond names (NULL-ended) are typing mistakes. */
static bool check_members(const struct reader *reader, const char *what, json *object,
                          const char *const *names)
{
    size_t i, max;
    json *key, *value;
    if (!yyjson_is_obj(object))
        return wrong(reader, what, "must be an object");
    yyjson_obj_foreach(object, i, max, key, value)
    {
        const char *const *name = names;
        while (*name && !str_eq(str_of(*name), json_str(key)))
            name++;
        if (!*name)
            return wrong(reader, what,
                         arena_printf(reader->arena, "has an unknown member \"%.*s\"",
                                      STR_ARG(json_str(key)))
                             .p);
    }
    return true;
}

static bool read_text(const struct reader *reader, const char *what, json *value, size_t max,
                      struct str *out)
{
    *out = json_str(value);
    if (!out->n)
        return wrong(reader, what, "must be a string that is not empty");
    if (memchr(out->p, '\0', out->n))
        return wrong(reader, what, "has a NUL character in it");
    return out->n <= max || wrong(reader, what, "is too long");
}

static bool read_names(const struct reader *reader, const char *what, json *value,
                       struct id_list *out)
{
    size_t i, max;
    json *item;
    if (value && !yyjson_is_arr(value))
        return wrong(reader, what, "must be an array of strings");
    yyjson_arr_foreach(value, i, max, item)
    {
        if (!json_str(item).n)
            return wrong(reader, what, "must hold strings that are not empty");
        if (memchr(json_str(item).p, '\0', json_str(item).n))
            return wrong(reader, what, "has a NUL character in it");
    }
    return id_list_parse(value, reader->arena, out) == OK ||
           wrong(reader, what, "needs more memory");
}

/* Whose client it is; the default tenant's unless it says "admin". */
static bool read_owner(const struct reader *reader, const char *what, json *value, int *out)
{
    struct str name = value ? json_str(value) : STR("default");
    bool admin = str_eq(name, STR("admin"));
    *out = admin ? TENANT_ADMIN : TENANT_DEFAULT;
    return admin || str_eq(name, STR("default")) ||
           wrong(reader, what, "must be \"default\" or \"admin\"");
}

static bool read_client(const struct reader *reader, size_t i, json *value,
                        struct bootstrap_client *out)
{
    static const char *const names[] = {"id",     "name",  "secret", "secretName",
                                        "scopes", "roles", "tenant", NULL};
    const char *why;
    json *secret_name = json_get(value, STR("secretName"));
    out->secret_name = STR("Default secret");
    if (!check_members(reader, client_member(reader, i, ""), value, names) ||
        !read_text(reader, client_member(reader, i, "id"), json_get(value, STR("id")), TEXT_MAX,
                   &out->id) ||
        !read_text(reader, client_member(reader, i, "name"), json_get(value, STR("name")), TEXT_MAX,
                   &out->name) ||
        !read_text(reader, client_member(reader, i, "secret"), json_get(value, STR("secret")),
                   TEXT_MAX, &out->secret) ||
        (secret_name && !read_text(reader, client_member(reader, i, "secretName"), secret_name,
                                   TEXT_MAX, &out->secret_name)) ||
        !read_names(reader, client_member(reader, i, "scopes"), json_get(value, STR("scopes")),
                    &out->scopes) ||
        !read_names(reader, client_member(reader, i, "roles"), json_get(value, STR("roles")),
                    &out->roles) ||
        !read_owner(reader, client_member(reader, i, "tenant"), json_get(value, STR("tenant")),
                    &out->tenant))
        return false;
    why = credential_check_id(out->id);
    if (why)
        return wrong(reader, client_member(reader, i, "id"), why);
    why = credential_check_secret(out->secret);
    return !why || wrong(reader, client_member(reader, i, "secret"), why);
}

static bool read_clients(const struct reader *reader, json *value, struct bootstrap *out)
{
    size_t i, max;
    json *item;
    if (value && !yyjson_is_arr(value))
        return wrong(reader, "clients", "must be an array");
    struct bootstrap_client *clients =
        ARENA_ARRAY(reader->arena, struct bootstrap_client, yyjson_arr_size(value));
    if (!clients)
        return wrong(reader, "clients", "need more memory");
    yyjson_arr_foreach(value, i, max, item)
    {
        if (!read_client(reader, i, item, &clients[i]))
            return false;
        for (size_t other = 0; other < i; other++) {
            if (str_eq(clients[other].id, clients[i].id))
                return wrong(reader, client_member(reader, i, "id"), "is another client's, too");
        }
    }
    out->clients = clients;
    out->count = yyjson_arr_size(value);
    return true;
}

static bool read_invitation(const struct reader *reader, json *value, struct bootstrap *out)
{
    static const char *const names[] = {"token", "expiresIn", NULL};
    const char *why;
    json *expires = json_get(value, STR("expiresIn"));
    if (!value)
        return true;
    if (!check_members(reader, "operatorInvitation", value, names) ||
        !read_text(reader, "operatorInvitation.token", json_get(value, STR("token")), TEXT_MAX,
                   &out->invitation))
        return false;
    why = credential_check_secret(out->invitation);
    if (why)
        return wrong(reader, "operatorInvitation.token", why);
    int64_t seconds = expires ? yyjson_get_sint(expires) : INVITATION_MS / 1000;
    if ((expires && !yyjson_is_int(expires)) || seconds < 1 || seconds > EXPIRES_MAX)
        return wrong(reader, "operatorInvitation.expiresIn", "must be 1 to 31536000 seconds");
    out->invitation_ms = seconds * 1000;
    return true;
}

/* Room for members of the tenant itself; so far there is one. */
static bool read_tenant(const struct reader *reader, json *value)
{
    static const char *const names[] = {"id", NULL};
    if (!value)
        return true;
    if (!check_members(reader, "tenant", value, names))
        return false;
    json *id = json_get(value, STR("id"));
    return !id || str_eq(json_str(id), STR("default")) ||
           wrong(reader, "tenant.id", "must be \"default\"");
}

bool bootstrap_read(const struct config *config, struct arena *arena, struct bootstrap *out,
                    struct str *why)
{
    static const char *const names[] = {"tenant", "operatorInvitation", "clients", NULL};
    const struct reader reader = {arena, config->bootstrap, why};
    struct str text;
    json *root;
    *out = (struct bootstrap){.invitation_ms = INVITATION_MS};
    if (!config->bootstrap[0])
        return true;
    if (!read_file(&reader, &text))
        return false;
    if (json_parse(arena, text, &root, NULL) != JSON_OK)
        return wrong(&reader, "the file", "is not JSON, or names a member twice");
    return check_members(&reader, "the file", root, names) &&
           read_tenant(&reader, json_get(root, STR("tenant"))) &&
           read_invitation(&reader, json_get(root, STR("operatorInvitation")), out) &&
           read_clients(&reader, json_get(root, STR("clients")), out);
}
