/* Scripts that operators write run in processes of their own, which can reach neither files nor
 * network nor the server's memory. */
#ifndef SIGNET_SCRIPT_SCRIPT_H
#define SIGNET_SCRIPT_SCRIPT_H

#include "base/str.h"

#define SCRIPT_TIME_MS      5000
#define SCRIPT_MEMORY       ((size_t)128 << 20) /* bytes */
#define SCRIPT_REQUEST_MAX  ((size_t)16 << 20)  /* bytes: script and payload */
#define SCRIPT_RESPONSE_MAX ((size_t)12 << 10)  /* bytes: more fits into no token */

enum script_outcome {
    SCRIPT_VALUE,   /* text is a JSON object that json_parse takes */
    SCRIPT_INVALID, /* it gave something else; text says so */
    SCRIPT_DENIED,  /* it called api.denyAccess; text is its message */
    SCRIPT_FAILED,  /* text is what went wrong */
};

struct script_request {
    struct str script;  /* defines the function getCustomJwtClaims */
    struct str payload; /* JSON object: what the function is given, besides `api` */
};

struct script_result {
    enum script_outcome outcome;
    char *text; /* malloc'ed, the caller's; NULL: memory is out */
    size_t length;
};

/* Runs it in a process that waits for work, or a new one, for SCRIPT_TIME_MS at most; blocks. Any
 * thread. */
void script_run(const struct script_request *request, struct script_result *result);
/* Ends the processes that wait for work. */
void script_stop(void);

/* The child's main function: `signet script-runner`. */
int script_runner_main(void);
#define SCRIPT_RUNNER "script-runner"

#endif
