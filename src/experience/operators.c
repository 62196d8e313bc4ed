/* Operators of the installation: the invitation that `signet init` prints makes one account, that
 * of another operator sets the password of one. */
#include "domain/operators.h"
#include "crypto/password.h"
#include "domain/operator_invitations.h"
#include "domain/users.h"
#include "experience/forms.h"
#include "experience/password_policy.h"

static enum err go_on(struct ctx *ctx)
{
    struct json_out *out = &ctx->answer.json;
    json_open_object(out);
    json_key(out, STR("redirectTo"));
    json_put_str(out, arena_printf(ctx->arena, "%.*s/console/registered", STR_ARG(ctx->origin)));
    json_close_object(out);
    return OK;
}

/* ---- An account to be made ---- */

static enum err make(struct ctx *ctx, struct user_password password)
{
    struct db_rows rows;
    enum err err = user_insert(ctx, ctx->body, password, &rows);
    return err ? err : operator_appoint(ctx->db, db_text(&rows, 0, USER_ID), true, ctx->now);
}

/* What either kind of invitation begins with; for_user: the kind. */
static enum err check(struct ctx *ctx, struct str token, bool for_user)
{
    if (for_user != (operator_invitation_user(token).p != NULL))
        return fail(ctx, ERR_INVITATION_NOT_VALID);
    return operator_invitation_check(ctx, token);
}

static enum err accept_handle(struct ctx *ctx)
{
    struct user_password password;
    struct str token = json_str(ctx_body(ctx, STR("token")));
    struct str text = json_str(ctx_body(ctx, STR("password")));
    enum err err = check(ctx, token, false);
    if (!err)
        err = password_check(ctx, text, json_str(ctx_body(ctx, STR("username"))));
    if (!err)
        err = user_password_make(ctx, text, &password);
    if (err)
        return err;
    if (!ctx->can_write)
        return ERR_NEEDS_WRITER;
    if ((err = operator_invitation_use(ctx, token)) || (err = make(ctx, password)))
        return err;
    return go_on(ctx);
}

/* ---- The password of an account that is there ---- */

static enum err invited_user(struct ctx *ctx, struct str token, struct db_rows *user)
{
    enum err err = check(ctx, token, true);
    return err ? err : user_get(ctx, operator_invitation_user(token), user);
}

static enum err password_handle(struct ctx *ctx)
{
    struct user_password password;
    struct db_rows user;
    struct str token = json_str(ctx_body(ctx, STR("token")));
    struct str text = json_str(ctx_body(ctx, STR("password")));
    enum err err = invited_user(ctx, token, &user);
    if (!err)
        err = password_check(ctx, text, db_text(&user, 0, USER_USERNAME));
    if (!err)
        err = user_password_make(ctx, text, &password);
    if (err)
        return err;
    if (!ctx->can_write)
        return ERR_NEEDS_WRITER;
    if ((err = operator_invitation_use(ctx, token)) ||
        (err = user_set_password(ctx, operator_invitation_user(token), password, &user)))
        return err;
    return go_on(ctx);
}

/* ---- Pages ---- */

static enum err account_page(struct ctx *ctx, struct str token)
{
    enum err err = check(ctx, token, false);
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

static enum err password_page(struct ctx *ctx, struct str token)
{
    struct db_rows user;
    enum err err = invited_user(ctx, token, &user);
    if (err)
        return err;
    page_begin(ctx, PHRASE_OPERATOR_PASSWORD, true);
    page_paragraph(ctx, PHRASE_OPERATOR_PASSWORD_HELP);
    PAGE_LIT(ctx, "<p><strong>");
    page_text(ctx, db_text(&user, 0, USER_USERNAME));
    PAGE_LIT(ctx, "</strong></p>\n");
    form_begin(ctx, "operator-password", STR_NONE);
    page_hidden(ctx, STR("token"), token);
    form_password(ctx, true);
    form_end(ctx, PHRASE_OPERATOR_PASSWORD);
    return page_end(ctx, 0);
}

static enum err register_handle(struct ctx *ctx)
{
    struct str token = ctx_query(ctx, STR("token"));
    enum err err =
        operator_invitation_user(token).p ? password_page(ctx, token) : account_page(ctx, token);
    if (err != ERR_INVITATION_NOT_VALID && err != ERR_NOT_FOUND)
        return err;
    page_begin(ctx, PHRASE_INVITATION_BAD, false);
    page_paragraph(ctx, PHRASE_INVITATION_BAD_HELP);
    return page_end(ctx, 404);
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

#define TOKEN_ROW                                                                                  \
    {                                                                                              \
        .name = STR_INIT("token"), .type = FIELD_STRING,                                           \
        .flags = FIELD_CREATE | FIELD_REQUIRED | FIELD_SECRET, .max = 256,                         \
        .doc = "The invitation."                                                                   \
    }
#define PASSWORD_ROW                                                                               \
    {                                                                                              \
        .name = STR_INIT("password"), .type = FIELD_STRING,                                        \
        .flags = FIELD_CREATE | FIELD_REQUIRED | FIELD_NOT_EMPTY | FIELD_SECRET,                   \
        .max = PASSWORD_MAX, .doc = "Password to sign in with."                                    \
    }

static const struct field accept_body[] = {
    TOKEN_ROW,
    {.name = STR_INIT("username"),
     .type = FIELD_STRING,
     .flags = FIELD_CREATE | FIELD_REQUIRED,
     .max = 128,
     .check = user_check_username,
     .format = "regex",
     .doc = "Name to sign in with."},
    PASSWORD_ROW,
    FIELDS_END,
};

static const struct field password_body[] = {
    TOKEN_ROW,
    PASSWORD_ROW,
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

#define ACCEPT(address, fields, text, function)                                                    \
    {                                                                                              \
        .method = HTTP_M_POST, .path = STR_INIT(address), .guard = GUARD_OWN_PAGE,                 \
        .run = RUN_READ, .body_mode = BODY_CREATE, .body = (fields), .status = 200,                \
        .reply = REPLY_OBJECT, .reply_fields = accept_reply, .summary = text,                      \
        .only_listener = TENANT_ADMIN, .handle = function                                          \
    }

ROUTES(operators) = {
    PAGE("/console/register", RUN_READ, "Page of an operator's invitation", register_handle),
    PAGE("/console/registered", RUN_INLINE, "Page after an operator's account was made",
         registered_handle),
    ACCEPT("/api/operator-invitations/accept", accept_body,
           "Make an operator's account with an invitation", accept_handle),
    ACCEPT("/api/operator-invitations/password", password_body,
           "Set an operator's password with an invitation", password_handle),
    ROUTES_END,
};
