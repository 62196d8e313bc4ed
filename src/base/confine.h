/* Gives up what the process will not need any more, so that who takes it over has little of it. */
#ifndef SIGNET_BASE_CONFINE_H
#define SIGNET_BASE_CONFINE_H

#include <stdbool.h>
#include <stddef.h>

enum confine_access {
    CONFINE_READ,
    CONFINE_WRITE, /* and read */
    CONFINE_RUN,   /* and read */
};

/* A file, or a folder with all below it. One that does not exist is left out. */
struct confine_path {
    const char *path;
    enum confine_access access;
};

struct confine_wish {
    const struct confine_path *paths; /* nothing else can be opened */
    size_t count;
    bool keep_low_ports;   /* the capability to listen below 1024 */
    bool keep_other_files; /* the capability to open files of other users */
};

/* Of the calling thread, and of those that it starts: to be called before any other is there. No
 * privilege can be had again, there are no core dumps, and of the system calls only those are
 * left that a server needs. *files (may not be NULL): whether files are confined, too, which takes
 * a kernel with Landlock. False: the rest did not work. landlock(7), capabilities(7), seccomp(2) */
bool confine_process(const struct confine_wish *wish, bool *files);

#endif
