/* The settings: one row each, read from the environment or a file, checked at start. */
#ifndef SIGNET_BASE_CONFIG_H
#define SIGNET_BASE_CONFIG_H

#include <stdint.h>
#include <stdio.h>

#include "base/str.h"

/* Every setting's value after config_load. Strings live as long as the process; "" means unset. */
struct config {
#define SETTING_STRING(field, env, def, check, doc) const char *field;
#define SETTING_INT(field, env, def, min, max, doc) int64_t field;
#define SETTING_BOOL(field, env, def, doc)          bool field;
#include "base/config.def"
#undef SETTING_STRING
#undef SETTING_INT
#undef SETTING_BOOL
};

/* Reads all settings: environment first, then the file named by SIGNET_CONFIG (lines NAME=value,
 * '#' comments, optional quotes; default ".env" in the working directory when it exists), then the
 * default. An unknown SIGNET_… name in either is an error (so that a typing mistake is found).
 * On error writes one line to err, naming the setting, its source (environment, or file:line), the
 * value unless it is secret, and the reason; returns false. */
bool config_load(struct config *config, FILE *err);

/* `signet config`: a table of name, value (secrets masked), source, default and meaning; or JSON.
 */
void config_print(const struct config *config, bool json, FILE *out);

#endif
