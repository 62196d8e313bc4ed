/* A profile: how to get a token from one server, and the token it last got. */
#ifndef SIGNET_CLI_PROFILE_H
#define SIGNET_CLI_PROFILE_H

#include "cli/setting.h"

struct profile_values {
    struct str *items;
    size_t count;
};

struct profile {
    struct arena *arena;
    struct str name; /* {NULL,0}: not kept */
    bool lenient;    /* secrets that cannot be decrypted count as absent */
    struct profile_values values[SET_COUNT];
};

/* The (first) value; {NULL,0}, or fallback, when there is none. */
struct str profile_get(const struct profile *profile, enum setting setting);
struct str profile_get_or(const struct profile *profile, enum setting setting, struct str fallback);
/* A number of seconds or a time; fallback when there is none or it is no number. */
int64_t profile_int(const struct profile *profile, enum setting setting, int64_t fallback);

/* Replaces all values; an absent one leaves none. The text is copied. */
void profile_set(struct profile *profile, enum setting setting, struct str value);
void profile_set_int(struct profile *profile, enum setting setting, int64_t value);
void profile_add(struct profile *profile, enum setting setting, struct str value);
/* Forgets all that answers brought, refresh token included. */
void profile_forget(struct profile *profile);

/* All values on one line, for people and answers. */
struct str profile_joined(const struct profile *profile, enum setting setting);

/* NULL, or what is wrong with value for this setting. */
const char *profile_check(enum setting setting, struct str value);
/* Letters, digits, '.', '_', '-'; at most 64; no leading dot. */
bool profile_name_is_valid(struct str name);

/* Milliseconds since 1970 as "2026-08-21T09:30:00Z". */
struct str profile_time(struct arena *arena, int64_t ms);

#endif
