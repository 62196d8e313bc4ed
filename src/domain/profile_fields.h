/* Custom profile fields: what users may be asked for beside the standard claims. */
#ifndef SIGNET_DOMAIN_PROFILE_FIELDS_H
#define SIGNET_DOMAIN_PROFILE_FIELDS_H

#include "domain/ctx.h"

extern const struct field profile_field_fields[];
extern const struct entity profile_field_entity;
enum { PROFILE_FIELD_ID, PROFILE_FIELD_NAME };

/* All fields, in the order of the sign-up. */
enum err profile_fields_list(struct ctx *ctx, struct db_rows *rows);
/* The members customProfileFields (those that shown names, an array of {name}; all when NULL) and
 * customProfileFieldCatalog (all) into the answer's object. */
enum err profile_fields_put(struct ctx *ctx, json *shown);

/* The list of {name} without names that no field has, as stored text; {NULL,0} for NULL or null.
 * Names given twice are refused. */
enum err profile_fields_normalize(struct ctx *ctx, json *list, struct str *out);

#endif
