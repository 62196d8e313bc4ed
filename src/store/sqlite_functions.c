/* SQL functions that both engines have under the same name: the embedded engine's side. */
#include "store/sqlite.h"

#include <regex.h>
#include <stdlib.h>

#include "base/unicode.h"

static void free_regex(void *arg)
{
    regfree(arg);
    free(arg);
}

/* The compiled pattern of this statement, kept from row to row; NULL when it cannot be compiled. */
static regex_t *get_regex(sqlite3_context *context, sqlite3_value **arguments)
{
    regex_t *regex = sqlite3_get_auxdata(context, 1);
    if (regex)
        return regex;
    const char *pattern = (const char *)sqlite3_value_text(arguments[1]);
    int flags = REG_EXTENDED | REG_NOSUB | (sqlite3_value_int(arguments[2]) ? REG_ICASE : 0);
    regex = pattern ? malloc(sizeof(*regex)) : NULL;
    if (!regex || regcomp(regex, pattern, flags) != 0) {
        free(regex);
        return NULL;
    }
    sqlite3_set_auxdata(context, 1, regex, free_regex); /* frees it at once when it cannot keep it
                                                         */
    return sqlite3_get_auxdata(context, 1);
}

/* posix_match(value, pattern, 1 when upper and lower case are the same) */
static void posix_match(sqlite3_context *context, int count, sqlite3_value **arguments)
{
    (void)count;
    const char *value = (const char *)sqlite3_value_text(arguments[0]);
    if (!value)
        return;
    regex_t *regex = get_regex(context, arguments);
    if (regex)
        sqlite3_result_int(context, regexec(regex, value, 0, NULL, 0) == 0);
    else
        sqlite3_result_error(context, "the pattern cannot be used", -1);
}

/* fold_case(value): the form that searches compare. */
static void fold_case(sqlite3_context *context, int count, sqlite3_value **arguments)
{
    (void)count;
    const char *value = (const char *)sqlite3_value_text(arguments[0]);
    size_t n = 0;
    if (!value)
        return;
    char *lower = unicode_lower((struct str){value, (size_t)sqlite3_value_bytes(arguments[0])}, &n);
    if (lower)
        sqlite3_result_text64(context, lower, n, free, SQLITE_UTF8);
    else
        sqlite3_result_error_nomem(context);
}

int sqlite_add_functions(sqlite3 *handle)
{
    int code = sqlite3_create_function_v2(handle, "posix_match", 3,
                                          SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_DIRECTONLY,
                                          NULL, posix_match, NULL, NULL, NULL);
    if (code != SQLITE_OK)
        return code;
    return sqlite3_create_function_v2(handle, "fold_case", 1,
                                      SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS, NULL,
                                      fold_case, NULL, NULL, NULL); /* in triggers, too */
}
