/* A body that is too long for memory: a file without a name, gone with its request. */
#ifndef SIGNET_HTTP_SPOOL_H
#define SIGNET_HTTP_SPOOL_H

#include "base/arena.h"

struct spool {
    int fd;
    size_t n;
    void *map;
};

/* A file of the folder that no one else can open; -1, and the reason is logged, when there can be
 * none. */
int spool_open(const char *folder);
/* A spool of the file, which is closed with the arena. NULL when memory is out (then, too). */
struct spool *spool_new(struct arena *arena, int fd);
/* Writes behind what is there. False when the disk is full or broken. */
bool spool_put(struct spool *spool, const char *bytes, size_t n);
/* All of it, as long as the arena lives; {NULL,0} when it cannot be mapped. */
struct str spool_view(struct spool *spool);

#endif
