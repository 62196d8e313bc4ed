/* Imports of users: the queue of files, and what one line of a file means. */
#include "domain/user_imports.h"

#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#include "crypto/password.h"
#include "domain/users.h"

#define LONGEST    128
#define ISSUES_MAX ((size_t)16 * 1024)

/* ---- The queue ---- */

static struct {
    pthread_mutex_t lock;
    pthread_cond_t filled;
    struct user_import *first;
    bool woken;
} queue = {.lock = PTHREAD_MUTEX_INITIALIZER, .filled = PTHREAD_COND_INITIALIZER};

void user_imports_offer(struct user_import *import)
{
    pthread_mutex_lock(&queue.lock);
    struct user_import **at = &queue.first;
    while (*at)
        at = &(*at)->next;
    import->next = NULL;
    *at = import;
    pthread_cond_signal(&queue.filled);
    pthread_mutex_unlock(&queue.lock);
}

struct user_import *user_imports_take(bool wait)
{
    pthread_mutex_lock(&queue.lock);
    while (wait && !queue.first && !queue.woken)
        pthread_cond_wait(&queue.filled, &queue.lock);
    queue.woken = false;
    struct user_import *import = queue.first;
    if (import)
        queue.first = import->next;
    pthread_mutex_unlock(&queue.lock);
    return import;
}

void user_imports_wake(void)
{
    pthread_mutex_lock(&queue.lock);
    queue.woken = true;
    pthread_cond_signal(&queue.filled);
    pthread_mutex_unlock(&queue.lock);
}

void user_import_free(struct user_import *import)
{
    if (!import)
        return;
    close(import->fd);
    free(import);
}

/* ---- A line ---- */

static bool is_id_byte(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-';
}

/* What stands in addresses as it is, and in no other system is longer. */
static bool check_id(json *value)
{
    struct str id = json_str(value);
    for (size_t i = 0; i < id.n; i++)
        if (!is_id_byte(id.p[i]))
            return false;
    return true;
}

/* {"github":{"userId":"1234","details":{…}}} */
static bool check_identities(json *value)
{
    size_t index, max;
    json *target, *identity;
    yyjson_obj_foreach(value, index, max, target, identity)
    {
        struct str account = json_str(json_get(identity, STR("userId")));
        if (!account.n || !json_str(target).n || !str_is_utf8(account) ||
            !str_is_utf8(json_str(target)))
            return false;
    }
    return true;
}

#define TEXT(json_name, flag, rule, longest, text)                                                 \
    {                                                                                              \
        .name = STR_INIT(json_name), .type = FIELD_STRING, .max = (longest), .check = (rule),      \
        .flags = FIELD_CREATE | FIELD_NULLABLE | (flag), .format = "regex", .doc = (text)          \
    }
#define TIME(json_name, text)                                                                      \
    {                                                                                              \
        .name = STR_INIT(json_name), .type = FIELD_INT, .flags = FIELD_CREATE | FIELD_NULLABLE,    \
        .max = FIELD_INT_MAX, .doc = (text)                                                        \
    }

