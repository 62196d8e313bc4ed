/* The password policy of the sign-in experience: what users may choose. */
#ifndef SIGNET_DOMAIN_PASSWORD_POLICY_H
#define SIGNET_DOMAIN_PASSWORD_POLICY_H

#include "base/json.h"

struct password_policy {
    int64_t min, max; /* characters (UTF-16 units) */
    int64_t types;    /* of lower case, upper case, digits, symbols */
    bool repetition_and_sequence, user_info;
    json *words;
};

/* What of the user must not make up the password; each may be absent. */
struct password_owner {
    struct str name, username, email, phone;
};

/* The stored object, with Logto's defaults where it says nothing. */
struct password_policy password_policy_parse(json *value);

/* A JSON array of {code[, interpolation]}, "[]" when the password will do; {NULL,0} when memory is
 * out. owner is needed when the policy looks at it. Breached passwords are not looked up. */
struct str password_policy_issues(const struct password_policy *policy, struct str password,
                                  const struct password_owner *owner, struct arena *arena);

#endif
