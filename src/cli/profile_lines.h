/* The lines of a profile file: "name = value". */
#ifndef SIGNET_CLI_PROFILE_LINES_H
#define SIGNET_CLI_PROFILE_LINES_H

#include "cli/profile.h"
#include "crypto/vault.h"

/* All that the profile holds, secrets encrypted for it. {NULL,0} when memory is out. */
struct str profile_lines_sealed(const struct profile *profile, struct vault *vault);

/* Reads lines over what profile holds; an exit status, the reason printed. Besides settings,
 * SECRET-env and SECRET-file lines are taken. vault may be NULL: then no value may be encrypted. */
int profile_lines_read(struct profile *profile, struct vault *vault, const char *path);
/* The same lines, secrets as comments, without what answers brought. */
void profile_lines_print(const struct profile *profile, FILE *file);

#endif
