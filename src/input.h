/* The input check of a request: query, page and body against the route's rows. */
#ifndef SIGNET_INPUT_H
#define SIGNET_INPUT_H

#include "domain/ctx.h"

/* Fills ctx->query, ->body and the page, or says what is wrong with them. */
enum err input_check(struct ctx *ctx);

#endif
