/* Failed sign-ins, as they are counted. */
#include "domain/attempts.h"

#include "base/unicode.h"
#include "domain/opaque.h"

struct str attempt_account(struct ctx *ctx, struct str identifier, bool known)
{
    struct str folded = unicode_fold(ctx->arena, identifier);
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