const struct field user_import_fields[] = {
    TEXT("id", FIELD_NOT_EMPTY, check_id, 64, "Letters, digits, `_` and `-`; made when missing."),
    TEXT("username", 0, user_check_username, LONGEST, "Letters, digits and `_`, no digit first."),
    TEXT("primaryEmail", 0, user_check_email, LONGEST, "Unique."),
    TEXT("primaryPhone", 0, user_check_phone, LONGEST, "Digits with the country code. Unique."),
    TEXT("name", 0, NULL, LONGEST, "Full name."),
    TEXT("avatar", 0, user_check_avatar, 2048, "Address of a picture."),
    {.name = STR_INIT("customData"), .type = FIELD_MAP, .flags = FIELD_CREATE, .doc = "Anything."},
    {.name = STR_INIT("profile"),
     .type = FIELD_OBJECT,
     .flags = FIELD_CREATE,
     .fields = user_profile_fields,
     .doc = "Further claims of OpenID Connect."},
    {.name = STR_INIT("identities"),
     .type = FIELD_MAP,
     .flags = FIELD_CREATE,
     .check = check_identities,
     .doc = "Social identities: `{\"TARGET\":{\"userId\":\"…\",\"details\":{…}}}`."},
    {.name = STR_INIT("isSuspended"),
     .type = FIELD_BOOL,
     .flags = FIELD_CREATE,
     .doc = "Whether the user may not sign in."},
    TIME("createdAt", "In milliseconds since 1970; now when missing."),
    TIME("lastSignInAt", "In milliseconds since 1970."),
    TEXT("passwordDigest", FIELD_SECRET, NULL, 256, "A digest from another system."),
    {.name = STR_INIT("passwordAlgorithm"),
     .type = FIELD_ENUM,
     .flags = FIELD_CREATE | FIELD_NULLABLE,
     .options = password_algorithms,
     .doc = "What made the digest. It is replaced by Argon2id at the first password verified."},
    FIELDS_END,
};

static enum err parse_line(struct ctx *ctx, struct str line)
{
    struct buf issues = buf_new(ctx->arena, ISSUES_MAX), details = buf_new(ctx->arena, ISSUES_MAX);
    if (json_parse(ctx->arena, line, &ctx->body, NULL) != JSON_OK || !yyjson_is_obj(ctx->body))
        return fail(ctx, ERR_MALFORMED_JSON, "the line is no JSON object");
    if (json_get(ctx->body, STR("password")))
        return fail(ctx, ERR_IMPORT_PASSWORD);
    if (schema_check(user_import_fields, BODY_CREATE, ctx->body, ctx->arena, &issues, &details))
        return OK;
    struct str why = buf_view(&details);
    return fail_text(ctx, ERR_INVALID_BODY, "%.*s", STR_ARG(why));
}

static int64_t moment(const struct ctx *ctx, struct str name)
{
    int64_t ms = 0;
    return field_int(ctx_body(ctx, name), &ms) ? ms : 0;
}

/* With a digest of another form nobody could ever sign in. */
static enum err check_digest(struct ctx *ctx, struct user_password password)
{
    enum err err = user_password_check(ctx, password);
    if (err || password_digest_fits(password.algorithm, password.digest))
        return err;
    return fail_text(ctx, ERR_INVALID_BODY, "passwordDigest is none of %.*s",
                     STR_ARG(password.algorithm));
}

/* In tokens the subject alone would not tell a user from an application. RFC 9068 5 */
static enum err check_no_client(struct ctx *ctx, struct str id)
{
    struct db_rows rows;
    enum err err = db_query(ctx->db, "SELECT 1 FROM applications WHERE id = $1",
                            DB_PARAMS(db_text_value(id)), ctx->arena, &rows);
    if (err)
        return fail(ctx, err);
    return rows.count ? fail_text(ctx, ERR_INVALID_BODY, "id is that of an application") : OK;
}

enum err user_import_line(struct ctx *ctx, struct str line)
{
    struct db_rows rows;
    enum err err = parse_line(ctx, line);
    if (err)
        return err;
    struct user_password password = {
        json_str(ctx_body(ctx, STR("passwordDigest"))),
        json_str(ctx_body(ctx, STR("passwordAlgorithm"))),
    };
    const struct user_past past = {
        .id = json_str(ctx_body(ctx, STR("id"))),
        .identities = ctx_body(ctx, STR("identities")),
        .is_suspended = yyjson_get_bool(ctx_body(ctx, STR("isSuspended"))),
        .created_at = moment(ctx, STR("createdAt")),
        .last_sign_in_at = moment(ctx, STR("lastSignInAt")),
    };
    if (past.id.n && (err = check_no_client(ctx, past.id)))
        return err;
    if (!password.digest.n)
        password = (struct user_password){STR_NONE, STR_NONE};
    else if ((err = check_digest(ctx, password)))
        return err;
    return user_insert_past(ctx, ctx->body, password, &past, &rows);
}
