/* Values that people give for profile fields: what each type takes. */
#ifndef SIGNET_DOMAIN_PROFILE_VALUES_H
#define SIGNET_DOMAIN_PROFILE_VALUES_H

#include "domain/profile_fields.h"

/* Whether the member of values that the field names is one for it, of an address whether its parts
 * are: ERR_INVALID_BODY. No member, null and "" are no value, and taken. Forms send texts, so
 * numbers and boxes may be texts too. Regular expressions are profile_patterns.h's. */
enum err profile_value_check(struct ctx *ctx, const struct profile_field *field, json *values);

/* How a date is written, as yyyy-MM-dd; *plain: by year, month and day in digits alone. */
struct str profile_field_date_format(const struct profile_field *field, bool *plain);

#endif
