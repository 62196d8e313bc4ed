/* Interactions: authorization requests that wait for the user, each bound to a browser by a cookie.
 */
#ifndef SIGNET_DOMAIN_INTERACTIONS_H
#define SIGNET_DOMAIN_INTERACTIONS_H

#include "domain/ctx.h"

#define INTERACTION_TTL_MS ((int64_t)3600 * 1000)

enum decision { DECISION_NONE, DECISION_CONSENT, DECISION_REJECT };

struct interaction {
    struct str uid; /* names it in addresses; it opens nothing without the cookie */
    struct str application_id;
    json *params;           /* of the authorization request, checked */
    struct str state;       /* JSON: what has been proven so far (experience/) */
    struct str user_id;     /* who has signed in for it; {NULL,0}: nobody yet */
    struct str session_uid; /* the session that it goes on with; {NULL,0}: none yet */
    enum decision decision; /* about consent */
};

/* The token of a magic link, sealed in params under "one_time_token" for the application. */
#define INTERACTION_LINK_TOKEN "interactions|one_time_token"

/* Stores a new one and gives the browser its cookie. The last few of a browser stay usable beside
 * each other, so that two tabs do not disturb each other. session_uid and user_id may be absent. On
 * the writer's connection. */
enum err interaction_create(struct ctx *ctx, const struct interaction *what, struct str params,
                            struct str *uid);

/* The one with this uid, of this application, or the newest, as far as they are given, among those
 * that the request's cookie opens. ERR_NOT_FOUND: none. */
enum err interaction_find(struct ctx *ctx, struct str uid, struct str application_id,
                          struct interaction *out);

enum err interaction_set_state(struct ctx *ctx, struct interaction *interaction, struct str state);
/* The user has proven who they are. */
enum err interaction_sign_in(struct ctx *ctx, struct interaction *interaction, struct str user_id);
enum err interaction_set_session(struct ctx *ctx, struct interaction *interaction,
                                 struct str session_uid);
enum err interaction_decide(struct ctx *ctx, struct interaction *interaction,
                            enum decision decision);
/* It is over; of several at once one gets *ended true. */
enum err interaction_end(struct ctx *ctx, const struct interaction *interaction, bool *ended);

/* The address at which the authorization goes on. */
struct str interaction_resume_url(struct ctx *ctx, const struct interaction *interaction);

#endif
