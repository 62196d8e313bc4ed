/* What a tenant lets people do at sign-in: the one place that knows the settings. */
#ifndef SIGNET_EXPERIENCE_POLICY_H
#define SIGNET_EXPERIENCE_POLICY_H

#include "domain/ctx.h"

struct password_policy {
    size_t min_length, max_length; /* UTF-16 units */
    size_t min_types;              /* of lower case, upper case, digits, others */
    bool reject_common;            /* passwords that are tried first */
    bool reject_repetition;        /* "aaa", "123", "qwerty" */
    bool reject_user_info;
};

struct lockout_policy {
    int64_t max_failures;         /* of one account in a row */
    int64_t max_address_failures; /* of one client address */
    int64_t locked_ms;
};

bool policy_allows_register(const struct ctx *ctx);
/* type: "username", "email", "phone". */
bool policy_allows_password(const struct ctx *ctx, struct str type);
const struct password_policy *policy_password(const struct ctx *ctx);
const struct lockout_policy *policy_lockout(const struct ctx *ctx);

#endif
