/* Phone numbers as digits with their country code, without '+'. */
#ifndef SIGNET_DOMAIN_PHONE_H
#define SIGNET_DOMAIN_PHONE_H

#include "base/arena.h"

/* The one form of a number (E.164): the trunk prefix '0' that people write behind the country code
 * is dropped where the country's numbers do not begin with it. {NULL,0} when the digits do not
 * begin with a country code that exists, when too few or too many follow, or when memory is out. */
struct str phone_canonical(struct arena *arena, struct str digits);

/* "+61 412345678": for people. {NULL,0} as above. */
struct str phone_for_people(struct arena *arena, struct str canonical);

#endif
