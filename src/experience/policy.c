/* What a tenant lets people do at sign-in. */
#include "experience/policy.h"

#include "domain/sign_in_experience.h"

/* What counts where a setting says nothing: as in a new tenant of Logto's. */
static const struct policy usual = {
    .allows_sign_in = true,
    .allows_register = true,
    .password_for = STR_INIT("username"),
    .password = {.min_length = 8,
                 .max_length = 256,
                 .min_types = 1,
                 .reject_common = true,
                 .reject_repetition = true,
                 .reject_user_info = true},
    .lockout = {.max_failures = 100,
                .max_address_failures = 1000,
                .locked_ms = (int64_t)3600 * 1000},
};
#define MINUTE_MS ((int64_t)60 * 1000)

static void read_size(json *object, struct str name, size_t *out)
{
    json *value = json_get(object, name);
    if (yyjson_is_int(value) && yyjson_get_sint(value) >= 0)
        *out = (size_t)yyjson_get_sint(value);
}

static void read_bool(json *object, struct str name, bool *out)
{
    json *value = json_get(object, name);
    if (yyjson_is_bool(value))
        *out = yyjson_get_bool(value);
}

static void read_password(json *value, struct password_policy *out)
{
    json *length = json_get(value, STR("length")), *rejects = json_get(value, STR("rejects"));
    read_size(length, STR("min"), &out->min_length);
    read_size(length, STR("max"), &out->max_length);
    read_size(json_get(value, STR("characterTypes")), STR("min"), &out->min_types);
    read_bool(rejects, STR("pwned"), &out->reject_common);
    read_bool(rejects, STR("repetitionAndSequence"), &out->reject_repetition);
    read_bool(rejects, STR("userInfo"), &out->reject_user_info);
    out->words = json_get(rejects, STR("words"));
}

static void read_lockout(json *value, struct lockout_policy *out)
{
    size_t attempts = (size_t)out->max_failures, minutes = (size_t)(out->locked_ms / MINUTE_MS);
    read_size(value, STR("maxAttempts"), &attempts);
    read_size(value, STR("lockoutDuration"), &minutes);
    out->max_failures = (int64_t)attempts;
    out->locked_ms = (int64_t)minutes * MINUTE_MS;
}

static struct str read_methods(struct ctx *ctx, json *sign_in)
{
    struct buf buf = buf_new(ctx->arena, 256);
    yyjson_arr_iter items = yyjson_arr_iter_with(json_get(sign_in, STR("methods")));
    for (json *item; (item = yyjson_arr_iter_next(&items));) {
        if (!yyjson_get_bool(json_get(item, STR("password"))))
            continue;
        if (buf.n)
            buf_byte(&buf, ' ');
        buf_str(&buf, json_str(json_get(item, STR("identifier"))));
    }
    return buf.n ? buf_view(&buf) : STR("");
}

static bool has_item(json *array, struct str text)
{
    yyjson_arr_iter items = yyjson_arr_iter_with(array);
    for (json *item; (item = yyjson_arr_iter_next(&items));)
        if (str_eq(json_str(item), text))
            return true;
    return false;
}

/* Operators come by invitation alone, and always can sign in with their username. */
static void keep_operators(struct policy *policy)
{
    policy->allows_sign_in = true;
    policy->allows_register = false;
    policy->password_for = usual.password_for;
}

enum err policy_load(struct ctx *ctx, struct policy *out)
{
    struct db_rows rows;
    json *sign_in, *sign_up, *password, *lockout;
    *out = usual;
    enum err err = sign_in_experience_get(ctx, &rows);
    if (err || (err = sign_in_experience_json(ctx, &rows, STR("signIn"), &sign_in)) ||
        (err = sign_in_experience_json(ctx, &rows, STR("signUp"), &sign_up)) ||
        (err = sign_in_experience_json(ctx, &rows, STR("passwordPolicy"), &password)) ||
        (err = sign_in_experience_json(ctx, &rows, STR("sentinelPolicy"), &lockout)))
        return err;
    struct str mode = db_text(&rows, 0, sign_in_experience_column(STR("signInMode")));
    out->allows_sign_in = !str_eq(mode, STR("Register"));
    out->allows_register = !str_eq(mode, STR("SignIn")) &&
                           has_item(json_get(sign_up, STR("identifiers")), STR("username")) &&
                           yyjson_get_bool(json_get(sign_up, STR("password")));
    out->password_for = read_methods(ctx, sign_in);
    read_password(password, &out->password);
    read_lockout(lockout, &out->lockout);
    if (ctx->tenant->tag == TENANT_ADMIN)
        keep_operators(out);
    return out->password_for.p ? OK : fail(ctx, ERR_NO_MEMORY);
}
