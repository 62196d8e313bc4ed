/* /api/operators: who signs in to the console, and whether they may change things. */
#include "domain/operators.h"
#include "domain/operator_invitations.h"
#include "domain/sessions.h"
#include "domain/users.h"

enum { ID, USERNAME, NAME, ACCESS, LAST_SIGN_IN, SUSPENDED, CREATED, INVITED_UNTIL };

#define FROM_OPERATORS                                                                             \
    "SELECT u.id, u.username, u.name,"                                                             \
    " max(CASE WHEN r.role_id = '" OPERATOR_ROLE_ALL "' THEN 1 ELSE 0 END),"                       \
    " u.last_sign_in_at, u.is_suspended, u.created_at,"                                            \
    " (SELECT max(i.expires_at) FROM invitations i WHERE i.digest > u.id || '.'"                   \
    " AND i.digest < u.id || '/' AND i.consumed_at IS NULL AND i.expires_at > $1)"                 \
    " FROM users u JOIN users_roles r ON r.user_id = u.id"                                         \
    " WHERE r.role_id IN ('" OPERATOR_ROLE_ALL "', '" OPERATOR_ROLE_READ "')"
#define GROUPED                                                                                    \
    " GROUP BY u.id, u.username, u.name, u.last_sign_in_at, u.is_suspended, u.created_at"

static void put_members(struct json_out *out, const struct db_rows *rows, size_t row)
{
    JSON_STR(out, "id", db_text(rows, row, ID));
    JSON_STR(out, "username", db_text(rows, row, USERNAME));
    JSON_STR(out, "name", db_text(rows, row, NAME));
    JSON_STR(out, "access", db_int(rows, row, ACCESS) ? STR("all") : STR("read"));
    crud_put_int(out, STR("lastSignInAt"), rows, row, LAST_SIGN_IN);
    crud_put_int(out, STR("invitedUntil"), rows, row, INVITED_UNTIL);
    JSON_BOOL(out, "isSuspended", db_int(rows, row, SUSPENDED));
    JSON_INT(out, "createdAt", db_int(rows, row, CREATED));
}

static enum err list(struct ctx *ctx)
{
    struct db_rows rows;
    struct json_out *out = &ctx->answer.json;
    enum err err = db_query(ctx->db, FROM_OPERATORS GROUPED " ORDER BY u.created_at, u.id",
                            DB_PARAMS(db_int_value(ctx->now)), ctx->arena, &rows);
    if (err)
        return err;
    json_open_array(out);
    for (size_t i = 0; i < rows.count; i++) {
        json_open_object(out);
        put_members(out, &rows, i);
        json_close_object(out);
    }
    json_close_array(out);
    return OK;
}

static enum err find(struct ctx *ctx, struct str id, struct db_rows *rows)
{
    enum err err = db_query(ctx->db, FROM_OPERATORS " AND u.id = $2" GROUPED,
                            DB_PARAMS(db_int_value(ctx->now), db_text_value(id)), ctx->arena, rows);
    if (err)
        return err;
    return rows->count ? OK : fail(ctx, ERR_NOT_FOUND);
}

/* token: of an invitation made just now; absent: none. */
static enum err answer(struct ctx *ctx, struct str id, struct str token)
{
    struct db_rows rows;
    struct json_out *out = &ctx->answer.json;
    enum err err = find(ctx, id, &rows);
    if (err)
        return err;
    json_open_object(out);
    put_members(out, &rows, 0);
    if (token.p) {
        ctx->answer.no_store = true;
        JSON_STR(out, "invitationUrl",
                 arena_printf(ctx->arena, "%.*s/console/register?token=%.*s",
                              STR_ARG(ctx->tenant->endpoint), STR_ARG(token)));
    }
    json_close_object(out);
    return OK;
}

static bool wants_all(struct ctx *ctx)
{
    return str_eq(json_str(ctx_body(ctx, STR("access"))), STR("all"));
}

/* Without a password there is an invitation, which sets one. */
static enum err make(struct ctx *ctx)
{
    struct db_rows rows;
    struct user_password password = {0};
    struct str text = json_str(ctx_body(ctx, STR("password"))), token = STR_NONE;
    enum err err = text.p ? user_password_make(ctx, text, &password) : OK;
    if (err)
        return err;
    if (!ctx->can_write)
        return ERR_NEEDS_WRITER;
    err = user_insert(ctx, ctx->body, password, &rows);
    struct str id = err ? STR_NONE : db_text(&rows, 0, USER_ID);
    if (!err)
        err = operator_appoint(ctx->db, id, wants_all(ctx), ctx->now);
    if (!err && !text.p)
        err = operator_invitation_make(ctx, id, &token);
    return err ? err : answer(ctx, id, token);
}

/* Nobody locks themselves out: so one with full access always remains. */
static enum err check_other(struct ctx *ctx)
{
    return str_eq(ctx->params[0], ctx->caller.id) ? fail(ctx, ERR_OPERATOR_SELF) : OK;
}

static enum err check_operator(struct ctx *ctx)
{
    struct db_rows rows;
    enum err err = find(ctx, ctx->params[0], &rows);
    return err ? err : check_other(ctx);
}

static enum err change(struct ctx *ctx)
{
    enum err err = check_operator(ctx);
    if (!err)
        err = operator_dismiss(ctx->db, ctx->params[0]);
    if (!err)
        err = operator_appoint(ctx->db, ctx->params[0], wants_all(ctx), ctx->now);
    if (!err)
        err = session_end_all(ctx, ctx->params[0]);
    return err ? err : answer(ctx, ctx->params[0], STR_NONE);
}

