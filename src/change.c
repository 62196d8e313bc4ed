/* The steps around a change's handler: condition, repetition, rehearsal, traces. */
#include "change.h"

#include "answer.h"
#include "crypto/digest.h"
#include "domain/audit.h"
#include "domain/hooks.h"
#include "domain/opaque.h"
#include "domain/sealed.h"
#include "input.h"

#define KEY_MAX     255
#define FIRST_FAULT 500 /* status */
#define LOCKS       64
#define LIFE_MS     ((int64_t)IDEMPOTENCY_HOURS * 3600 * 1000)
#define TEXT_MAX    1024
#define ANSWER      "idempotency_keys|answer"

/* ---- What is asked for ---- */

static bool is_key(struct str key)
{
    for (size_t i = 0; i < key.n; i++) {
        if (key.p[i] < '!' || key.p[i] > '~')
            return false;
    }
    return key.n > 0 && key.n <= KEY_MAX;
}

static enum err ask_once(struct ctx *ctx)
{
    size_t count = 0;
    struct str key = http_header_get(ctx->request, STR("idempotency-key"), &count);
    if (!count || ctx->route->method != HTTP_M_POST)
        return OK;
    if (count > 1 || !is_key(key))
        return fail(ctx, ERR_IDEMPOTENCY_KEY);
    ctx->change.once = key;
    return OK;
}

enum err change_ask_rehearsal(struct ctx *ctx)
{
    struct form form;
    if (!ctx->request->query.n)
        return OK;
    if (!form_parse(ctx->request->query, ctx->arena, &form))
        return OK; /* the input check has its say on it */
    struct str wish = form_get(&form, STR("dryRun"), NULL);
    if (!wish.n || str_eq(wish, STR("0")) || str_eq(wish, STR("false")))
        return OK;
    if (!str_eq(wish, STR("1")) && !str_eq(wish, STR("true")))
        return fail(ctx, ERR_DRY_RUN_VALUE);
    if (ctx->route->rehearses)
        return OK;
    if (ctx->route->sends)
        return fail(ctx, ERR_DRY_RUN_SENDS);
    ctx->change.rehearsal = true;
    return OK;
}

enum err change_ask(struct ctx *ctx)
{
    ctx->change = (struct change_wish){0};
    if (!route_changes(ctx->route))
        return OK;
    if (ctx->route->method != HTTP_M_POST) {
        ctx->change.condition = http_header_get(ctx->request, STR("if-match"), NULL);
        ctx->change.unless = http_header_get(ctx->request, STR("if-none-match"), NULL);
    }
    enum err err = ask_once(ctx);
    return err ? err : change_ask_rehearsal(ctx);
}

static bool has_condition(const struct ctx *ctx)
{
    return ctx->change.condition.p || ctx->change.unless.p;
}

bool change_needs_writer(const struct ctx *ctx)
{
    return ctx->change.once.p || has_condition(ctx) || ctx->change.rehearsal;
}

/* ---- If-Match and If-None-Match (RFC 9110 13.1) ---- */

/* weak: W/ makes no difference; else it is no match. */
static bool matches(struct str condition, struct str etag, bool weak)
{
    struct str each;
    while ((each = str_split(&condition, ',')).p) {
        struct str tag = str_trim(each);
        if (weak && str_starts(tag, STR("W/")))
            tag = str_from(tag, 2);
        if (str_eq(tag, STR("*")) || str_eq(tag, etag))
            return true;
    }
    return false;
}

/* Two transactions that look at the same thing shall not both find it unchanged. The embedded
 * database has one writer; elsewhere the second meets a conflict here, and starts anew. */
static enum err lock_address(struct ctx *ctx)
{
    uint8_t digest[SHA256_SIZE];
    if (db_is_embedded(ctx->tenant->db))
        return OK;
    sha256(ctx->request->path, digest);
    return db_exec(ctx->db,
                   "INSERT INTO change_locks (id, taken) VALUES ($1, 1) "
                   "ON CONFLICT (id) DO UPDATE SET taken = change_locks.taken + 1",
                   DB_PARAMS(db_int_value(digest[0] % LOCKS)), NULL);
}

