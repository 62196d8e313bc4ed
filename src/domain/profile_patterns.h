/* Regular expressions of profile fields. They are JavaScript's, as browsers have them, so they are
 * tried where scripts run: away from the server, and for a while only. */
#ifndef SIGNET_DOMAIN_PROFILE_PATTERNS_H
#define SIGNET_DOMAIN_PROFILE_PATTERNS_H

#include "domain/profile_fields.h"

/* What is to be tried, all at once; begun with profile_patterns(ctx). */
struct profile_patterns {
    struct buf buf;
    size_t count;
};
struct profile_patterns profile_patterns(struct ctx *ctx);

/* Adds the format of a field, or of a part of it, whose type is Regex: whether it is an expression.
 */
void profile_patterns_add(struct profile_patterns *patterns, const struct profile_field *field);
/* The same with the text of values that it must match, if there is one; a format that is no
 * expression matches all. */
void profile_patterns_add_value(struct profile_patterns *patterns,
                                const struct profile_field *field, json *values);

/* *good: all are as they must be. The handler runs again in between (ctx_slow_script). */
enum err profile_patterns_try(struct ctx *ctx, struct profile_patterns *patterns, bool *good);

#endif
