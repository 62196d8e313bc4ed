/* /api/one-time-tokens: links that sign the owner of an email address in, once. */
#include "domain/one_time_tokens.h"
#include "base/ids.h"
#include "domain/opaque.h"
#include "domain/sealed.h"

#define TOKEN_LENGTH 32
#define DEFAULT_TTL  600 /* seconds */

static const char *const states[] = {"active", "consumed", "revoked", "expired", NULL};

static const char *const interaction_events[] = {"SignIn", "Register", "ForgotPassword", NULL};

static const struct field id_item = {.type = FIELD_STRING};
static const struct field context_fields[] = {
    {.name = STR_INIT("jitOrganizationIds"),
     .type = FIELD_ARRAY,
     .flags = FIELD_WRITE | FIELD_MAYBE,
     .item = &id_item,
     .doc = "Organizations that its owner joins."},
    {.name = STR_INIT("interactionEvent"),
     .type = FIELD_ENUM,
     .flags = FIELD_WRITE | FIELD_MAYBE,
     .options = interaction_events,
     .doc = "What it is for; any, when not given."},
    FIELDS_END,
};
static const struct field stored_fields[] = {
    {.name = STR_INIT("id"), .column = "id", .type = FIELD_STRING},
    {.name = STR_INIT("email"), .column = "email", .type = FIELD_STRING, .flags = FIELD_CREATE},
    {.name = STR_INIT("sealed"), .column = "sealed", .type = FIELD_STRING},
    {.name = STR_INIT("context"),
     .column = "context",
     .type = FIELD_OBJECT,
     .flags = FIELD_CREATE,
     .fields = context_fields,
     .fallback = "{}"},
    {.name = STR_INIT("status"), .column = "status", .type = FIELD_STRING, .flags = FIELD_UPDATE},
    {.name = STR_INIT("createdAt"), .column = "created_at", .type = FIELD_INT},
    {.name = STR_INIT("expiresAt"), .column = "expires_at", .type = FIELD_INT},
    FIELDS_END,
};
enum { ID, EMAIL, SEALED, CONTEXT, STATUS, CREATED_AT, EXPIRES_AT };

static const struct entity entity = {
    .name = STR_INIT("one_time_tokens"),
    .table = "one_time_tokens",
    .fields = stored_fields,
    .order = "created_at DESC, id",
};

#define TOKEN  "one_time_tokens|token"
#define MASKED STR("********") /* for callers that could not make one */

static bool is_active(struct ctx *ctx, const struct db_rows *rows, size_t row)
{
    return str_eq(db_text(rows, row, STATUS), STR("active")) &&
           db_int(rows, row, EXPIRES_AT) > ctx->now;
}

/* An active one whose time is over is shown as expired. */
static enum err put_token(struct ctx *ctx, const struct db_rows *rows, size_t row, bool reveal)
{
    struct json_out *out = &ctx->answer.json;
    struct str status = db_text(rows, row, STATUS), token = MASKED;
    enum err err =
        reveal ? sealed_open(ctx, TOKEN, db_text(rows, row, ID), db_text(rows, row, SEALED), &token)
               : OK;
    if (err)
        return err;
    if (str_eq(status, STR("active")) && !is_active(ctx, rows, row))
        status = STR("expired");
    ctx->answer.no_store = true;
    json_open_object(out);
    JSON_STR(out, "tenantId", ctx->tenant->id);
    JSON_STR(out, "id", db_text(rows, row, ID));
    JSON_STR(out, "email", db_text(rows, row, EMAIL));
    JSON_STR(out, "token", token);
    JSON_RAW(out, "context", db_text(rows, row, CONTEXT));
    JSON_STR(out, "status", status);
    JSON_INT(out, "createdAt", db_int(rows, row, CREATED_AT));
    JSON_INT(out, "expiresAt", db_int(rows, row, EXPIRES_AT));
    json_close_object(out);
    return OK;
}

/* ---- Handlers ---- */

