/* Applications (OAuth clients) and their secrets, as everyone makes and reads them. */
#ifndef SIGNET_DOMAIN_APPLICATIONS_H
#define SIGNET_DOMAIN_APPLICATIONS_H

#include "base/ids.h"
#include "crypto/vault.h"
#include "store/crud.h"

/* Logto's names, ended by NULL; in the order of enum app_type (domain/snapshot.h). */
extern const char *const application_types[];

extern const struct field application_fields[];
extern const struct entity application_entity;
/* Columns of its rows that handlers look at. */
enum {
    APPLICATION_ID = 0,
    APPLICATION_TYPE = 3,
    APPLICATION_CUSTOM_METADATA = 5,
    APPLICATION_CUSTOM_DATA = 7,
    APPLICATION_THIRD_PARTY = 8,
};

/* M2M, Traditional and Protected applications authenticate with a secret; SPA and Native cannot
 * keep one, SAML has other means. */
bool application_type_has_secrets(struct str type);

struct ctx;
/* ERR_NOT_EXISTS_WITH_ID: there is no such application; ERR_APP_THIRD_PARTY_ONLY: it is one of
 * one's own. */
enum err application_check_third_party(struct ctx *ctx, struct str id);

struct application_new {
    struct str id;          /* {NULL,0}: a random one */
    struct str name, type;  /* {NULL,0}: the body's */
    struct str description; /* {NULL,0}: the body's; an empty one is none */
    json *body;             /* checked against application_fields; may be NULL */
    int64_t now;            /* ms */
};
/* The new row, as crud_find gives it. ERR_DB_UNIQUE: the id is taken. */
enum err application_insert(struct db_conn *conn, const struct application_new *new,
                            struct arena *arena, struct db_rows *rows);

/* ---- Secrets: stored as a digest to compare with and sealed to reveal ---- */

#define APPLICATION_DEFAULT_SECRET "Default secret"

struct secret_new {
    struct str application, name;
    struct str value;   /* from secret_random; 1 to 64 characters */
    int64_t now;        /* ms */
    int64_t expires_at; /* ms; 0: never */
};
/* ERR_DB_UNIQUE: the application has a secret of this name. ERR_DB_FOREIGN_KEY: no such
 * application. */
enum err application_secret_insert(struct db_conn *conn, struct vault *vault,
                                   const struct secret_new *new, struct arena *arena);

/* What the column `sealed` holds: the value encrypted for this row alone, so renaming a secret
 * means sealing it again. {NULL,0} when memory is out. */
struct str application_secret_seal(struct vault *vault, struct arena *arena, struct str application,
                                   struct str name, struct str value);
/* The value; {NULL,0} when sealed was not made by this key for this row. */
struct str application_secret_open(struct vault *vault, struct arena *arena, struct str application,
                                   struct str name, struct str sealed);

#endif
