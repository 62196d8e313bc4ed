/* The files of web/experience, embedded at build time. */
#ifndef SIGNET_EXPERIENCE_ASSETS_H
#define SIGNET_EXPERIENCE_ASSETS_H

#include <stddef.h>

struct asset {
    const char *file, *text;
};
extern const struct asset assets[]; /* ends with a NULL file; made by scripts/embed-texts */

#endif
