/* Client authentication. RFC 6749 2.3 */
#ifndef SIGNET_OIDC_CLIENT_AUTH_H
#define SIGNET_OIDC_CLIENT_AUTH_H

#include "oidc/request.h"

struct client {
    const struct app *app;
    const struct app_secret *secret; /* the one that was used; NULL for a public client */
};

/* The client that sent the request, proven by the Basic header or by body parameters; for a public
 * client its client_id is all. A secret is taken raw or form-decoded (many clients do not encode
 * it). Answers as Logto does, WWW-Authenticate included when the Authorization header was used. */
enum err client_authenticate(struct ctx *ctx, const struct form *form, struct client *client);

/* Whether applications of this type authenticate with a secret. */
bool client_is_confidential(const struct app *app);

/* Lets the browser origin of the request read the answer when the client allows it; refuses it
 * otherwise. No Origin header: anyone may. RFC 6454, as Logto's client based CORS; and the
 * console's workbench gets tokens of clients that have shown their secret. */
enum err client_check_origin(struct ctx *ctx, const struct app *app);

#endif
