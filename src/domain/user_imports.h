/* Imports of users: files of JSON lines on their way from a request to the thread that reads them.
 */
#ifndef SIGNET_DOMAIN_USER_IMPORTS_H
#define SIGNET_DOMAIN_USER_IMPORTS_H

#include "domain/ctx.h"

#define USER_IMPORT_RUNNING     "running"
#define USER_IMPORT_DONE        "done"
#define USER_IMPORT_INTERRUPTED "interrupted"
/* A running import tells of itself more often than this. */
#define USER_IMPORT_SILENCE_MS ((int64_t)60 * 1000)

/* A file that waits. Its row in user_imports may still be uncommitted, or be rolled back. */
struct user_import {
    struct user_import *next;
    struct tenant *tenant;
    char id[ID_LENGTH];
    int fd;             /* the reader's */
    int64_t offered_at; /* ms, monotonic */
    bool dry_run;
};

/* Takes over the import (malloc'ed) and its file. */
void user_imports_offer(struct user_import *import);
/* The next one, which wait waits for until user_imports_wake; NULL when there is none. */
struct user_import *user_imports_take(bool wait);
/* Has the waiting taker, or the next one that would wait, return. */
void user_imports_wake(void);
/* Closes the file and frees; takes NULL. */
void user_import_free(struct user_import *import);

/* One line of a file: a user as POST /api/users takes it, with what it was elsewhere. */
extern const struct field user_import_fields[];
/* Stores the user of one line, or refuses it (ctx->failure). ctx has no request. */
enum err user_import_line(struct ctx *ctx, struct str line);

#endif
