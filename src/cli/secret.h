/* Secrets from where the process list does not show them. */
#ifndef SIGNET_CLI_SECRET_H
#define SIGNET_CLI_SECRET_H

#include "cli/profile.h"

/* Each reads one secret into the profile, without the line end; an exit status, the reason printed.
 */
int secret_from_stdin(struct profile *profile, enum setting setting);
int secret_from_file(struct profile *profile, enum setting setting, const char *path);
int secret_from_env(struct profile *profile, enum setting setting, const char *name);
/* From the terminal, unseen. CLI_INTERACTION when there is none. */
int secret_from_prompt(struct profile *profile, enum setting setting);

#endif
