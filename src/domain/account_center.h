/* The account center: what users may see and change of their own account, one row a tenant. */
#ifndef SIGNET_DOMAIN_ACCOUNT_CENTER_H
#define SIGNET_DOMAIN_ACCOUNT_CENTER_H

#include "domain/ctx.h"

#define ACCOUNT_CENTER_ID "default"

extern const struct field account_center_fields[];
extern const struct entity account_center_entity;
/* Columns of its rows. */
enum {
    ACCOUNT_CENTER_ENABLED = 1,
    ACCOUNT_CENTER_FIELDS,
    ACCOUNT_CENTER_ORIGINS,
    ACCOUNT_CENTER_DELETE_URL,
    ACCOUNT_CENTER_CSS,
    ACCOUNT_CENTER_PROFILE_FIELDS
};

/* The tenant's row; it is there since the tenant was seeded. */
enum err account_center_get(struct ctx *ctx, struct db_rows *rows);
/* Makes the row of a new tenant; within a writing transaction. */
enum err account_center_seed(struct db_conn *conn);

#endif
