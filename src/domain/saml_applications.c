/* Applications of type SAML. */
#include "domain/saml_applications.h"

#include "domain/applications.h"

enum err saml_application_get(struct ctx *ctx, struct str id, struct db_rows *rows)
{
    enum err err = entity_get(ctx, &application_entity, id, rows);
    if (err || str_eq(db_text(rows, 0, APPLICATION_TYPE), STR("SAML")))
        return err;
    return fail(ctx, ERR_APP_SAML_ONLY);
}