static enum err list_tokens(struct ctx *ctx)
{
    struct db_rows rows;
    struct db_value email = db_text_value(ctx_query(ctx, STR("email")));
    struct db_value status[] = {db_text_value(ctx_query(ctx, STR("status"))),
                                db_int_value(ctx->now)};
    struct crud_filter filters[2];
    size_t count = 0;
    if (email.s.n)
        filters[count++] = (struct crud_filter){"email = $1", &email, 1};
    if (status[0].s.n)
        filters[count++] = (struct crud_filter){
            "$1 = CASE WHEN status = 'active' AND expires_at <= $2 THEN 'expired' ELSE status END",
            status, 2};
    enum err err = entity_list(ctx, &entity, filters, count, &rows);
    json_open_array(&ctx->answer.json);
    for (size_t i = 0; !err && i < rows.count; i++)
        err = put_token(ctx, &rows, i, ctx_may_reveal(ctx));
    json_close_array(&ctx->answer.json);
    return err;
}

static enum err get_token(struct ctx *ctx)
{
    struct db_rows rows;
    enum err err = entity_get(ctx, &entity, ctx->params[0], &rows);
    return err ? err : put_token(ctx, &rows, 0, ctx_may_reveal(ctx));
}

static enum err create_token(struct ctx *ctx)
{
    struct db_rows rows;
    char made[ID_LENGTH], token[TOKEN_LENGTH];
    struct str id = {made, sizeof(made)}, plain = {token, sizeof(token)}, sealed;
    int64_t ttl = DEFAULT_TTL;
    id_random(made, sizeof(made));
    secret_random(token, sizeof(token));
    field_int(ctx_body(ctx, STR("expiresIn")), &ttl);
    struct str digest = opaque_digest(ctx->arena, plain);
    enum err err =
        digest.p ? sealed_make(ctx, TOKEN, id, plain, &sealed) : fail(ctx, ERR_NO_MEMORY);
    if (err)
        return err;
    const struct crud_set sets[] = {
        {"id", db_text_value(id)},
        {"digest", db_text_value(digest)},
        {"sealed", db_text_value(sealed)},
        {"status", db_text_value(STR("active"))},
        {"created_at", db_int_value(ctx->now)},
        {"expires_at", db_int_value(ctx->now + ttl * 1000)},
    };
    err = crud_insert(ctx->db, &entity, ctx->body, sets, sizeof(sets) / sizeof(*sets), ctx->arena,
                      &rows);
    return err ? err : put_token(ctx, &rows, 0, true);
}

static enum err verify_token(struct ctx *ctx)
{
    struct db_rows rows;
    struct one_time_token used;
    enum err err = one_time_token_use(ctx, json_str(ctx_body(ctx, STR("token"))),
                                      json_str(ctx_body(ctx, STR("email"))), STR_NONE, &used);
    if (!err)
        err = entity_get(ctx, &entity, used.id, &rows);
    return err ? err : put_token(ctx, &rows, 0, ctx_may_reveal(ctx));
}

static enum err set_status(struct ctx *ctx)
{
    struct db_rows rows;
    bool nothing;
    enum err err = entity_get(ctx, &entity, ctx->params[0], &rows);
    if (err)
        return err;
    if (str_eq(json_str(ctx_body(ctx, STR("status"))), STR("active")))
        return fail(ctx, ERR_OTT_REACTIVATE);
    err = crud_update(ctx->db, &entity, ctx->params[0], ctx->body, NULL, 0, ctx->arena, &rows,
                      &nothing);
    return err ? err : put_token(ctx, &rows, 0, ctx_may_reveal(ctx));
}

static enum err delete_token(struct ctx *ctx)
{
    bool found;
    enum err err = crud_delete(ctx->db, &entity, ctx->params[0], &found);
    return err || found ? err : fail(ctx, ERR_NOT_FOUND);
}

/* ---- Routes ---- */

static const struct field token_fields[] = {
    {.name = STR_INIT("tenantId"), .type = FIELD_STRING, .doc = "The tenant it is in."},
    {.name = STR_INIT("id"), .type = FIELD_STRING, .doc = "Identifier."},
    {.name = STR_INIT("email"), .type = FIELD_STRING, .doc = "Whose it is."},
    {.name = STR_INIT("token"),
     .type = FIELD_STRING,
     .doc = "The token, for callers that could make one; encrypted at rest."},
    {.name = STR_INIT("context"), .type = FIELD_MAP, .doc = "What goes with it."},
    {.name = STR_INIT("status"), .type = FIELD_ENUM, .options = states, .doc = "Its state."},
    {.name = STR_INIT("createdAt"), .type = FIELD_INT, .doc = "Milliseconds since 1970."},
    {.name = STR_INIT("expiresAt"), .type = FIELD_INT, .doc = "Milliseconds since 1970."},
    FIELDS_END,
};

