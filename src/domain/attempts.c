/* Failed sign-ins, as they are counted. */
#include "domain/attempts.h"

#include "base/unicode.h"
#include "domain/opaque.h"
#include "domain/phone.h"

static bool is_digits(struct str text)
{
    for (size_t i = 0; i < text.n; i++)
        if (text.p[i] < '0' || text.p[i] > '9')
            return false;
    return true;
}

/* Usernames do not begin with a digit: what is digits alone is a phone number. */
struct str attempt_account(struct ctx *ctx, struct str identifier, bool known)
{
    struct str number = is_digits(identifier) ? phone_canonical(ctx->arena, identifier) : STR_NONE;
    struct str folded = unicode_fold(ctx->arena, number.p ? number : identifier);
    struct str digest = folded.p ? opaque_digest(ctx->arena, folded) : STR_NONE;
    return digest.p
               ? arena_printf(ctx->arena, "%s:%.*s", known ? "known" : "account", STR_ARG(digest))
               : STR_NONE;
}

enum err attempts_forget(struct ctx *ctx, struct str identifier)
{
    struct str account = attempt_account(ctx, identifier, false);
    struct str known = attempt_account(ctx, identifier, true);
    if (!account.p || !known.p)
        return fail(ctx, ERR_NO_MEMORY);
    enum err err =
        db_exec(ctx->db, "DELETE FROM sign_in_failures WHERE subject = $1 OR subject = $2",
                DB_PARAMS(db_text_value(account), db_text_value(known)), NULL);
    return err ? fail(ctx, err) : OK;
}
