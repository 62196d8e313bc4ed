/* The answer of a request: status, headers and body, made from what the handler left in ctx. */
#ifndef SIGNET_ANSWER_H
#define SIGNET_ANSWER_H

#include "domain/ctx.h"

/* An empty answer, and no failure: before the handler runs, and before it runs again. */
void answer_reset(struct ctx *ctx);

/* What the handler has answered; {NULL,0}: memory was out. */
struct str answer_body(const struct ctx *ctx);

/* The entity tag of what the handler has answered, a strong one (RFC 9110 8.8.3). */
struct str answer_etag(struct ctx *ctx);

/* Sends ctx->answer when err is OK, else the failure, and ends the request. On its loop thread. */
void answer_send(struct ctx *ctx, enum err err);

/* Answers for requests that have no route: 404, 405, 501, preflight. allow as in route_match. */
void answer_no_route(struct ctx *ctx, struct str allow);

/* Answers an OPTIONS request: a CORS preflight, or the list of methods. True when it was one. */
bool answer_options(struct ctx *ctx, const struct route_match *match);

/* A plain text answer. */
void answer_text(struct ctx *ctx, int status, struct str text);

#endif
