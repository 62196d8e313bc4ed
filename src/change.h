/* What every change through the Management API may ask for besides itself: a condition (If-Match),
 * one effect however often it is sent (Idempotency-Key), a rehearsal (dryRun). */
#ifndef SIGNET_CHANGE_H
#define SIGNET_CHANGE_H

#include "domain/ctx.h"

#define IDEMPOTENCY_HOURS 24

/* Before the handler runs: reads what the request asks for into ctx->change, or refuses it. */
enum err change_ask(struct ctx *ctx);

/* The query's dryRun alone, of a request that changes something. */
enum err change_ask_rehearsal(struct ctx *ctx);

/* Whether the whole of it has to run inside the writer's transaction. */
bool change_needs_writer(const struct ctx *ctx);

/* Inside the writer's transaction: the handler, with its condition checked before, and its audit
 * row, hook events and answer kept after it. */
enum err change_run(struct ctx *ctx);

#endif