/* What GET at the same address answers here and now; NULL when memory is out. */
static struct ctx *look(struct ctx *ctx, const struct route_match *match, enum err *err)
{
    struct ctx *seen = ARENA_NEW(ctx->arena, struct ctx);
    if (!seen)
        return NULL;
    *seen = *ctx;
    seen->route = match->route;
    seen->can_write = false;
    memcpy(seen->params, match->params, sizeof seen->params);
    answer_reset(seen);
    *err = input_check(seen);
    if (!*err)
        *err = seen->route->handle(seen);
    if (!*err && seen->answer.body.failed)
        *err = ERR_NO_MEMORY;
    return seen;
}

/* When GET is refused, the change itself says why (RFC 9110 13.2.1); when it could not be told,
 * there is no change. */
static enum err check_condition(struct ctx *ctx, struct ctx *seen, enum err looked)
{
    if (looked)
        return error_info(looked)->status < FIRST_FAULT ? OK : fail(ctx, looked);
    struct str etag = answer_etag(seen);
    if (ctx->change.condition.p && !matches(ctx->change.condition, etag, false))
        return fail(ctx, ERR_CHANGED_SINCE);
    return ctx->change.unless.p && matches(ctx->change.unless, etag, true)
               ? fail(ctx, ERR_EXISTS_ALREADY)
               : OK;
}

/* Looks at what is about to change, for the condition and for the audit row. */
static enum err look_before(struct ctx *ctx)
{
    struct route_match match = {0};
    bool asked = has_condition(ctx);
    ctx->change.former = STR_NONE;
    router_find(ctx->router, HTTP_M_GET, ctx->request->path, ctx->request->listener, ctx->arena,
                &match);
    bool readable = match.route && match.route->method == HTTP_M_GET;
    bool told = readable && audit_wants_former(ctx, match.route);
    if (asked && !readable)
        return fail(ctx, ERR_NO_ENTITY_TAG);
    if (!asked && !told)
        return OK;
    enum err looked = OK, err = asked ? lock_address(ctx) : OK;
    struct ctx *seen = err ? NULL : look(ctx, &match, &looked);
    if (!seen)
        return err ? err : fail(ctx, ERR_NO_MEMORY);
    if (asked && (err = check_condition(ctx, seen, looked)))
        return err;
    if (!looked && told)
        audit_keep_former(ctx, buf_view(&seen->answer.body));
    return OK;
}

/* ---- Idempotency-Key ---- */

static struct str caller_of(const struct ctx *ctx)
{
    return arena_printf(ctx->arena, "%s%s:%.*s", ctx->caller.from_admin ? "admin " : "",
                        ctx->caller.kind == CALLER_USER ? "user" : "application",
                        STR_ARG(ctx->caller.id));
}

/* What makes two requests the same: method, address, body; and what the token may see of the
 * answer. */
static struct str fingerprint_of(struct ctx *ctx)
{
    const struct http_request *request = ctx->request;
    const struct str parts[] = {request->method_name, request->path, request->query, request->body,
                                ctx->caller.scopes};
    struct buf digests = buf_new(ctx->arena, TEXT_MAX);
    for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++)
        buf_str(&digests, opaque_digest(ctx->arena, parts[i].p ? parts[i] : STR("")));
    struct str whole = buf_view(&digests);
    return whole.p ? opaque_digest(ctx->arena, whole) : STR_NONE;
}

static struct str row_of(struct ctx *ctx, struct str caller)
{
    return arena_printf(ctx->arena, "%.*s|%.*s", STR_ARG(caller), STR_ARG(ctx->change.once));
}

