/* Sessions: who is signed in with this browser. */
#ifndef SIGNET_DOMAIN_SESSIONS_H
#define SIGNET_DOMAIN_SESSIONS_H

#include "domain/ctx.h"

struct session {
    struct str uid; /* {NULL,0}: nobody is signed in */
    struct str user_id;
    int64_t login_at; /* ms: when credentials were last asked for */
};

/* The session of the request's cookie whose user may still sign in. */
enum err session_find(struct ctx *ctx, struct session *out);

/* Signs the user in: a new cookie each time (the old one is worth nothing from then on). The
 * browser's session goes on when it is the same user's, else it ends as by session_end. On the
 * writer's connection. */
enum err session_start(struct ctx *ctx, struct str user_id, struct str application_id,
                       struct session *out);

/* What an application knows a session by (sid of ID tokens and logout tokens): another one for each
 * application. {NULL,0} when memory is out. */
struct str session_sid(struct arena *arena, struct str uid, struct str application_id);

/* Signs out: the session, and all that its user granted in it without offline_access. The
 * applications that it was used for and that want to know are told (rows of logout_deliveries). */
enum err session_end(struct ctx *ctx, const struct session *session);
/* The same of a session that may be another browser's. */
enum err session_revoke(struct ctx *ctx, struct str uid);
/* All sessions, grants and trusted browsers of a user who may no longer sign in, or not with what
 * they had. */
enum err session_end_all(struct ctx *ctx, struct str user_id);
/* The same, but for the session kept (its uid) and what was granted in it; {NULL,0}: all. ASVS
 * 7.4.3 */
enum err session_end_others(struct ctx *ctx, struct str user_id, struct str kept);

#endif
