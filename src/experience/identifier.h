/* What people call themselves by when they sign in. */
#ifndef SIGNET_EXPERIENCE_IDENTIFIER_H
#define SIGNET_EXPERIENCE_IDENTIFIER_H

#include "domain/ctx.h"

/* Rows of the object {type, value} in bodies: any kind, and the ones that codes are sent to. */
extern const struct field identifier_fields[];
extern const struct field identifier_code_fields[];

/* The user with this identifier, in the form that counts as the same; id {NULL,0}: none. type:
 * "username", "email" or "phone". */
struct account {
    struct str id;
    bool suspended;
};
enum err identifier_find_user(struct ctx *ctx, struct str type, struct str value,
                              struct account *out);

/* Refuses what is no address or number of its type. */
enum err identifier_check(struct ctx *ctx, struct str type, json *value);
/* ERR_USER_UNKNOWN, with the identifier. */
enum err identifier_unknown(struct ctx *ctx, struct str identifier);

#endif
