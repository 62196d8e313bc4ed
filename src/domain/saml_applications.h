/* Applications of type SAML. */
#ifndef SIGNET_DOMAIN_SAML_APPLICATIONS_H
#define SIGNET_DOMAIN_SAML_APPLICATIONS_H

#include "domain/saml_keys.h"

/* The application, as rows of application_entity. ERR_NOT_EXISTS_WITH_ID; ERR_APP_SAML_ONLY: it is
 * of another type. */
enum err saml_application_get(struct ctx *ctx, struct str id, struct db_rows *rows);

#endif