static const struct field create_body[] = {
    {.name = STR_INIT("email"),
     .type = FIELD_STRING,
     .flags = FIELD_CREATE | FIELD_REQUIRED | FIELD_NOT_EMPTY,
     .min = 1,
     .max = 128,
     .doc = "Whose it is."},
    {.name = STR_INIT("context"),
     .type = FIELD_OBJECT,
     .flags = FIELD_CREATE,
     .fields = context_fields,
     .doc = "What goes with it."},
    {.name = STR_INIT("expiresIn"),
     .type = FIELD_INT,
     .flags = FIELD_CREATE,
     .min = 1,
     .max = (int64_t)100 * 365 * 86400,
     .doc = "Seconds; 600 when not given."},
    FIELDS_END,
};
static const struct field verify_body[] = {
    {.name = STR_INIT("token"),
     .type = FIELD_STRING,
     .flags = FIELD_CREATE | FIELD_REQUIRED | FIELD_SECRET,
     .doc = "The token."},
    {.name = STR_INIT("email"),
     .type = FIELD_STRING,
     .flags = FIELD_CREATE | FIELD_REQUIRED | FIELD_NOT_EMPTY,
     .doc = "Whose it must be."},
    FIELDS_END,
};
static const struct field status_body[] = {
    {.name = STR_INIT("status"),
     .type = FIELD_ENUM,
     .flags = FIELD_WRITE | FIELD_REQUIRED,
     .options = states,
     .doc = "The new state."},
    FIELDS_END,
};
static const struct field list_query[] = {
    {.name = STR_INIT("email"),
     .type = FIELD_STRING,
     .flags = FIELD_CREATE,
     .check = field_is_email,
     .format = "regex",
     .doc = "Only those of this address."},
    {.name = STR_INIT("status"),
     .type = FIELD_ENUM,
     .flags = FIELD_CREATE,
     .options = states,
     .doc = "Only those in this state."},
    FIELDS_END,
};

ROUTES(one_time_tokens) = {
    {.method = HTTP_M_GET,
     .path = STR_INIT("/api/one-time-tokens"),
     .area = "one-time-tokens",
     .query = list_query,
     .paging = PAGE_OPTIONAL,
     .status = 200,
     .reply = REPLY_ARRAY,
     .reply_fields = token_fields,
     .summary = "List one-time tokens",
     .handle = list_tokens},
    {.method = HTTP_M_POST,
     .path = STR_INIT("/api/one-time-tokens"),
     .area = "one-time-tokens",
     .run = RUN_WRITE,
     .body_mode = BODY_CREATE,
     .body = create_body,
     .status = 201,
     .reply = REPLY_OBJECT,
     .reply_fields = token_fields,
     .summary = "Create a one-time token",
     .handle = create_token},
    {.method = HTTP_M_POST,
     .path = STR_INIT("/api/one-time-tokens/verify"),
     .area = "one-time-tokens",
     .run = RUN_WRITE,
     .body_mode = BODY_CREATE,
     .body = verify_body,
     .status = 200,
     .reply = REPLY_OBJECT,
     .reply_fields = token_fields,
     .summary = "Use a one-time token up",
     .handle = verify_token},
    {.method = HTTP_M_GET,
     .path = STR_INIT("/api/one-time-tokens/:id"),
     .area = "one-time-tokens",
     .status = 200,
     .reply = REPLY_OBJECT,
     .reply_fields = token_fields,
     .summary = "Get a one-time token",
     .handle = get_token},
    {.method = HTTP_M_DELETE,
     .path = STR_INIT("/api/one-time-tokens/:id"),
     .area = "one-time-tokens",
     .run = RUN_WRITE,
     .status = 204,
     .reply = REPLY_EMPTY,
     .summary = "Delete a one-time token",
     .handle = delete_token},
    {.method = HTTP_M_PUT,
     .path = STR_INIT("/api/one-time-tokens/:id/status"),
     .area = "one-time-tokens",
     .run = RUN_WRITE,
     .body_mode = BODY_CREATE,
     .body = status_body,
     .status = 200,
     .reply = REPLY_OBJECT,
     .reply_fields = token_fields,
     .summary = "Set the state of a one-time token",
     .handle = set_status},
    ROUTES_END,
};
