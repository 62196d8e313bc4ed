/* What a sign-in is to change about its user. */
#include "experience/profile.h"

#include <stddef.h>

#include "domain/sign_in_experience.h"
#include "domain/user_identities.h"
#include "experience/extra_profile.h"
#include "experience/identifier.h"
#include "experience/membership.h"

/* Texts of a profile, by the names that the API shows. */
static const struct {
    struct str name;
    size_t offset;
} texts[] = {
    {STR_INIT("username"), offsetof(struct profile, username)},
    {STR_INIT("primaryEmail"), offsetof(struct profile, email)},
    {STR_INIT("primaryPhone"), offsetof(struct profile, phone)},
    {STR_INIT("name"), offsetof(struct profile, name)},
    {STR_INIT("avatar"), offsetof(struct profile, avatar)},
};
#define TEXTS (sizeof texts / sizeof *texts)

void profile_parse(json *state, struct profile *out)
{
    json *password = json_get(state, STR("password"));
    *out = (struct profile){0};
    for (size_t i = 0; i < TEXTS; i++)
        *(struct str *)(void *)((char *)out + texts[i].offset) =
            json_str(json_get(state, texts[i].name));
    out->password = (struct user_password){json_str(json_get(password, STR("digest"))),
                                           json_str(json_get(password, STR("algorithm")))};
    out->organizations = json_str(json_get(state, STR("organizations")));
    out->claims = json_str(json_get(state, STR("claims")));
    out->custom = json_str(json_get(state, STR("custom")));
    out->filled_in = yyjson_get_bool(json_get(state, STR("filledIn")));
    out->target = json_str(json_get(state, STR("target")));
    out->identity = json_str(json_get(state, STR("identity")));
    out->details = json_str(json_get(state, STR("details")));
    json *sso = json_get(state, STR("sso"));
    out->sso = (struct sso_identity){.connector_id = json_str(json_get(sso, STR("connector"))),
                                     .issuer = json_str(json_get(sso, STR("issuer"))),
                                     .identity = json_str(json_get(sso, STR("identity"))),
                                     .details = json_str(json_get(sso, STR("details")))};
    json *kept = json_get(state, STR("kept"));
    out->kept = (struct kept_tokens){
        .enterprise = yyjson_get_bool(json_get(kept, STR("enterprise"))),
        .connector_id = json_str(json_get(kept, STR("connector"))),
        .provider = json_str(json_get(kept, STR("provider"))),
        .identity = json_str(json_get(kept, STR("identity"))),
        .sealed = json_str(json_get(kept, STR("sealed"))),
    };
}

void profile_show(struct json_out *out, const struct profile *profile)
{
    for (size_t i = 0; i < TEXTS; i++) {
        const struct str *text =
            (const struct str *)(const void *)((const char *)profile + texts[i].offset);
        if (!text->p)
            continue;
        json_key(out, texts[i].name);
        json_put_str(out, *text);
    }
    if (profile->claims.p)
        JSON_RAW(out, "profile", profile->claims);
    if (profile->custom.p)
        JSON_RAW(out, "customData", profile->custom);
    if (profile->organizations.p)
        JSON_RAW(out, "jitOrganizationIds", profile->organizations);
}

void profile_render(struct json_out *out, const struct profile *profile)
{
    for (size_t i = 0; i < TEXTS; i++) {
        json_key(out, texts[i].name);
        json_put_str(out,
                     *(const struct str *)(const void *)((const char *)profile + texts[i].offset));
    }
    json_key(out, STR("password"));
    json_open_object(out);
    JSON_STR(out, "digest", profile->password.digest);
    JSON_STR(out, "algorithm", profile->password.algorithm);
    json_close_object(out);
    JSON_STR(out, "organizations", profile->organizations);
    JSON_STR(out, "claims", profile->claims);
    JSON_STR(out, "custom", profile->custom);
    JSON_BOOL(out, "filledIn", profile->filled_in);
    JSON_STR(out, "target", profile->target);
    JSON_STR(out, "identity", profile->identity);
    JSON_STR(out, "details", profile->details);
    json_key(out, STR("sso"));
    json_open_object(out);
    JSON_STR(out, "connector", profile->sso.connector_id);
    JSON_STR(out, "issuer", profile->sso.issuer);
    JSON_STR(out, "identity", profile->sso.identity);
    JSON_STR(out, "details", profile->sso.details);
    json_close_object(out);
    if (!profile->kept.sealed.p)
        return;
    json_key(out, STR("kept"));
    json_open_object(out);
    JSON_BOOL(out, "enterprise", profile->kept.enterprise);
    JSON_STR(out, "connector", profile->kept.connector_id);
    JSON_STR(out, "provider", profile->kept.provider);
    JSON_STR(out, "identity", profile->kept.identity);
    JSON_STR(out, "sealed", profile->kept.sealed);
    json_close_object(out);
}

