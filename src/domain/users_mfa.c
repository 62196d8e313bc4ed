/* Second factors as rows, and the secrets in them. */
#include "domain/users_mfa.h"

#include "base/encoding.h"
#include "base/ids.h"
#include "base/unicode.h"
#include "crypto/digest.h"
#include "crypto/vault.h"

static struct str seal_context(struct arena *arena, struct str id)
{
    return arena_printf(arena, "user_mfa_verifications|%.*s", STR_ARG(id));
}

enum err user_mfa_list(struct ctx *ctx, struct str user, struct db_rows *rows)
{
    return db_query(ctx->db,
                    "SELECT id, type, sealed, created_at, last_used_at FROM user_mfa_verifications"
                    " WHERE user_id = $1 ORDER BY created_at, id",
                    DB_PARAMS(db_text_value(user)), ctx->arena, rows);
}

enum err user_mfa_open(struct ctx *ctx, const struct db_rows *rows, size_t row, json **out)
{
    struct str context = seal_context(ctx->arena, db_text(rows, row, MFA_ID));
    struct str text = context.p ? vault_unseal(ctx->tenant->vault, ctx->arena, context,
                                               db_text(rows, row, MFA_SEALED))
                                : STR_NONE;
    if (!text.p || json_parse(ctx->arena, text, out, NULL))
        return fail(ctx, ERR_INTERNAL);
    return OK;
}

size_t mfa_remaining_codes(json *opened)
{
    size_t index, max, count = 0;
    json *code;
    yyjson_arr_foreach(json_get(opened, STR("codes")), index, max, code)
    {
        count += !json_get(code, STR("usedAt"));
    }
    return count;
}

enum err user_mfa_insert(struct ctx *ctx, struct str user, struct str type, struct str data)
{
    char bytes[ID_ORDERED_LENGTH];
    struct buf sealed = buf_new(ctx->arena, SIZE_MAX);
    id_ordered(bytes, ctx->now);
    struct str id = {bytes, sizeof(bytes)}, context = seal_context(ctx->arena, id);
    if (!data.p || !context.p || !vault_seal(ctx->tenant->vault, context, data, &sealed))
        return fail(ctx, ERR_NO_MEMORY);
    return db_exec(ctx->db,
                   "INSERT INTO user_mfa_verifications (id, user_id, type, sealed, created_at)"
                   " VALUES ($1, $2, $3, $4, $5)",
                   DB_PARAMS(db_text_value(id), db_text_value(user), db_text_value(type),
                             db_text_value(buf_view(&sealed)), db_int_value(ctx->now)),
                   NULL);
}

enum err user_mfa_delete(struct ctx *ctx, struct str user, struct str id, bool *found)
{
    int64_t affected;
    enum err err =
        db_exec(ctx->db, "DELETE FROM user_mfa_verifications WHERE user_id = $1 AND id = $2",
                DB_PARAMS(db_text_value(user), db_text_value(id)), &affected);
    if (!err)
        *found = affected > 0;
    return err;
}

struct str mfa_code_digest(struct arena *arena, struct str code)
{
    uint8_t hash[SHA256_SIZE];
    struct str folded = unicode_fold(arena, code);
    char *text = arena_bytes(arena, BASE64URL_LENGTH(SHA256_SIZE));
    if (!folded.p || !text)
        return STR_NONE;
    sha256(folded, hash);
    base64url_encode(hash, sizeof(hash), text);
    return (struct str){text, BASE64URL_LENGTH(SHA256_SIZE)};
}
