/* Operators of the installation: the invitation that `signet init` prints makes one account, that
 * of another operator sets the password of one; either takes a passkey in the place of a password.
 */
#include "domain/operators.h"
#include "crypto/password.h"
#include "domain/operator_invitations.h"
#include "domain/users.h"
#include "experience/forms.h"
#include "experience/passkey.h"
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
    const struct user_past past = {
        .id = operator_invitation_new_id(ctx->arena, json_str(ctx_body(ctx, STR("token"))))};
    if (!past.id.p)
        return fail(ctx, ERR_NO_MEMORY);
    enum err err = user_insert_past(ctx, ctx->body, password, &past, &rows);
    if (!err)
        err = operator_appoint(ctx->db, past.id, true, ctx->now);
    return err ? err : change_note(ctx, CHANGE_OPERATORS, past.id);
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

/* ---- A passkey instead of a password ---- */

static enum err ask_passkey(struct ctx *ctx, struct str token)
{
    struct db_rows user;
    struct str username = json_str(ctx_body(ctx, STR("username")));
    struct str challenge = operator_invitation_challenge(ctx->arena, token);
    struct str id = operator_invitation_new_id(ctx->arena, token);
    if (!challenge.p || !id.p)
        return fail(ctx, ERR_NO_MEMORY);
    if (operator_invitation_user(token).p) {
        enum err err = invited_user(ctx, token, &user);
        return err ? err : passkey_put_registration(ctx, db_text(&user, 0, USER_ID), challenge);
    }
    enum err err = check(ctx, token, false);
    if (!err && !username.n)
        err = fail(ctx, ERR_INVALID_BODY);
    if (!err)
        err = user_check_free(ctx, ctx->body); /* before the browser makes what nothing takes */
    return err ? err : passkey_put_first_registration(ctx, id, username, challenge);
}

static enum err passkey_begin_handle(struct ctx *ctx)
{
    ctx->answer.no_store = true;
    json_open_object(&ctx->answer.json);
    enum err err = ask_passkey(ctx, json_str(ctx_body(ctx, STR("token"))));
    json_close_object(&ctx->answer.json);
    return err;
}

static enum err passkey_handle(struct ctx *ctx)
{
    json *made = NULL;
    struct str data;
    struct str token = json_str(ctx_body(ctx, STR("token")));
    struct str invited = operator_invitation_user(token);
    struct str challenge = operator_invitation_challenge(ctx->arena, token);
    enum err err = challenge.p ? operator_invitation_use(ctx, token) : fail(ctx, ERR_NO_MEMORY);
    if (!err && !invited.p && !json_str(ctx_body(ctx, STR("username"))).n)
        err = fail(ctx, ERR_INVALID_BODY);
    if (!err)
        err = passkey_register(ctx, challenge, ctx_body(ctx, STR("payload")), &data);
    if (!err && json_parse(ctx->arena, data, &made, NULL))
        err = fail(ctx, ERR_INTERNAL);
    if (!err && !invited.p)
        err = make(ctx, (struct user_password){0});
    if (err)
        return err;
    err = passkey_insert(ctx, invited.p ? invited : operator_invitation_new_id(ctx->arena, token),
                         made);
    return err ? err : go_on(ctx);
}

/* ---- Pages ---- */

/* The button of the page, and the one for a passkey. */
static void end(struct ctx *ctx, enum phrase button)
{
    PAGE_LIT(ctx, "<button type=\"submit\">");
    page_phrase(ctx, button);
    PAGE_LIT(ctx, "</button>\n");
    form_button(ctx, "passkey", PHRASE_OPERATOR_PASSKEY, true);
    PAGE_LIT(ctx, "<script src=\"/assets/passkeys.js\" defer></script>\n");
    form_close(ctx);
}

static enum err account_page(struct ctx *ctx, struct str token)
{
    enum err err = check(ctx, token, false);
    if (err)
        return err;
    page_begin(ctx, PHRASE_OPERATOR);
    page_paragraph(ctx, PHRASE_OPERATOR_HELP);
    form_begin(ctx, "operator", STR_NONE);
    page_hidden(ctx, STR("token"), token);
    form_username(ctx, STR_NONE, true);
    form_password(ctx, true);
    end(ctx, PHRASE_REGISTER);
    return page_end(ctx, 0);
}

