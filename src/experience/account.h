/* A user's own account through the account API: what the tenant lets users see and change of it,
 * and what the request must show for it. */
#ifndef SIGNET_EXPERIENCE_ACCOUNT_H
#define SIGNET_EXPERIENCE_ACCOUNT_H

#include "domain/users.h"

struct my_account {
    json *controls;      /* of the account center: {"name":"Edit",…} */
    struct db_rows user; /* the caller's row of user_entity */
};

/* What an operation needs. */
struct account_need {
    const char *field;    /* the control that opens it; NULL: none */
    const char *fallback; /* the control that stands for it where it says nothing; NULL: none */
    const char *scope;    /* of the token; NULL: none */
    enum err scope_error; /* OK: ERR_ACCOUNT_SCOPE_401 */
    bool edits;           /* Edit is needed, and the token of a first-party application */
    bool reverified;      /* a fresh proof, by the header logto-verification-id */
    bool if_possible;     /* of an account that has nothing to prove with, none is asked for */
};

/* ERR_ACCOUNT_OFF when the tenant has no account API. */
enum err account_open(struct ctx *ctx, struct my_account *out);
/* Whether the request has what is needed, or why not. */
enum err account_check(struct ctx *ctx, const struct my_account *account,
                       const struct account_need *need);
/* Both. */
enum err account_enter(struct ctx *ctx, const struct account_need *need, struct my_account *out);
/* ERR_THIRD_PARTY_TOKEN: applications of others neither change an account nor prove things. */
enum err account_check_first_party(struct ctx *ctx);

bool account_can_see(const struct my_account *account, const char *field);
bool account_can_edit(const struct my_account *account, const char *field);
/* Whether the user has a password, an email address or a phone number. */
bool account_has_proof(const struct my_account *account);

/* The body's declared members alone: a checked body still has all that was sent. NULL: memory is
 * out. */
json *account_body(struct ctx *ctx, const struct field *fields);
/* ERR_LAST_IDENTIFIER when the user could not sign in any more without the column (USER_USERNAME,
 * USER_EMAIL, USER_PHONE), or with it -1, without one of the linked identities. */
enum err account_check_remaining(struct ctx *ctx, const struct my_account *account, int column);
/* Webhooks hear of the user's new row. */
enum err account_tell(struct ctx *ctx, const struct db_rows *user);

#endif
