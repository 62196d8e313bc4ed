/* The API's OpenAPI document, kept beside the profile so that completion is quick. */
#include <errno.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "cli/api.h"

#define EXTENSION    "openapi.json"
#define DOCUMENT_MAX ((size_t)32 << 20)
#define KEEP_S       86400

static struct str read_copy(struct profile_store *store, const char *path)
{
    FILE *file = path ? fopen(path, "re") : NULL;
    struct stat st;
    if (!file)
        return STR_NONE;
    size_t size = fstat(fileno(file), &st) == 0 && st.st_size > 0 ? (size_t)st.st_size : 0;
    char *text = size && size <= DOCUMENT_MAX ? arena_bytes(store->arena, size) : NULL;
    struct str copy = {text, text ? fread(text, 1, size, file) : 0};
    fclose(file);
    return copy.n == size ? copy : STR_NONE;
}

static bool is_young(const char *path)
{
    struct stat st;
    return path && stat(path, &st) == 0 && time(NULL) - st.st_mtime < KEEP_S;
}

/* A copy that cannot be kept is fetched again next time. */
static void keep_copy(struct profile_store *store, const struct profile *profile, const char *path,
                      struct str text)
{
    char *draft = profile_store_path(store, profile->name, EXTENSION ".new");
    FILE *file = draft ? fopen(draft, "we") : NULL;
    if (!file)
        return;
    bool ok = fwrite(text.p, 1, text.n, file) == text.n;
    ok = fclose(file) == 0 && ok;
    if (!ok || rename(draft, path) != 0)
        unlink(draft);
}

static struct str fetch(struct profile_store *store, const struct profile *profile, int64_t limit_s)
{
    struct profile copy = *profile;
    struct oauth oauth = {.profile = &copy, .arena = store->arena};
    struct str url = profile_get(profile, SET_OPENAPI_URL), base = api_base(profile), why;
    if (!url.n && base.n)
        url = arena_printf(store->arena, "%.*s/api/swagger.json", STR_ARG(base));
    struct http_call call = oauth_call(&oauth, "GET", url);
    struct http_reply reply;
    call.timeout_s = limit_s;
    if (!http_client_send(&call, store->arena, &reply, &why) || reply.status != 200)
        return STR_NONE;
    return reply.body;
}

json *api_document(struct profile_store *store, const struct profile *profile, int64_t quiet_for_s)
{
    char *path = profile_store_path(store, profile->name, EXTENSION);
    struct str copy = read_copy(store, path), fresh = STR_NONE;
    json *document = NULL;
    if (!copy.n || !is_young(path))
        fresh = fetch(store, profile, quiet_for_s);
    if (fresh.n && json_parse(store->arena, fresh, &document, NULL) == JSON_OK &&
        yyjson_is_obj(json_get(document, STR("paths")))) {
        keep_copy(store, profile, path, fresh);
        return document;
    }
    return copy.n && json_parse(store->arena, copy, &document, NULL) == JSON_OK ? document : NULL;
}

/* Whether path is what template describes, {parameters} being any segment. *literal: how many
 * segments are alike to the letter. */
static bool path_matches(struct str template, struct str path, size_t *literal)
{
    *literal = 0;
    for (;;) {
        struct str have = str_split(&path, '/'), want = str_split(&template, '/');
        if (!have.p || !want.p)
            return !have.p && !want.p;
        bool parameter = want.n && want.p[0] == '{';
        if (parameter ? !have.n : !str_eq(have, want))
            return false;
        *literal += !parameter;
    }
}

json *api_document_path(json *document, struct str path)
{
    size_t i, n, literal, best = 0;
    yyjson_val *key, *value;
    json *found = NULL;
    yyjson_obj_foreach(json_get(document, STR("paths")), i, n, key, value)
    {
        if (path_matches(json_str(key), path, &literal) && (!found || literal > best)) {
            found = value;
            best = literal;
        }
    }
    return found;
}
