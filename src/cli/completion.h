/* Candidates for the word that a shell wants to complete. */
#ifndef SIGNET_CLI_COMPLETION_H
#define SIGNET_CLI_COMPLETION_H

#include "base/buf.h"

/* The words of a command line, the program's name first and the one under the cursor last. */
struct completion {
    struct arena *arena;
    const struct str *words;
    size_t count;
    struct buf out; /* candidates, one a line */
};

/* Appends candidate, once, when it begins with the word under the cursor. */
void completion_offer(struct completion *completion, struct str candidate);
/* Each of "a|b|c". */
void completion_offer_choices(struct completion *completion, const char *choices);
/* Offers what fits. */
void completion_run(struct completion *completion);
/* Of signet api: paths, and query parameters with their values. */
void completion_api_path(struct completion *completion);
void completion_api_query(struct completion *completion);
void completion_profiles(struct completion *completion);

#endif
