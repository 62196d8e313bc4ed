/* The rows of config.def as data; for the config_*.c files only. */
#ifndef SIGNET_BASE_CONFIG_TABLE_H
#define SIGNET_BASE_CONFIG_TABLE_H

#include "base/arena.h"
#include "base/config.h"

enum config_check {
    CHECK_any,
    CHECK_url,
    CHECK_origin,
    CHECK_file,
    CHECK_address,
    CHECK_network,
    CHECK_level,
    CHECK_audit,
    CHECK_origins,
    CHECK_client_id,
    /* From here on values are masked. */
    CHECK_secret,
    CHECK_db_url,
    CHECK_key,
    CHECK_headers,
    CHECK_client_secret,
};

enum config_kind { CONFIG_STRING, CONFIG_INT, CONFIG_BOOL };

struct config_setting {
    const char *name, *doc;
    enum config_kind kind;
    enum config_check check; /* strings */
    size_t offset;           /* of the field in struct config */
    const char *text;        /* default of a string */
    int64_t number;          /* default of the others */
    int64_t min, max;        /* integers */
};

enum {
#define SETTING_STRING(field, env, def, check, doc) CONFIG_##field,
#define SETTING_INT(field, env, def, min, max, doc) CONFIG_##field,
#define SETTING_BOOL(field, env, def, doc)          CONFIG_##field,
#include "base/config.def"
#undef SETTING_STRING
#undef SETTING_INT
#undef SETTING_BOOL
    CONFIG_COUNT
};

extern const struct config_setting config_settings[CONFIG_COUNT];
/* Where config_load found each value: "environment", "file:line" or "default". */
extern const char *config_sources[CONFIG_COUNT];

static inline bool config_is_secret(const struct config_setting *setting)
{
    return setting->check >= CHECK_secret;
}

/* NULL when value is right, else the reason, to be read after the value ("is not …"). May rewrite
 * value in place, shorter. NULL is never returned for want of memory. */
const char *config_check(enum config_check check, struct arena *arena, char *value);

#endif
