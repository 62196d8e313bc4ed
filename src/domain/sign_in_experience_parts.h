/* Field rows that the sign-in experience and the account center share, and their rules. */
#ifndef SIGNET_DOMAIN_SIGN_IN_EXPERIENCE_PARTS_H
#define SIGNET_DOMAIN_SIGN_IN_EXPERIENCE_PARTS_H

#include "base/field.h"

extern const struct field sign_in_experience_public_fields[];
/* An object that names a profile field. */
extern const struct field profile_field_item;

/* A text #rgb or #rrggbb. */
bool field_is_color(json *value);

#endif
