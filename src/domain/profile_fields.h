/* Custom profile fields: what users may be asked for beside the standard claims. */
#ifndef SIGNET_DOMAIN_PROFILE_FIELDS_H
#define SIGNET_DOMAIN_PROFILE_FIELDS_H

#include "domain/ctx.h"

extern const struct field profile_field_fields[];
extern const struct entity profile_field_entity;
enum {
    PROFILE_FIELD_ID,
    PROFILE_FIELD_NAME,
    PROFILE_FIELD_TYPE,
    PROFILE_FIELD_LABEL,
    PROFILE_FIELD_DESCRIPTION,
    PROFILE_FIELD_REQUIRED,
    PROFILE_FIELD_CONFIG,
};

/* ERR_PROFILE_FIELD_NAME and so on: a field's name is made of letters and digits, and what a user's
 * row has in another way cannot be one. */
enum err profile_field_check_name(struct ctx *ctx, struct str name);

/* A field as forms need it. */
struct profile_field {
    struct str name, type, label, description; /* the texts may be empty */
    bool required;
    json *config;
};
struct profile_field_list {
    struct profile_field *items; /* in the request's arena */
    size_t count;
};
/* Those that are asked for when people register, in their order. */
enum err profile_fields_sign_up(struct ctx *ctx, struct profile_field_list *out);
/* Parts of config that are asked for: the next one from *at on; false: there is none. */
bool profile_field_part(const struct profile_field *field, size_t *at, struct profile_field *out);
/* Whether it is made of parts: those of a full name are members beside it, those of an address
 * members of it. */
bool profile_field_is_name(const struct profile_field *field);
bool profile_field_is_address(const struct profile_field *field);

/* All fields, in the order of the sign-up. */
enum err profile_fields_list(struct ctx *ctx, struct db_rows *rows);
/* The members customProfileFields (those that shown names, an array of {name}; all when NULL) and
 * customProfileFieldCatalog (all) into the answer's object. */
enum err profile_fields_put(struct ctx *ctx, json *shown);

/* The list of {name} without names that no field has, as stored text; {NULL,0} for NULL or null.
 * Names given twice are refused. */
enum err profile_fields_normalize(struct ctx *ctx, json *list, struct str *out);

#endif