/* The kept answer of an earlier request with the key. */
static enum err replay(struct ctx *ctx, struct str caller, struct str fingerprint)
{
    struct db_rows rows;
    enum err err = db_query(
        ctx->db,
        "SELECT fingerprint, status, sealed FROM idempotency_keys WHERE caller = $1 AND key = $2",
        DB_PARAMS(db_text_value(caller), db_text_value(ctx->change.once)), ctx->arena, &rows);
    if (err)
        return err;
    if (!rows.count)
        return fail(ctx, ERR_DB_CONFLICT);
    if (!str_eq(db_text(&rows, 0, 0), fingerprint))
        return fail(ctx, ERR_IDEMPOTENCY_MISMATCH);
    struct str body;
    if ((err = sealed_open(ctx, ANSWER, row_of(ctx, caller), db_text(&rows, 0, 2), &body)))
        return err;
    ctx->answer.status = (int)db_int(&rows, 0, 1);
    ctx->answer.no_store = true;
    buf_str(&ctx->answer.body, body);
    ctx_header(ctx, STR("Idempotent-Replayed"), STR("true"));
    return OK;
}

/* Takes the key, or finds it taken. A key that is taken by a transaction under way is waited for.
 */
static enum err take_key(struct ctx *ctx, struct str caller, bool *taken)
{
    struct str fingerprint = fingerprint_of(ctx);
    int64_t count = 0;
    if (!caller.p || !fingerprint.p)
        return fail(ctx, ERR_NO_MEMORY);
    enum err err = db_exec(ctx->db, "DELETE FROM idempotency_keys WHERE created_at < $1",
                           DB_PARAMS(db_int_value(ctx->now - LIFE_MS)), NULL);
    if (!err)
        err = db_exec(ctx->db,
                      "INSERT INTO idempotency_keys (caller, key, fingerprint, created_at) "
                      "VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
                      DB_PARAMS(db_text_value(caller), db_text_value(ctx->change.once),
                                db_text_value(fingerprint), db_int_value(ctx->now)),
                      &count);
    *taken = count == 1;
    return err || *taken ? err : replay(ctx, caller, fingerprint);
}

/* The body may hold a secret that was just made. */
static enum err keep_answer(struct ctx *ctx, struct str caller)
{
    const struct answer *answer = &ctx->answer;
    struct str sealed;
    enum err err = sealed_make(ctx, ANSWER, row_of(ctx, caller), buf_view(&answer->body), &sealed);
    if (err)
        return err;
    int status = answer->status ? answer->status : ctx->route->status;
    return db_exec(
        ctx->db,
        "UPDATE idempotency_keys SET status = $1, sealed = $2 WHERE caller = $3 AND key = $4",
        DB_PARAMS(db_int_value(status), db_text_value(sealed), db_text_value(caller),
                  db_text_value(ctx->change.once)),
        NULL);
}

/* ---- All of it ---- */

static enum err run_and_trace(struct ctx *ctx)
{
    enum err err = look_before(ctx);
    if (!err)
        err = ctx->route->handle(ctx);
    if (!err)
        err = audit_change(ctx);
    if (!err)
        err = hooks_note_change(ctx);
    if (!err && ctx->tenant->tag == TENANT_ADMIN)
        err = change_note(ctx, CHANGE_OPERATORS, STR(""));
    if (!err && ctx->change.rehearsal)
        ctx_header(ctx, STR("Signet-Dry-Run"), STR("true"));
    return err;
}

enum err change_run(struct ctx *ctx)
{
    if (!ctx->change.once.p)
        return run_and_trace(ctx);
    struct str caller = caller_of(ctx);
    bool taken = false;
    enum err err = take_key(ctx, caller, &taken);
    if (err || !taken)
        return err;
    err = run_and_trace(ctx);
    if (!err)
        return keep_answer(ctx, caller);
    if (ctx->keep_writes) /* the refusal is committed, but can be asked for again */
        db_exec(ctx->db, "DELETE FROM idempotency_keys WHERE caller = $1 AND key = $2",
                DB_PARAMS(db_text_value(caller), db_text_value(ctx->change.once)), NULL);
    return err;
}
