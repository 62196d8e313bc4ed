/* What a tenant lets people do at sign-in: what a new Logto does. */
#include "experience/policy.h"

static const struct password_policy password = {
    .min_length = 8,
    .max_length = 256,
    .min_types = 1,
    .reject_common = true,
    .reject_repetition = true,
    .reject_user_info = true,
};

static const struct lockout_policy lockout = {
    .max_failures = 100,
    .max_address_failures = 1000,
    .locked_ms = (int64_t)3600 * 1000,
};

/* Operators come by invitation alone. */
bool policy_allows_register(const struct ctx *ctx)
{
    return ctx->tenant->tag != TENANT_ADMIN;
}

bool policy_allows_password(const struct ctx *ctx, struct str type)
{
    (void)ctx;
    return str_eq(type, STR("username"));
}

const struct password_policy *policy_password(const struct ctx *ctx)
{
    (void)ctx;
    return &password;
}

const struct lockout_policy *policy_lockout(const struct ctx *ctx)
{
    (void)ctx;
    return &lockout;
}
