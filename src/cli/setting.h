/* The settings of a profile: one row each, in setting.def. */
#ifndef SIGNET_CLI_SETTING_H
#define SIGNET_CLI_SETTING_H

#include "cli/command.h"

enum setting {
#define TEXT(id, name, value, choices, doc) id,
#define LIST(id, name, value, doc)          id,
#define SECRET(id, name, doc)               id,
#define RESULT(id, name)                    id,
#define RESULT_SECRET(id, name)             id,
#define HEADING(text)
#include "cli/setting.def"
#undef TEXT
#undef LIST
#undef SECRET
#undef RESULT
#undef RESULT_SECRET
#undef HEADING
    SET_COUNT
};

enum setting_kind {
    SETTING_TEXT,
    SETTING_LIST,
    SETTING_SECRET,
    SETTING_RESULT,
    SETTING_RESULT_SECRET
};

struct setting_row {
    const char *name;
    enum setting_kind kind;
    const char *choices;
};
extern const struct setting_row setting_rows[SET_COUNT];

bool setting_find(struct str name, enum setting *out);
bool setting_is_secret(enum setting setting);
bool setting_is_result(enum setting setting);

#endif
