/* The table of errors, made from error.def. */
#include "base/error.h"

#include <assert.h>
#include <stddef.h>

static const struct error_info TABLE[ERR_COUNT] = {
#define ERROR(name, status, code, oauth, text) [name] = {status, code, oauth, text},
#include "base/error.def"
#undef ERROR
};

const struct error_info *error_info(enum err err)
{
    assert(err > OK && err < ERR_COUNT);
    return &TABLE[err];
}
