/* What the account API asks before it shows or changes something. */
#include "experience/account.h"

#include "domain/account_center.h"
#include "domain/hooks.h"
#include "domain/verification_records.h"

/* Operators see to their own passkeys, in the console; there is no account center besides. */
static enum err open_operator(struct ctx *ctx, struct my_account *out)
{
    if (json_parse(ctx->arena, STR("{\"mfa\":\"ReadOnly\",\"passkey\":\"Edit\"}"), &out->controls,
                   NULL))
        return fail(ctx, ERR_NO_MEMORY);
    return user_get(ctx, ctx->caller.id, &out->user);
}

enum err account_open(struct ctx *ctx, struct my_account *out)
{
    struct db_rows center;
    if (ctx->tenant->tag == TENANT_ADMIN)
        return open_operator(ctx, out);
    enum err err = account_center_get(ctx, &center);
    if (err)
        return err;
    if (!db_int(&center, 0, ACCOUNT_CENTER_ENABLED))
        return fail(ctx, ERR_ACCOUNT_OFF);
    if (json_parse(ctx->arena, db_text(&center, 0, ACCOUNT_CENTER_FIELDS), &out->controls, NULL))
        return fail(ctx, ERR_INTERNAL);
    return user_get(ctx, ctx->caller.id, &out->user);
}

static struct str control_of(const struct my_account *account, const char *field)
{
    return field ? json_str(json_get(account->controls, str_of(field))) : STR_NONE;
}

static bool is_edit(struct str control)
{
    return str_eq(control, STR("Edit"));
}

static bool is_shown(struct str control)
{
    return is_edit(control) || str_eq(control, STR("ReadOnly"));
}

bool account_can_see(const struct my_account *account, const char *field)
{
    return is_shown(control_of(account, field));
}

bool account_can_edit(const struct my_account *account, const char *field)
{
    return is_edit(control_of(account, field));
}

bool account_has_proof(const struct my_account *account)
{
    return db_int(&account->user, 0, USER_HAS_PASSWORD) != 0 ||
           db_text(&account->user, 0, USER_EMAIL).n || db_text(&account->user, 0, USER_PHONE).n;
}

enum err account_check_first_party(struct ctx *ctx)
{
    const struct app *app = snapshot_app(ctx->snapshot, ctx->caller.application_id);
    return app && !app->third_party ? OK : fail(ctx, ERR_THIRD_PARTY_TOKEN);
}

static enum err check_proof(struct ctx *ctx, const struct my_account *account,
                            const struct account_need *need)
{
    bool permits;
    if (!need->reverified || (need->if_possible && !account_has_proof(account)))
        return OK;
    enum err err = verification_record_permits(ctx, &permits);
    return err || permits ? err : fail(ctx, ERR_NOT_REVERIFIED);
}

enum err account_check(struct ctx *ctx, const struct my_account *account,
                       const struct account_need *need)
{
    enum err err = check_proof(ctx, account, need);
    if (err)
        return err;
    struct str control = control_of(account, need->field);
    if (!control.p)
        control = control_of(account, need->fallback);
    if (need->field && need->edits && !is_edit(control))
        return fail(ctx, ERR_ACCOUNT_FIELD_FIXED);
    if (need->field && !is_shown(control))
        return fail(ctx, ERR_ACCOUNT_FIELD_OFF);
    if (need->scope && !str_has_word(ctx->caller.scopes, str_of(need->scope)))
        return fail(ctx, need->scope_error ? need->scope_error : ERR_ACCOUNT_SCOPE_401,
                    need->scope);
    return need->edits ? account_check_first_party(ctx) : OK;
}

enum err account_enter(struct ctx *ctx, const struct account_need *need, struct my_account *out)
{
    enum err err = account_open(ctx, out);
    return err ? err : account_check(ctx, out, need);
}

json *account_body(struct ctx *ctx, const struct field *fields)
{
    const struct field whole = {.type = FIELD_OBJECT, .fields = fields};
    struct str text = field_clean(&whole, ctx->body, ctx->arena);
    json *body = NULL;
    if (!text.p || json_parse(ctx->arena, text, &body, NULL))
        return NULL;
    return body;
}

enum err account_check_remaining(struct ctx *ctx, const struct my_account *account, int column)
{
    struct db_rows rows;
    int64_t kept = column < 0 ? -1 : 0;
    enum err err = db_query(ctx->db, "SELECT count(*) FROM user_identities WHERE user_id = $1",
                            DB_PARAMS(db_text_value(ctx->caller.id)), ctx->arena, &rows);
    if (err)
        return fail(ctx, err);
    kept += db_int(&rows, 0, 0);
    for (int each = USER_USERNAME; each <= USER_PHONE; each++)
        kept += each != column && db_text(&account->user, 0, (size_t)each).n;
    return kept > 0 ? OK : fail(ctx, ERR_LAST_IDENTIFIER);
}

enum err account_tell(struct ctx *ctx, const struct db_rows *user)
{
    struct buf buf = buf_new(ctx->arena, SIZE_MAX);
    struct json_out out = json_out(&buf);
    crud_put_object(&out, &user_entity, user, 0, STR_NONE);
    return hooks_note(ctx, "User.Data.Updated", buf_view(&buf));
}
