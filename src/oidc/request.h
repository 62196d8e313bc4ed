/* The parameters of an OAuth request. */
#ifndef SIGNET_OIDC_REQUEST_H
#define SIGNET_OIDC_REQUEST_H

#include "domain/ctx.h"

#define OAUTH_MAX_BODY ((size_t)56 * 1024) /* Logto's limit */

/* Reads the body: a form, or a JSON object (which Logto takes, too); no content type: no
 * parameters. Errors are the OAuth ones. path is for the text ("/token"). */
enum err oauth_request_parse(struct ctx *ctx, const char *path, struct form *form);

/* ERR_OAUTH_INVALID_REQUEST when one of names (NULL-ended) is there twice. RFC 6749 3.1 */
enum err oauth_refuse_repeats(struct ctx *ctx, const struct form *form, const char *const *names);

/* The parameter, or "missing required parameter '…'". */
enum err oauth_require(struct ctx *ctx, const struct form *form, const char *name,
                       struct str *value);

#endif
