/* The rows of setting.def. */
#include "cli/setting.h"

#include "base/str.h"

const struct setting_row setting_rows[SET_COUNT] = {
#define TEXT(id, name, value, choices, doc) [id] = {name, SETTING_TEXT, choices},
#define LIST(id, name, value, doc)          [id] = {name, SETTING_LIST, NULL},
#define SECRET(id, name, doc)               [id] = {name, SETTING_SECRET, NULL},
#define RESULT(id, name)                    [id] = {name, SETTING_RESULT, NULL},
#define RESULT_SECRET(id, name)             [id] = {name, SETTING_RESULT_SECRET, NULL},
#define HEADING(text)
#include "cli/setting.def"
#undef TEXT
#undef LIST
#undef SECRET
#undef RESULT
#undef RESULT_SECRET
#undef HEADING
};

bool setting_find(struct str name, enum setting *out)
{
    for (int i = 0; i < SET_COUNT; i++) {
        if (str_eq(str_of(setting_rows[i].name), name)) {
            *out = (enum setting)i;
            return true;
        }
    }
    return false;
}

bool setting_is_secret(enum setting setting)
{
    enum setting_kind kind = setting_rows[setting].kind;
    return kind == SETTING_SECRET || kind == SETTING_RESULT_SECRET;
}

bool setting_is_result(enum setting setting)
{
    enum setting_kind kind = setting_rows[setting].kind;
    return kind == SETTING_RESULT || kind == SETTING_RESULT_SECRET;
}
