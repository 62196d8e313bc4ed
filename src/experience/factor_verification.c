/* Verifications of second factors: what they have in common. */
#include "experience/factor_verification.h"

enum err factor_own_parse(struct ctx *ctx, json *stored, struct verification *what)
{
    struct factor_own *own = ARENA_NEW(ctx->arena, struct factor_own);
    if (!own)
        return fail(ctx, ERR_NO_MEMORY);
    own->user_id = json_str(json_get(stored, STR("userId")));
    own->challenge = json_str(json_get(stored, STR("challenge")));
    own->registers = yyjson_is_true(json_get(stored, STR("registers")));
    own->sealed = json_str(json_get(stored, STR("sealed")));
    what->own = own;
    return OK;
}

void factor_own_render(struct json_out *out, const struct verification *what)
{
    const struct factor_own *own = what->own;
    JSON_STR(out, "userId", own->user_id);
    JSON_STR(out, "challenge", own->challenge);
    JSON_BOOL(out, "registers", own->registers);
    JSON_STR(out, "sealed", own->sealed);
}

void factor_own_show(struct json_out *out, const struct verification *what)
{
    const struct factor_own *own = what->own;
    if (own->user_id.p)
        JSON_STR(out, "userId", own->user_id);
}

bool factor_own_proves(const struct verification *what, struct str user_id)
{
    const struct factor_own *own = what->own;
    return what->verified && !own->sealed.p && own->user_id.p && str_eq(own->user_id, user_id);
}

enum err factor_load(struct ctx *ctx, struct experience *out)
{
    enum err err = experience_load(ctx, out);
    ctx->answer.no_store = true;
    if (!err && !out->user_id.p)
        return fail(ctx, ERR_IDENTIFIER_NOT_FOUND);
    return err;
}

enum err factor_get(struct ctx *ctx, struct experience *experience,
                    const struct verification_kind *kind, struct str id, struct verification **out,
                    struct factor_own **own)
{
    struct verification *found;
    enum err err = experience_get_kind(ctx, experience, kind, id, &found);
    if (err)
        return err;
    struct factor_own *theirs = found->own;
    if (!str_eq(theirs->user_id, experience->user_id))
        return fail(ctx, ERR_VERIFICATION_NOT_FOUND);
    *out = found;
    *own = theirs;
    return OK;
}
