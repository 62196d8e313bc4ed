/* What a sign-in is to change about its user. */
#include "experience/profile.h"

#include <stddef.h>

#include "experience/identifier.h"

/* Texts of a profile, by the names that the API shows. */
static const struct {
    struct str name;
    size_t offset;
} texts[] = {
    {STR_INIT("username"), offsetof(struct profile, username)},
    {STR_INIT("primaryEmail"), offsetof(struct profile, email)},
    {STR_INIT("primaryPhone"), offsetof(struct profile, phone)},
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

enum err profile_make_user(struct ctx *ctx, const struct profile *profile, struct str *user_id)
{
    struct db_rows rows;
    json *body;
    enum err err = make_body(ctx, profile, &body);
    if (err || (err = user_insert(ctx, body, profile->password, &rows)))
        return err;
    *user_id = db_text(&rows, 0, USER_ID);
    return OK;
}

enum err profile_write(struct ctx *ctx, const struct profile *profile, struct str user_id)
{
    struct db_rows rows;
    json *body;
    enum err err = make_body(ctx, profile, &body);
    if (!err && (profile->username.p || profile->email.p || profile->phone.p))
        err = user_update(ctx, user_id, body, NULL, 0, &rows);
    if (!err && profile->password.digest.p)
        err = user_set_password(ctx, user_id, profile->password, &rows);
    return err;
}
