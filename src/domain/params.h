/* Path parameters that are not free texts. */
#ifndef SIGNET_DOMAIN_PARAMS_H
#define SIGNET_DOMAIN_PARAMS_H

#include "domain/ctx.h"

/* The place of the parameter's text among options (NULL-ended); refused as Logto refuses a value
 * that its enumeration lacks, under the parameter's name. */
enum err param_enum(struct ctx *ctx, size_t param, const char *name, const char *const *options,
                    size_t *out);

#endif