/* Whoever lost the password or the passkeys, or never set one: only the new invitation lets them
 * in. */
static enum err invite(struct ctx *ctx)
{
    struct db_rows rows;
    struct str id = ctx->params[0], token = STR_NONE;
    enum err err = check_operator(ctx);
    if (!err)
        err = user_set_password(ctx, id, (struct user_password){0}, &rows);
    if (!err)
        err = session_end_all(ctx, id);
    if (!err)
        err = db_exec(ctx->db, "DELETE FROM user_mfa_verifications WHERE user_id = $1",
                      DB_PARAMS(db_text_value(id)), NULL);
    if (!err)
        err = operator_invitation_make(ctx, id, &token);
    return err ? err : answer(ctx, id, token);
}

static enum err delete_one(struct ctx *ctx)
{
    enum err err = check_operator(ctx);
    if (!err)
        err = operator_invitation_end(ctx, ctx->params[0]);
    return err ? err : user_delete(ctx, ctx->params[0]);
}

/* ---- Routes ---- */

static const char *const accesses[] = {"all", "read", NULL};

#define ACCESS_ROW(more)                                                                           \
    {                                                                                              \
        .name = STR_INIT("access"), .type = FIELD_ENUM, .flags = (more), .options = accesses,      \
        .doc = "`all`: everything; `read`: looks at everything but secrets, changes nothing."      \
    }

static const struct field create_body[] = {
    {.name = STR_INIT("username"),
     .type = FIELD_STRING,
     .flags = FIELD_CREATE | FIELD_REQUIRED,
     .max = 128,
     .check = user_check_username,
     .format = "regex",
     .doc = "Name to sign in with."},
    {.name = STR_INIT("password"),
     .type = FIELD_STRING,
     .flags = FIELD_CREATE | FIELD_NOT_EMPTY | FIELD_SECRET,
     .max = 256,
     .doc = "Password to sign in with. Nothing: an invitation is made, whose link sets one."},
    ACCESS_ROW(FIELD_CREATE | FIELD_REQUIRED),
    FIELDS_END,
};

static const struct field change_body[] = {
    ACCESS_ROW(FIELD_CREATE | FIELD_REQUIRED),
    FIELDS_END,
};

static const struct field reply[] = {
    {.name = STR_INIT("id"), .type = FIELD_STRING, .doc = "Identifier."},
    {.name = STR_INIT("username"),
     .type = FIELD_STRING,
     .flags = FIELD_NULLABLE,
     .doc = "Name to sign in with."},
    {.name = STR_INIT("name"), .type = FIELD_STRING, .flags = FIELD_NULLABLE, .doc = "Full name."},
    ACCESS_ROW(0),
    {.name = STR_INIT("lastSignInAt"),
     .type = FIELD_INT,
     .flags = FIELD_NULLABLE,
     .doc = "When the operator last signed in, in milliseconds."},
    {.name = STR_INIT("invitedUntil"),
     .type = FIELD_INT,
     .flags = FIELD_NULLABLE,
     .doc = "How long the operator's invitation is good, in milliseconds. Null: there is none."},
    {.name = STR_INIT("invitationUrl"),
     .type = FIELD_STRING,
     .flags = FIELD_MAYBE | FIELD_SECRET,
     .doc = "Link of the invitation that was made, where the operator sets a password. It is good "
            "once, for a day, and is not shown again."},
    {.name = STR_INIT("isSuspended"), .type = FIELD_BOOL, .doc = "Whether signing in is barred."},
    {.name = STR_INIT("createdAt"), .type = FIELD_INT, .doc = "When it was made, in milliseconds."},
    FIELDS_END,
};

#define OPERATORS .of_operators = true, .only_listener = TENANT_ADMIN, .reply_fields = reply

ROUTES(operator_accounts) = {
    {.method = HTTP_M_GET,
     .path = STR_INIT("/api/operators"),
     OPERATORS,
     .run = RUN_READ,
     .status = 200,
     .reply = REPLY_ARRAY,
     .summary = "List operators",
     .handle = list},
    {.method = HTTP_M_POST,
     .path = STR_INIT("/api/operators"),
     OPERATORS,
     .run = RUN_READ,
     .body_mode = BODY_CREATE,
     .body = create_body,
     .status = 201,
     .reply = REPLY_OBJECT,
     .summary = "Make an operator",
     .handle = make},
    {.method = HTTP_M_PATCH,
     .path = STR_INIT("/api/operators/:id"),
     OPERATORS,
     .run = RUN_WRITE,
     .body_mode = BODY_CREATE,
     .body = change_body,
     .status = 200,
     .reply = REPLY_OBJECT,
     .summary = "Change what an operator may do",
     .doc = "The operator's sessions end.",
     .handle = change},
    {.method = HTTP_M_POST,
     .path = STR_INIT("/api/operators/:id/invitation"),
     OPERATORS,
     .run = RUN_WRITE,
     .status = 201,
     .reply = REPLY_OBJECT,
     .summary = "Invite an operator to set a password",
     .doc = "The operator's password, sessions and earlier invitations end.",
     .handle = invite},
    {.method = HTTP_M_DELETE,
     .path = STR_INIT("/api/operators/:id"),
     .of_operators = true,
     .only_listener = TENANT_ADMIN,
     .run = RUN_WRITE,
     .status = 204,
     .reply = REPLY_EMPTY,
     .summary = "Delete an operator",
     .handle = delete_one},
    ROUTES_END,
};
