/* Grants: what a user lets an application have, and the codes and opaque access tokens that stand
 * for it. Deleting a grant ends all that was issued from it, except access tokens that are JWTs. */
#ifndef SIGNET_DOMAIN_GRANTS_H
#define SIGNET_DOMAIN_GRANTS_H

#include "domain/sessions.h"

#define GRANT_TTL_MS    ((int64_t)180 * 24 * 3600 * 1000)
#define CODE_TTL_MS     ((int64_t)60 * 1000)
#define OPAQUE_TTL      3600 /* seconds: of access tokens that are for no resource */
#define PKCE_S256_CHARS 43

struct grant_record {
    struct str id;
    struct str scope, resources; /* blank-separated */
};

/* Remembers that the session's user lets the application have scope and resources, beside what it
 * has in this session already. On the writer's connection. */
enum err grant_give(struct ctx *ctx, const struct session *session, struct str application_id,
                    const struct grant_record *what, struct str *id);
/* The same outside of any session, until expires_at (ms). */
enum err grant_make(struct ctx *ctx, struct str user_id, struct str application_id,
                    const struct grant_record *what, int64_t expires_at, struct str *id);
/* What the application has in this session; id {NULL,0}: nothing. */
enum err grant_find(struct ctx *ctx, struct str session_uid, struct str application_id,
                    struct grant_record *out);
/* The session in which it was given. ERR_NOT_FOUND. */
enum err grant_session(struct ctx *ctx, struct str id, struct str *uid);
enum err grant_revoke(struct ctx *ctx, struct str id);
/* Ends the oldest ones of the user for the application until max (> 0) are left; the one with this
 * id stays. Webhooks are told (Grant.LimitExceeded). On the writer's connection. */
enum err grant_keep_newest(struct ctx *ctx, struct str id, int64_t max);
/* All that was granted in a session, or of it what first-party applications have. */
enum err grant_revoke_session(struct ctx *ctx, struct str session_uid, bool first_party);

/* ---- Authorization codes: used once. RFC 6749 4.1.2 ---- */

struct code {
    struct str grant_id, application_id, user_id, redirect_uri, scope, resources;
    struct str challenge; /* S256; {NULL,0}: none was sent */
    struct str nonce;     /* {NULL,0}: none was sent */
    int64_t auth_time;    /* seconds, for the ID token; 0: not asked for */
};

enum err code_create(struct ctx *ctx, const struct code *what, struct str *text);
/* Marks the code used and gives what it stands for; one UPDATE decides, so of many at once one
 * wins. ERR_NOT_FOUND: unknown, expired or another application's. One that was used before ends its
 * grant, which stays even though ERR_OAUTH_INVALID_GRANT is the answer. */
enum err code_consume(struct ctx *ctx, struct str text, struct str application_id,
                      struct code *out);

/* ---- Opaque access tokens: what userinfo takes ---- */

struct opaque_token {
    struct str grant_id, application_id, user_id, scope;
    struct str act;                 /* who acts, JSON; {NULL,0}: the user alone */
    int64_t created_at, expires_at; /* ms; created_at is set by opaque_token_create */
};

enum err opaque_token_create(struct ctx *ctx, const struct opaque_token *what, struct str *text);
/* ERR_NOT_FOUND: unknown or expired, its user may not sign in, or the application is gone. */
enum err opaque_token_find(struct ctx *ctx, struct str text, struct opaque_token *out);

#endif
