/* What a user's token may carry: the scopes that the roles give, and the claims of the scopes. */
#ifndef SIGNET_DOMAIN_USER_ACCESS_H
#define SIGNET_DOMAIN_USER_ACCESS_H

#include "domain/ctx.h"

/* The scopes of OpenID Connect and Logto's own; NULL-ended. */
extern const char *const openid_scopes[];

/* The claims that tokens and userinfo may have; NULL-ended. */
extern const char *const openid_claims[];

#define SCOPE_ORGANIZATIONS      "urn:logto:scope:organizations"
#define SCOPE_ORGANIZATION_ROLES "urn:logto:scope:organization_roles"

/* Of blank-separated words: whether words has all of needed's; words and what more has beside them;
 * those of words that others has, too. {NULL,0} when memory is out. */
bool words_cover(struct str words, struct str needed);
struct str words_union(struct arena *arena, struct str words, struct str more);
struct str words_common(struct arena *arena, struct str words, struct str others);

/* Those of requested (blank-separated) that are openid_scopes. {NULL,0} when memory is out. */
struct str scope_openid(struct arena *arena, struct str requested);
/* The same, of a third-party application as far as it may ask for them. */
enum err user_openid_scope(struct ctx *ctx, const struct app *app, struct str requested,
                           struct str *granted);
/* ERR_OAUTH_INVALID_SCOPE when a third-party application asks for one that it may not have. */
enum err user_check_openid_scope(struct ctx *ctx, const struct app *app, struct str requested);

/* Whose scopes are computed, and where. */
struct user_access {
    const struct app *app; /* who gets them */
    struct str user_id;
    struct str organization_id; /* the one that the token is for; {NULL,0}: none */
    enum access_by {
        ACCESS_SEEN = 0, /* by roles, and by those in organizations that the application may see */
        ACCESS_OWN = 1,  /* by roles alone */
        ACCESS_ORGANIZATIONS = 2, /* by those in organizations alone, seen or not */
    } by;
};

/* Those of requested that the user's roles grant of the resource, in their order; empty: none.
 * Organization roles count as well: those in organization_id, or without it in any. The resource
 * ORGANIZATION_RESOURCE stands for the scopes of organizations themselves. A third-party
 * application gets at most what its consent tables have. */
enum err user_scope(struct ctx *ctx, const struct user_access *who, struct str indicator,
                    struct str requested, struct str *granted);

/* ERR_OAUTH_ACCESS_DENIED when the user is no member of the organization, does not let the
 * third-party application see it, or lacks the second factor that it requires. */
enum err user_check_organization(struct ctx *ctx, const struct user_access *who);

/* ERR_OAUTH_INVALID_GRANT when the user is gone or suspended. */
enum err user_check_active(struct ctx *ctx, struct str user_id);

/* Writes sub and the user's claims that scope opens (OpenID Connect Core 5.4) as members of an open
 * object; a third-party application is told of those organizations that the user lets it see. Of
 * who, app and user_id count. userinfo: also those that ID tokens leave out unless the tenant asks
 * for them. ERR_NOT_FOUND: there is no such user. */
enum err user_put_claims(struct ctx *ctx, struct json_out *out, const struct user_access *who,
                         struct str scope, bool userinfo);

#endif
