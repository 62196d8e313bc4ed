/* A field is one row: its JSON name, column, type, limits and who may write it. The input check,
 * the SQL, the answer and the OpenAPI document are all made from these rows. */
#ifndef SIGNET_BASE_FIELD_H
#define SIGNET_BASE_FIELD_H

#include "base/json.h"

enum field_type {
    FIELD_STRING,
    FIELD_INT,    /* JSON number without fraction */
    FIELD_BOOL,   /* stored as 0 or 1 */
    FIELD_ENUM,   /* string out of options */
    FIELD_OBJECT, /* object of declared fields; stored as JSON text; unknown members are dropped.
                     Its members need no FIELD_WRITE, and FIELD_REQUIRED ones are required in
                     updates too */
    FIELD_MAP,    /* any JSON object; stored as JSON text */
    FIELD_ARRAY,  /* array of item; stored as JSON text */
    FIELD_ANY,    /* any JSON value; stored as JSON text */
};

enum field_flags {
    FIELD_REQUIRED = 1, /* must be in a create body (or in a plain body) */
    FIELD_NULLABLE = 2, /* null is a value of it */
    FIELD_CREATE = 4,   /* a create body (or a plain body, or a query) may set it */
    FIELD_UPDATE = 8,   /* an update body may set it */
    FIELD_WRITE = FIELD_CREATE | FIELD_UPDATE,
    FIELD_MAYBE = 16,     /* may be missing in an answer */
    FIELD_HIDDEN = 32,    /* never in an answer, nor in the OpenAPI document */
    FIELD_NOT_EMPTY = 64, /* string: at least one character (same as min 1) */
    FIELD_SECRET = 128,   /* masked in the audit log */
};

struct field {
    struct str name;    /* JSON name; {NULL,0} ends a table */
    const char *column; /* column it is stored in, or NULL: the handler's business */
    enum field_type type;
    unsigned flags;
    int64_t min, max; /* characters (UTF-16 units), value or items; max 0: none. A FIELD_INT
                         that may be anything but negative is min 0, max FIELD_INT_MAX */
    const struct field *fields; /* FIELD_OBJECT: its members */
    const struct field *item;   /* FIELD_ARRAY: one row for each element (name is not used) */
    const char *const *options; /* FIELD_ENUM, NULL-ended */
    bool (*check)(json *value); /* rule on a value of the right type; false: "Invalid input" */
    const char *format;   /* FIELD_STRING with check: "regex", "url" or "email" make its refusal
                             "Invalid", "Invalid url" or "Invalid email", as zod's own rules do */
    const char *fallback; /* JSON text stored on create when the body has none; NULL: null */
    const char *example; /* for example bodies: a string's text, or the text of an array's one item;
                            "": left out. NULL: one is made from the name */
    const char *doc;
};
#define FIELDS_END                                                                                 \
    {                                                                                              \
        .name = { NULL, 0 }                                                                        \
    }
#define FIELD_INT_MAX 9007199254740991 /* the biggest integer that JavaScript keeps exact */

/* The value of one field as it is stored and answered: JSON text with declared members only, in
 * their order. {NULL,0} when value is NULL or memory is out. */
struct str field_clean(const struct field *field, json *value, struct arena *arena);

/* value as an integer, also when it was written 1.0 or 1e3. False when it is no number, has a
 * fraction or is beyond FIELD_INT_MAX. */
bool field_int(json *value, int64_t *out);

/* Checks for format "email" and "url": what zod 3's string().email() and string().url() take. */
bool field_is_email(json *value);
bool field_is_url(json *value);
/* A URL of http or https: a link to it opens a page and runs nothing. */
bool field_is_web_url(json *value);
bool field_is_email_text(struct str text);

#endif
