/* What a sign-in is to change about its user, or a new one is to have: kept with the sign-in and
 * written when the user is made, or at the end. */
#ifndef SIGNET_EXPERIENCE_PROFILE_H
#define SIGNET_EXPERIENCE_PROFILE_H

#include "domain/kept_tokens.h"
#include "domain/user_sso_identities.h"
#include "domain/users.h"

struct profile {
    struct str username, email, phone; /* {NULL,0}: not set */
    struct user_password password;
    struct str name, avatar;
    struct str target, identity; /* an account elsewhere: the provider's name, the id there */
    struct str details;          /* and what is kept of it, JSON text */
    struct sso_identity sso;   /* an account at an enterprise connector; identity {NULL,0}: none */
    struct kept_tokens kept;   /* tokens of either */
    struct str organizations;  /* JSON array of the ids of those that the user is to join */
    struct str claims, custom; /* JSON objects: members of the user's profile and custom data */
    bool filled_in;            /* the form for these was sent, whatever was left out */
};

/* From the state of a sign-in, and into it: members of the object that is open. */
void profile_parse(json *state, struct profile *out);
void profile_render(struct json_out *out, const struct profile *profile);
/* The same without what is secret. */
void profile_show(struct json_out *out, const struct profile *profile);

/* Refuses identifiers that another user has: ERR_USER_USERNAME, _EMAIL, _PHONE. */
enum err profile_check_free(struct ctx *ctx, const struct profile *profile);
/* Makes a user who has it; writes it to a user there is. On the writer's connection. */
enum err profile_make_user(struct ctx *ctx, const struct profile *profile, struct str *user_id);
enum err profile_write(struct ctx *ctx, const struct profile *profile, struct str user_id);
/* Whether it has anything that changes a user's own data. */
bool profile_changes(const struct profile *profile);

/* Refuses what the user has already: ERR_USER_HAS_USERNAME and so on. */
enum err profile_check_absent(struct ctx *ctx, const struct profile *profile, struct str user_id);
/* ERR_USER_MISSING_PROFILE, with a list, when one of the words of mandatory (struct policy) is
 * neither in the profile nor the user's, or with "extraProfile" when who registers has not filled
 * in a field that the tenant asks for; user_id {NULL,0}: there is no user yet. */
enum err profile_check_complete(struct ctx *ctx, const struct profile *profile, struct str user_id,
                                struct str mandatory, bool registers);

#endif