static enum err password_page(struct ctx *ctx, struct str token)
{
    struct db_rows user;
    enum err err = invited_user(ctx, token, &user);
    if (err)
        return err;
    page_begin(ctx, PHRASE_OPERATOR_PASSWORD);
    page_paragraph(ctx, PHRASE_OPERATOR_PASSWORD_HELP);
    PAGE_LIT(ctx, "<p><strong>");
    page_text(ctx, db_text(&user, 0, USER_USERNAME));
    PAGE_LIT(ctx, "</strong></p>\n");
    form_begin(ctx, "operator-password", STR_NONE);
    page_hidden(ctx, STR("token"), token);
    form_password(ctx, true);
    end(ctx, PHRASE_OPERATOR_PASSWORD);
    return page_end(ctx, 0);
}

static enum err register_handle(struct ctx *ctx)
{
    struct str token = ctx_query(ctx, STR("token"));
    enum err err =
        operator_invitation_user(token).p ? password_page(ctx, token) : account_page(ctx, token);
    if (err != ERR_INVITATION_NOT_VALID && err != ERR_NOT_FOUND)
        return err;
    page_begin(ctx, PHRASE_INVITATION_BAD);
    page_paragraph(ctx, PHRASE_INVITATION_BAD_HELP);
    return page_end(ctx, 404);
}

static enum err registered_handle(struct ctx *ctx)
{
    page_begin(ctx, PHRASE_OPERATOR);
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

#define USERNAME_ROW(more, text)                                                                   \
    {                                                                                              \
        .name = STR_INIT("username"), .type = FIELD_STRING, .flags = FIELD_CREATE | (more),        \
        .max = 128, .check = user_check_username, .format = "regex", .doc = text                   \
    }

static const struct field accept_body[] = {
    TOKEN_ROW,
    USERNAME_ROW(FIELD_REQUIRED, "Name to sign in with."),
    PASSWORD_ROW,
    FIELDS_END,
};

static const struct field passkey_begin_body[] = {
    TOKEN_ROW,
    USERNAME_ROW(FIELD_MAYBE, "Of the account to be made; nothing for one that is there."),
    FIELDS_END,
};

static const struct field passkey_body[] = {
    TOKEN_ROW,
    USERNAME_ROW(FIELD_MAYBE, "The same as before."),
    {.name = STR_INIT("payload"),
     .type = FIELD_OBJECT,
     .flags = FIELD_CREATE | FIELD_REQUIRED,
     .fields = passkey_registration_fields,
     .doc = "What the browser's script got."},
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

static const struct field passkey_begin_reply[] = {
    {.name = STR_INIT("registrationOptions"),
     .type = FIELD_MAP,
     .doc = "For `navigator.credentials.create`, bytes as base64url."},
    FIELDS_END,
};

#define PAGE(address, where, text, function)                                                       \
    {                                                                                              \
        .method = HTTP_M_GET, .path = STR_INIT(address), .guard = GUARD_BROWSER, .run = where,     \
        .status = 200, .reply = REPLY_TEXT, .summary = text, .only_listener = TENANT_ADMIN,        \
        .handle = function                                                                         \
    }

#define ACCEPT(address, where, fields, answer, text, function)                                     \
    {                                                                                              \
        .method = HTTP_M_POST, .path = STR_INIT("/api/operator-invitations/" address),             \
        .guard = GUARD_OWN_PAGE, .run = (where), .body_mode = BODY_CREATE, .body = (fields),       \
        .status = 200, .reply = REPLY_OBJECT, .reply_fields = (answer), .summary = text,           \
        .only_listener = TENANT_ADMIN, .handle = function                                          \
    }

ROUTES(operators) = {
    PAGE("/console/register", RUN_READ, "Page of an operator's invitation", register_handle),
    PAGE("/console/registered", RUN_INLINE, "Page after an operator's account was made",
         registered_handle),
    ACCEPT("accept", RUN_READ, accept_body, accept_reply,
           "Make an operator's account with an invitation", accept_handle),
    ACCEPT("password", RUN_READ, password_body, accept_reply,
           "Set an operator's password with an invitation", password_handle),
    ACCEPT("passkey", RUN_READ, passkey_begin_body, passkey_begin_reply,
           "Begin to make an operator's passkey with an invitation", passkey_begin_handle),
    ACCEPT("passkey/verify", RUN_WRITE, passkey_body, accept_reply,
           "Let an operator in with a passkey, by an invitation", passkey_handle),
    ROUTES_END,
};
