/* The files of web/experience, embedded at build time. */
#ifndef SIGNET_EXPERIENCE_ASSETS_H
#define SIGNET_EXPERIENCE_ASSETS_H

#include "domain/ctx.h"

struct asset {
    const char *file, *text;
};
extern const struct asset assets[]; /* ends with a NULL file; made by scripts/embed-texts */

/* Answers with one of them. */
enum err answer_asset(struct ctx *ctx, const char *file, struct str type);

#endif
