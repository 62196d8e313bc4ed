/* The sign-in experience: how users sign up and sign in, one row a tenant. */
#ifndef SIGNET_DOMAIN_SIGN_IN_EXPERIENCE_H
#define SIGNET_DOMAIN_SIGN_IN_EXPERIENCE_H

#include "domain/ctx.h"

#define SIGN_IN_EXPERIENCE_ID "default"

extern const struct field sign_in_experience_fields[];
extern const struct entity sign_in_experience_entity;

/* The tenant's row; it is there since the tenant was seeded. */
enum err sign_in_experience_get(struct ctx *ctx, struct db_rows *rows);
/* The column of a field in these rows, by its JSON name, which must be one of the rows'. */
size_t sign_in_experience_column(struct str name);
/* A stored JSON value, parsed: sign_in_experience_json(ctx, &rows, STR("signIn"), &value). */
enum err sign_in_experience_json(struct ctx *ctx, const struct db_rows *rows, struct str name,
                                 json **value);

/* The members that anyone may read, into an opened object: the row without what would help to get
 * around its rules, with the colours, branding and style of an application laid over it, and an
 * organization's over these. Both are ids or absent; one that does not exist changes nothing, nor
 * does a third-party application. */
enum err sign_in_experience_put_public(struct ctx *ctx, const struct db_rows *rows,
                                       struct str application, struct str organization);

/* Makes the row of a new tenant; within a writing transaction. */
enum err sign_in_experience_seed(struct db_conn *conn, bool of_admin);

/* Whether text names a language that Logto knows; case does not matter. */
bool language_tag_is_known(struct str tag);
/* Whether sign-in pages are there in it without custom phrases. */
bool language_tag_is_built_in(struct str tag);

#endif
