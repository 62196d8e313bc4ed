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

/* Lists are of words with blanks between, of "username", "email" and "phone" when it is not said
 * otherwise. */
struct policy {
    bool allows_sign_in;
    bool allows_register;
    bool captcha;                      /* a sign-in needs the token of a captcha provider */
    bool single_sign_on;               /* through enterprise connectors */
    struct str password_for, code_for; /* what a password, and a code, sign in with */
    struct str reset_for;              /* what a code sets a forgotten password anew with */
    struct str sign_up;                /* what an account is begun with */
    /* What accounts must have: also "emailOrPhone" and "password". */
    struct str mandatory;
    struct password_policy password;
    struct lockout_policy lockout;
    struct str terms_url, privacy_url; /* empty or absent: there are none */
    /* Where there are any: people agree by a box, not by going on. */
    bool agrees_to_register, agrees_to_sign_in;
    json *blocklist; /* emailBlocklistPolicy */
    json *username;  /* usernamePolicy */
};

enum err policy_load(struct ctx *ctx, struct policy *out);

/* ERR_EMAIL_REFUSED, ERR_EMAIL_SUBADDRESSING when accounts with this address are not wanted; none
 * ({NULL,0}) passes. */
enum err policy_check_email(struct ctx *ctx, struct str email);
/* The same, and ERR_SSO_NEEDED when it is an enterprise's, whose provider alone gives accounts such
 * addresses: for each door by which a user gets an address in another way. */
enum err policy_check_own_email(struct ctx *ctx, struct str email);

/* ERR_USERNAME_SHORT and so on when the tenant does not want such names. */
enum err policy_check_username(struct ctx *ctx, struct str username);

#endif
