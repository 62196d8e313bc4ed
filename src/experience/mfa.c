/* Second factors of a sign-in: their state, and how often they may be tried. */
#include "experience/mfa.h"

#include <stddef.h>

#include "domain/sealed.h"
#include "experience/experience.h"
#include "experience/lockout.h"

#define SEALED_PLACE "interactions|factor"

static const struct {
    struct str name;
    size_t offset;
    bool shown;
} flags[] = {
    {STR_INIT("mfaEnabled"), offsetof(struct mfa, enabled), true},
    {STR_INIT("mfaSkipped"), offsetof(struct mfa, skipped), true},
    {STR_INIT("additionalBindingSuggestionSkipped"), offsetof(struct mfa, suggestion_skipped),
     false},
    {STR_INIT("passkeySkipped"), offsetof(struct mfa, passkey_skipped), true},
    {STR_INIT("trustsDevice"), offsetof(struct mfa, trusts), false},
};
#define FLAGS (sizeof flags / sizeof *flags)

static bool *flag_of(const struct mfa *mfa, size_t which)
{
    return (bool *)((char *)mfa + flags[which].offset);
}

void mfa_parse(json *state, struct mfa *out)
{
    size_t index, max;
    json *each;
    *out = (struct mfa){0};
    for (size_t i = 0; i < FLAGS; i++)
        *flag_of(out, i) = yyjson_is_true(json_get(state, flags[i].name));
    yyjson_arr_foreach(json_get(state, STR("pending")), index, max, each)
    {
        struct pending_factor pending = {.sealed = json_str(json_get(each, STR("sealed")))};
        if (out->count < MFA_MAX_PENDING &&
            factor_find(json_str(json_get(each, STR("type"))), &pending.factor))
            out->pending[out->count++] = pending;
    }
    out->failures = yyjson_get_sint(json_get(state, STR("failures")));
    out->challenge = json_str(json_get(state, STR("challenge")));
}

void mfa_render(struct json_out *out, const struct mfa *mfa)
{
    for (size_t i = 0; i < FLAGS; i++) {
        json_key(out, flags[i].name);
        json_put_bool(out, *flag_of(mfa, i));
    }
    json_key(out, STR("pending"));
    json_open_array(out);
    for (size_t i = 0; i < mfa->count; i++) {
        json_open_object(out);
        JSON_STR(out, "type", str_of(factor_names[mfa->pending[i].factor]));
        JSON_STR(out, "sealed", mfa->pending[i].sealed);
        json_close_object(out);
    }
    json_close_array(out);
    JSON_INT(out, "failures", mfa->failures);
    JSON_STR(out, "challenge", mfa->challenge);
}

static void show_type(struct json_out *out, const struct mfa *mfa, struct str name,
                      enum factor factor)
{
    for (size_t i = 0; i < mfa->count; i++) {
        if (mfa->pending[i].factor != factor)
            continue;
        json_key(out, name);
        json_open_object(out);
        JSON_STR(out, "type", str_of(factor_names[factor]));
        json_close_object(out);
        return;
    }
}

void mfa_show(struct json_out *out, const struct mfa *mfa)
{
    for (size_t i = 0; i < FLAGS; i++) {
        if (!flags[i].shown || !*flag_of(mfa, i))
            continue;
        json_key(out, flags[i].name);
        json_put_bool(out, true);
    }
    show_type(out, mfa, STR("totp"), FACTOR_TOTP);
    show_type(out, mfa, STR("backupCode"), FACTOR_BACKUP_CODE);
}

/* ---- Secrets ---- */

enum err mfa_seal(struct ctx *ctx, const struct experience *experience, struct str plain,
                  struct str *sealed)
{
    return sealed_make(ctx, SEALED_PLACE, experience->interaction.uid, plain, sealed);
}

enum err mfa_open(struct ctx *ctx, const struct experience *experience, struct str sealed,
                  json **opened)
{
    struct str plain;
    enum err err = sealed_open(ctx, SEALED_PLACE, experience->interaction.uid, sealed, &plain);
    if (err)
        return err;
    return json_parse(ctx->arena, plain, opened, NULL) == JSON_OK ? OK : fail(ctx, ERR_INTERNAL);
}

/* ---- Tries ---- */

static enum err attempt(struct ctx *ctx, const struct experience *experience, struct attempt *out)
{
    struct str subject = arena_printf(ctx->arena, "factor %.*s", STR_ARG(experience->user_id));
    return subject.p ? attempt_of(ctx, subject, out) : fail(ctx, ERR_NO_MEMORY);
}

enum err mfa_may_try(struct ctx *ctx, const struct experience *experience)
{
    struct attempt who;
    if (experience->mfa.failures >= MFA_TRIES)
        return fail(ctx, ERR_TOO_MANY_ATTEMPTS);
    enum err err = experience->user_id.p ? attempt(ctx, experience, &who) : OK;
    return err || !experience->user_id.p ? err : attempt_check(ctx, &who);
}

enum err mfa_failed(struct ctx *ctx, struct experience *experience, enum err err)
{
    struct attempt who;
    struct failure failure = ctx->failure;
    experience->mfa.failures++;
    enum err counted = experience_save(ctx, experience);
    if (!counted && experience->user_id.p)
        counted = attempt(ctx, experience, &who);
    if (counted)
        return counted;
    ctx_keep_writes(ctx);
    ctx->failure = failure;
    return experience->user_id.p ? attempt_failed(ctx, &who, err) : err;
}

enum err mfa_succeeded(struct ctx *ctx, const struct experience *experience)
{
    struct attempt who;
    enum err err = attempt(ctx, experience, &who);
    return err ? err : attempt_succeeded(ctx, &who);
}
