/* What a tenant lets people do at sign-in, from its sign-in experience. */
#ifndef SIGNET_EXPERIENCE_POLICY_H
#define SIGNET_EXPERIENCE_POLICY_H

#include "domain/ctx.h"

struct password_policy {
    size_t min_length, max_length; /* UTF-16 units */
    size_t min_types;              /* of lower case, upper case, digits, others */
    bool reject_common;            /* passwords that are tried first */
    bool reject_repetition;        /* "aaa", "123", "qwerty" */
    bool reject_user_info;
    json *words; /* array of texts that are rejected, too; may be NULL */
};

struct lockout_policy {
    int64_t max_failures;         /* of one account in a row */
    int64_t max_address_failures; /* of one client address */
    int64_t locked_ms;
};

struct policy {
    bool allows_sign_in;
    bool allows_register;    /* with a username and a password */
    struct str password_for; /* of "username", "email", "phone": what a password signs in with */
    struct password_policy password;
    struct lockout_policy lockout;
};

enum err policy_load(struct ctx *ctx, struct policy *out);

#endif
