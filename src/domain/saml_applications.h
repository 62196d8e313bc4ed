/* Applications of type SAML: what is stored of them besides what every application has. */
#ifndef SIGNET_DOMAIN_SAML_APPLICATIONS_H
#define SIGNET_DOMAIN_SAML_APPLICATIONS_H

#include "domain/ctx.h"

#define SAML_FIRST_YEARS 3 /* how long an application's first certificate is valid */

/* The application, as rows of application_entity. ERR_NOT_EXISTS_WITH_ID; ERR_APP_SAML_ONLY: it is
 * of another type. */
enum err saml_application_get(struct ctx *ctx, struct str id, struct db_rows *rows);

/* A new key and certificate, made on the pool for slow work: returns as ctx_slow does, and OK when
 * the handler runs again. Nothing may be written before it. */
enum err saml_secret_make(struct ctx *ctx, int years);
/* Keeps what saml_secret_make made. id (may be NULL) lives in the arena. */
enum err saml_secret_insert(struct ctx *ctx, struct str application, bool active, struct str *id);

#endif