/* ---- Users ---- */

enum err profile_check_free(struct ctx *ctx, const struct profile *profile)
{
    const struct {
        struct str type, value;
        enum err taken;
    } unique[] = {
        {STR("username"), profile->username, ERR_USER_USERNAME},
        {STR("email"), profile->email, ERR_USER_EMAIL},
        {STR("phone"), profile->phone, ERR_USER_PHONE},
    };
    for (size_t i = 0; i < sizeof unique / sizeof *unique; i++) {
        struct account other = {0};
        enum err err = OK;
        if (unique[i].value.p)
            err = identifier_find_user(ctx, unique[i].type, unique[i].value, &other);
        if (err)
            return err;
        if (other.id.p)
            return fail(ctx, unique[i].taken);
    }
    return OK;
}

/* What a user has, in place of the values. */
struct belongings {
    bool username, email, phone, password, identity, sso;
};

static enum err find_belongings(struct ctx *ctx, struct str user_id, struct belongings *out)
{
    struct db_rows rows;
    *out = (struct belongings){0};
    if (!user_id.p)
        return OK;
    enum err err = user_get(ctx, user_id, &rows);
    if (err)
        return err;
    *out = (struct belongings){
        .username = db_text(&rows, 0, USER_USERNAME).p != NULL,
        .email = db_text(&rows, 0, USER_EMAIL).p != NULL,
        .phone = db_text(&rows, 0, USER_PHONE).p != NULL,
        .password = db_int(&rows, 0, USER_HAS_PASSWORD) != 0,
        .identity = !str_eq(db_text(&rows, 0, USER_IDENTITIES), STR("{}")),
    };
    return user_sso_has(ctx, user_id, &out->sso);
}

enum err profile_check_absent(struct ctx *ctx, const struct profile *profile, struct str user_id)
{
    struct belongings has;
    enum err err = find_belongings(ctx, user_id, &has);
    if (err)
        return err;
    if (profile->username.p && has.username)
        return fail(ctx, ERR_USER_HAS_USERNAME);
    if (profile->email.p && has.email)
        return fail(ctx, ERR_USER_HAS_EMAIL);
    if (profile->phone.p && has.phone)
        return fail(ctx, ERR_USER_HAS_PHONE);
    return profile->password.digest.p && has.password ? fail(ctx, ERR_USER_HAS_PASSWORD) : OK;
}

static bool has_part(const struct belongings *has, struct str part)
{
    if (str_eq(part, STR("username")))
        return has->username;
    if (str_eq(part, STR("email")))
        return has->email;
    if (str_eq(part, STR("phone")))
        return has->phone;
    if (str_eq(part, STR("emailOrPhone")))
        return has->email || has->phone;
    return has->password;
}

/* Whether accounts that are known by another provider need none of the identifiers. */
static enum err provider_is_enough(struct ctx *ctx, bool *enough)
{
    struct db_rows rows;
    json *social;
    enum err err = sign_in_experience_get(ctx, &rows);
    if (!err)
        err = sign_in_experience_json(ctx, &rows, STR("socialSignIn"), &social);
    if (!err)
        *enough = yyjson_get_bool(json_get(social, STR("skipRequiredIdentifiers")));
    return err;
}

enum err profile_check_complete(struct ctx *ctx, const struct profile *profile, struct str user_id,
                                struct str mandatory, bool registers)
{
    struct belongings has;
    struct str part;
    bool missing = false;
    struct buf buf = buf_new(ctx->arena, 1024);
    struct json_out out = json_out(&buf);
    enum err err = find_belongings(ctx, user_id, &has);
    if (err)
        return err;
    has.username |= profile->username.p != NULL;
    has.email |= profile->email.p != NULL;
    has.phone |= profile->phone.p != NULL;
    has.identity |= profile->target.p != NULL;
    has.password |= profile->password.digest.p || has.identity;
    bool enough = has.sso || profile->sso.identity.p;
    if (!enough && has.identity && (err = provider_is_enough(ctx, &enough)))
        return err;
    if (enough)
        return OK;
    json_open_object(&out);
    json_key(&out, STR("missingProfile"));
    json_open_array(&out);
    while ((part = str_split(&mandatory, ' ')).n) {
        if (has_part(&has, part))
            continue;
        json_put_str(&out, part);
        missing = true;
    }
    json_close_array(&out);
    json_close_object(&out);
    if (missing)
        return fail_data(ctx, fail(ctx, ERR_USER_MISSING_PROFILE), buf_view(&buf));
    return registers ? extra_profile_check(ctx, profile, user_id) : OK;
}

