/* What people fill in when they register, beside what they sign in with: members of the user's
 * profile, or of the custom data. */
#ifndef SIGNET_EXPERIENCE_EXTRA_PROFILE_H
#define SIGNET_EXPERIENCE_EXTRA_PROFILE_H

#include "domain/profile_fields.h"
#include "experience/profile.h"

/* From an object of values by the names of fields: those that the sign-up asks for; of a user who
 * signs in (user_id; {NULL,0}: nobody) those alone that they have no value of. ERR_INVALID_BODY,
 * and what profile_field_check_name says of the names. */
enum err extra_profile_set(struct ctx *ctx, json *values, struct str user_id,
                           struct profile *profile);

/* ERR_USER_MISSING_PROFILE with "extraProfile" when a field that the tenant asks for is neither in
 * the profile nor the user's; once the form was sent only those that are required count, which must
 * not be empty. */
enum err extra_profile_check(struct ctx *ctx, const struct profile *profile, struct str user_id);

/* The fields of the form that asks for them. */
void extra_profile_form(struct ctx *ctx, const struct profile_field_list *fields);

#endif
