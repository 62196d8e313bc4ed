/* Ids and secrets that people choose for clients instead of being given random ones. */
#ifndef SIGNET_BASE_CREDENTIAL_H
#define SIGNET_BASE_CREDENTIAL_H

#include "base/str.h"

#define CREDENTIAL_SECRET_MIN 32 /* characters; a shorter secret could be guessed */
#define CREDENTIAL_SECRET_MAX 64

/* NULL, or what is wrong, to be read after the name ("must …"). */
const char *credential_check_id(struct str id);
const char *credential_check_secret(struct str secret);

#endif