/* The body that users are made and changed from. */
static enum err make_body(struct ctx *ctx, const struct profile *profile, json **body)
{
    struct buf buf = buf_new(ctx->arena, 4096);
    struct json_out out = json_out(&buf);
    struct profile plain = *profile;
    plain.organizations = STR_NONE;
    json_open_object(&out);
    profile_show(&out, &plain);
    json_close_object(&out);
    bool made = !buf.failed && json_parse(ctx->arena, buf_view(&buf), body, NULL) == JSON_OK;
    return made ? OK : fail(ctx, ERR_NO_MEMORY);
}

static enum err link_identity(struct ctx *ctx, const struct profile *profile, struct str user_id)
{
    struct db_rows rows;
    struct buf buf = buf_new(ctx->arena, SIZE_MAX);
    struct json_out out = json_out(&buf);
    if (!profile->target.p)
        return OK;
    json_open_object(&out);
    JSON_STR(&out, "userId", profile->identity);
    JSON_RAW(&out, "details", profile->details);
    json_close_object(&out);
    if (buf.failed)
        return fail(ctx, ERR_NO_MEMORY);
    return user_identity_link(ctx, user_id, profile->target, profile->identity, buf_view(&buf),
                              &rows);
}

/* An account at an enterprise connector; whoever comes with it for the first time joins the
 * organizations that it is of. */
static enum err link_sso(struct ctx *ctx, const struct profile *profile, struct str user_id)
{
    bool made = false;
    if (!profile->sso.identity.p)
        return OK;
    enum err err = user_sso_link(ctx, user_id, &profile->sso, &made);
    return err || !made ? err
                        : membership_join_by_connector(ctx, profile->sso.connector_id, user_id);
}

/* What stands beside the user's row. */
static enum err write_links(struct ctx *ctx, const struct profile *profile, struct str user_id)
{
    enum err err = link_identity(ctx, profile, user_id);
    if (!err)
        err = link_sso(ctx, profile, user_id);
    if (!err)
        err = kept_tokens_store(ctx, user_id, &profile->kept);
    return err ? err : membership_join(ctx, profile->organizations, user_id);
}

enum err profile_make_user(struct ctx *ctx, const struct profile *profile, struct str *user_id)
{
    struct db_rows rows;
    json *body;
    enum err err = make_body(ctx, profile, &body);
    if (err || (err = user_insert(ctx, body, profile->password, &rows)))
        return err;
    *user_id = db_text(&rows, 0, USER_ID);
    err = write_links(ctx, profile, *user_id);
    return err || profile->sso.identity.p || !profile->email.p
               ? err
               : membership_join_by_email(ctx, profile->email, *user_id);
}

/* The columns with what is there already, and with what the profile has over it. */
static enum err merge_extra(struct ctx *ctx, const struct profile *profile, struct str user_id,
                            struct crud_set sets[2])
{
    struct db_rows rows;
    enum err err = user_get(ctx, user_id, &rows);
    if (err)
        return err;
    struct str none = STR("{}");
    sets[0] = (struct crud_set){
        "profile", db_text_value(user_merge(ctx->arena, db_text(&rows, 0, USER_PROFILE),
                                            profile->claims.p ? profile->claims : none))};
    sets[1] = (struct crud_set){
        "custom_data", db_text_value(user_merge(ctx->arena, db_text(&rows, 0, USER_CUSTOM_DATA),
                                                profile->custom.p ? profile->custom : none))};
    return OK;
}

static bool has_extra(const struct profile *profile)
{
    return profile->claims.p || profile->custom.p;
}

static bool has_texts(const struct profile *profile)
{
    return profile->username.p || profile->email.p || profile->phone.p || profile->name.p ||
           profile->avatar.p;
}

bool profile_changes(const struct profile *profile)
{
    return has_texts(profile) || has_extra(profile) || profile->password.digest.p ||
           profile->target.p;
}

enum err profile_write(struct ctx *ctx, const struct profile *profile, struct str user_id)
{
    struct db_rows rows;
    struct crud_set sets[2];
    json *body;
    struct profile texts_only = *profile;
    texts_only.claims = texts_only.custom = STR_NONE;
    enum err err = make_body(ctx, &texts_only, &body);
    if (!err && has_extra(profile))
        err = merge_extra(ctx, profile, user_id, sets);
    if (!err && (has_texts(profile) || has_extra(profile)))
        err = user_update(ctx, user_id, body, sets, has_extra(profile) ? 2 : 0, &rows);
    if (!err && profile->password.digest.p)
        err = user_set_password(ctx, user_id, profile->password, &rows);
    return err ? err : write_links(ctx, profile, user_id);
}
