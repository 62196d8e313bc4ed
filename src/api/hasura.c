/* /api/authn/hasura: who sends a request, for a Hasura GraphQL engine that asks by a webhook. */
#include "domain/access_tokens.h"

#define ROLES                                                                                      \
    "SELECT 1 FROM users_roles x JOIN roles r ON r.id = x.role_id"                                 \
    " WHERE x.user_id = $1 AND r.name = $2"

/* The subject of a token of the tenant's, or of the admin tenant's for it; audience {NULL,0}: of
 * any. {NULL,0}: there is none that is valid. */
static struct str subject_of(struct ctx *ctx, struct str text, struct str audience)
{
    struct tenant *admin = ctx->tenant->admin;
    struct str issuer = ctx->tenant->issuer;
    struct access_token token = {0};
    struct token_fault fault = access_token_read(ctx->snapshot, ctx->arena, text, &token);
    bool live = !fault.code && access_token_is_live(ctx->snapshot, &token);
    if (!fault.code && str_eq(token.issuer, ctx->issuer))
        issuer = ctx->issuer; /* made for the address that a trusted proxy forwards */
    if (fault.code && admin != ctx->tenant) {
        struct snapshot *snapshot = tenant_snapshot(admin);
        fault = access_token_read(snapshot, ctx->arena, text, &token);
        live = !fault.code && access_token_is_live(snapshot, &token);
        snapshot_unref(snapshot);
        issuer = admin->issuer;
    }
    if (fault.code || !live)
        return STR_NONE;
    fault = access_token_check(&token, issuer, audience.p ? audience : token.audience, ctx->now);
    return fault.code ? STR_NONE : token.subject;
}

static struct str bearer_of(const struct ctx *ctx)
{
    size_t count = 0;
    struct str header = http_header_get(ctx->request, STR("authorization"), &count);
    struct str scheme = str_split(&header, ' ');
    return count == 1 && str_eq_nocase(scheme, STR("bearer")) ? str_trim(header) : STR_NONE;
}

static enum err has_role(struct ctx *ctx, struct str user, struct str role, bool *has)
{
    struct db_rows rows = {0};
    enum err err = OK;
    if (user.p && role.n)
        err = db_query(ctx->db, ROLES, DB_PARAMS(db_text_value(user), db_text_value(role)),
                       ctx->arena, &rows);
    *has = rows.count > 0;
    return err;
}

static enum err get_session(struct ctx *ctx)
{
    bool has;
    struct json_out *out = &ctx->answer.json;
    struct str text = bearer_of(ctx), fallback = ctx_query(ctx, STR("unauthorizedRole"));
    struct str role = http_header_get(ctx->request, STR("expected-role"), NULL);
    struct str user = subject_of(ctx, text, ctx_query(ctx, STR("resource")));
    enum err err = has_role(ctx, user, role, &has);
    if (err)
        return err;
    if (!has && fallback.n) {
        if (!user.p)
            user = subject_of(ctx, text, STR_NONE);
        role = fallback;
    } else if (!has && role.n) {
        return fail(ctx, ERR_EXPECTED_ROLE);
    }
    ctx->answer.no_store = true;
    json_open_object(out);
    if (user.p)
        JSON_STR(out, "X-Hasura-User-Id", user);
    if (role.n)
        JSON_STR(out, "X-Hasura-Role", role);
    json_close_object(out);
    return OK;
}

static const struct field query[] = {
    {.name = STR_INIT("resource"),
     .type = FIELD_STRING,
     .flags = FIELD_CREATE | FIELD_REQUIRED | FIELD_NOT_EMPTY,
     .example = "https://api.example.com",
     .doc = "Indicator of the API resource that the token must be for."},
    {.name = STR_INIT("unauthorizedRole"),
     .type = FIELD_STRING,
     .flags = FIELD_CREATE,
     .doc = "Role of those who lack the expected one; without it they are refused."},
    FIELDS_END,
};
static const struct field reply[] = {
    {.name = STR_INIT("X-Hasura-User-Id"),
     .type = FIELD_STRING,
     .flags = FIELD_MAYBE,
     .doc = "The token's subject."},
    {.name = STR_INIT("X-Hasura-Role"),
     .type = FIELD_STRING,
     .flags = FIELD_MAYBE,
     .doc = "The role that the request gets."},
    FIELDS_END,
};

ROUTES(hasura) = {
    {.method = HTTP_M_GET,
     .path = STR_INIT("/api/authn/hasura"),
     .guard = GUARD_PUBLIC,
     .area = "authn",
     .query = query,
     .status = 200,
     .reply = REPLY_OBJECT,
     .reply_fields = reply,
     .summary = "Tell a Hasura engine who sends a request",
     .doc = "For its webhook mode: it forwards the request's Authorization header, and as "
            "Expected-Role the role to check the user for.",
     .handle = get_session},
    ROUTES_END,
};
