/* Whether the issuer signed a token. */
#ifndef SIGNET_CLI_TOKEN_VERIFY_H
#define SIGNET_CLI_TOKEN_VERIFY_H

#include "cli/oauth.h"

/* Checks signature and iss against the issuer's published keys. *why says with what, or why not. */
bool token_verify(struct oauth *oauth, struct str token, struct str *why);

#endif
