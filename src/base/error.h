/* The errors that exist: one enum and one table, both from error.def. */
#ifndef SIGNET_BASE_ERROR_H
#define SIGNET_BASE_ERROR_H

enum err {
    OK = 0,
#define ERROR(name, status, code, oauth, text) name,
#include "base/error.def"
#undef ERROR
    ERR_COUNT
};

struct error_info {
    int status;        /* HTTP */
    const char *code;  /* Logto's, e.g. "entity.not_found" */
    const char *oauth; /* RFC 6749 5.2 error code, or NULL */
    const char *text;  /* printf format */
};

/* Never NULL for a value of the enum other than OK. */
const struct error_info *error_info(enum err err);

#endif
