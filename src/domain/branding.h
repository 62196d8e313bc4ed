/* Colors and images of sign-in pages, as organizations and applications have them. */
#ifndef SIGNET_DOMAIN_BRANDING_H
#define SIGNET_DOMAIN_BRANDING_H

#include "base/field.h"

/* Members of `color` and `branding`; each may be missing. */
extern const struct field branding_color_fields[];
extern const struct field branding_fields[];

#endif
