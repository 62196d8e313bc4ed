/* Accounts at enterprise connectors, linked to users. */
#ifndef SIGNET_DOMAIN_USER_SSO_IDENTITIES_H
#define SIGNET_DOMAIN_USER_SSO_IDENTITIES_H

#include "domain/ctx.h"

struct sso_identity {
    struct str connector_id;
    struct str issuer, identity; /* who it is: one account is one user's */
    struct str details;          /* JSON: what the provider says of the account */
};

/* Whose the account is; {NULL,0}: nobody's. */
enum err user_sso_find(struct ctx *ctx, struct str issuer, struct str identity,
                       struct str *user_id);
/* Links it, or keeps what is new about it; *made: it was not linked before. ERR_USER_IDENTITY when
 * it is another user's. On the writer's connection. */
enum err user_sso_link(struct ctx *ctx, struct str user_id, const struct sso_identity *identity,
                       bool *made);
/* Whether the user has any. */
enum err user_sso_has(struct ctx *ctx, struct str user_id, bool *has);

/* All of a user's, in the order of their making. */
enum err user_sso_list(struct ctx *ctx, struct str user_id, struct db_rows *rows);
/* One as an object: as the management API shows it. */
void user_sso_put(struct ctx *ctx, struct json_out *out, const struct db_rows *rows, size_t row);
extern const struct field user_sso_fields[]; /* of that object */
struct str user_sso_connector(const struct db_rows *rows, size_t row);
/* An array of such objects; brief: of {"issuer","identityId","detail"}, as tokens have them. */
enum err user_sso_put_all(struct ctx *ctx, struct json_out *out, struct str user_id, bool brief);

#endif
