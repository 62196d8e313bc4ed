/* Operators of the installation: the invitation that `signet init` prints makes one account. */
#include "domain/operators.h"
#include "crypto/password.h"
#include "domain/opaque.h"
#include "domain/users.h"
#include "experience/forms.h"
#include "experience/password_policy.h"

static enum err check(struct ctx *ctx, struct str digest)
{
    struct db_rows rows;
    enum err err =
        db_query(ctx->db,
                 "SELECT 1 FROM invitations WHERE digest = $1 AND consumed_at IS NULL "
                 "AND expires_at > $2",
                 DB_PARAMS(db_text_value(digest), db_int_value(ctx->now)), ctx->arena, &rows);
    if (err)
        return fail(ctx, err);
    return rows.count ? OK : fail(ctx, ERR_INVITATION_NOT_VALID);
}

/* One UPDATE decides, so of several at once one gets the account. */
static enum err consume(struct ctx *ctx, struct str digest)
{
    struct db_rows rows;
    enum err err =
        db_query(ctx->db,
                 "UPDATE invitations SET consumed_at = $1 WHERE digest = $2 AND consumed_at IS "
                 "NULL AND expires_at > $3 RETURNING digest",
                 DB_PARAMS(db_int_value(ctx->now), db_text_value(digest), db_int_value(ctx->now)),
                 ctx->arena, &rows);
    if (err)
        return fail(ctx, err);
    return rows.count ? OK : fail(ctx, ERR_INVITATION_NOT_VALID);
}

static enum err make(struct ctx *ctx, struct user_password password)
{
    struct db_rows rows;
    enum err err = user_insert(ctx, ctx->body, password, &rows);
    return err ? err : operator_appoint(ctx->db, db_text(&rows, 0, USER_ID), true, ctx->now);
}

static enum err accept_handle(struct ctx *ctx)
{
    struct user_password password;
    struct str token = json_str(ctx_body(ctx, STR("token")));
    struct str text = json_str(ctx_body(ctx, STR("password")));
    struct str digest = opaque_digest(ctx->arena, token);
    struct json_out *out = &ctx->answer.json;
    if (!digest.p)
        return fail(ctx, ERR_NO_MEMORY);
    enum err err = check(ctx, digest);
    if (!err)
        err = password_check(ctx, text, json_str(ctx_body(ctx, STR("username"))));
    if (!err)
        err = user_password_make(ctx, text, &password);
    if (err)
        return err;
    if (!ctx->can_write)
        return ERR_NEEDS_WRITER;
    if ((err = consume(ctx, digest)) || (err = make(ctx, password)))
        return err;
    json_open_object(out);
    json_key(out, STR("redirectTo"));
    json_put_str(out, arena_printf(ctx->arena, "%.*s/console/registered", STR_ARG(ctx->origin)));
    json_close_object(out);
    return OK;
}

/* ---- Pages ---- */

static enum err register_handle(struct ctx *ctx)
{
    struct str token = ctx_query(ctx, STR("token"));
    struct str digest = opaque_digest(ctx->arena, token);
    enum err err = digest.p ? check(ctx, digest) : fail(ctx, ERR_NO_MEMORY);
    if (err == ERR_INVITATION_NOT_VALID) {
        page_begin(ctx, PHRASE_INVITATION_BAD, false);
        page_paragraph(ctx, PHRASE_INVITATION_BAD_HELP);
        return page_end(ctx, 404);
    }
    if (err)
        return err;
    page_begin(ctx, PHRASE_OPERATOR, true);
    page_paragraph(ctx, PHRASE_OPERATOR_HELP);
    form_begin(ctx, "operator", STR_NONE);
    page_hidden(ctx, STR("token"), token);
    form_username(ctx, STR_NONE, true);
    form_password(ctx, true);
    form_end(ctx, PHRASE_REGISTER);
    return page_end(ctx, 0);
}

static enum err registered_handle(struct ctx *ctx)
{
    page_begin(ctx, PHRASE_OPERATOR, false);
    page_paragraph(ctx, PHRASE_OPERATOR_DONE);
    PAGE_LIT(ctx, "<p><a href=\"/console\">");
    page_phrase(ctx, PHRASE_SIGN_IN);
    PAGE_LIT(ctx, "</a></p>\n");
    return page_end(ctx, 0);
}

static const struct field accept_body[] = {
    {.name = STR_INIT("token"),
     .type = FIELD_STRING,
     .flags = FIELD_CREATE | FIELD_REQUIRED | FIELD_SECRET,
     .max = 256,
     .doc = "The invitation."},
    {.name = STR_INIT("username"),
     .type = FIELD_STRING,
     .flags = FIELD_CREATE | FIELD_REQUIRED,
     .max = 128,
     .check = user_check_username,
     .format = "regex",
     .doc = "Name to sign in with."},
    {.name = STR_INIT("password"),
     .type = FIELD_STRING,
     .flags = FIELD_CREATE | FIELD_REQUIRED | FIELD_NOT_EMPTY | FIELD_SECRET,
     .max = PASSWORD_MAX,
     .doc = "Password to sign in with."},
    FIELDS_END,
};

static const struct field accept_reply[] = {
    {.name = STR_INIT("redirectTo"), .type = FIELD_STRING, .doc = "Where the browser goes on."},
    FIELDS_END,
};

#define PAGE(address, where, text, function)                                                       \
    {                                                                                              \
        .method = HTTP_M_GET, .path = STR_INIT(address), .guard = GUARD_BROWSER, .run = where,     \
        .status = 200, .reply = REPLY_TEXT, .summary = text, .only_listener = TENANT_ADMIN,        \
        .handle = function                                                                         \
    }

ROUTES(operators) = {
    PAGE("/console/register", RUN_READ, "Page of an operator's invitation", register_handle),
    PAGE("/console/registered", RUN_INLINE, "Page after an operator's account was made",
         registered_handle),
    {.method = HTTP_M_POST,
     .path = STR_INIT("/api/operator-invitations/accept"),
     .guard = GUARD_OWN_PAGE,
     .run = RUN_READ,
     .body_mode = BODY_CREATE,
     .body = accept_body,
     .status = 200,
     .reply = REPLY_OBJECT,
     .reply_fields = accept_reply,
     .summary = "Make an operator's account with an invitation",
     .only_listener = TENANT_ADMIN,
     .handle = accept_handle},
    ROUTES_END,
};
