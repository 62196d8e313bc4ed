/* What a signed-in user has proven anew, or is to prove, through the account API: of short life,
 * and worth something for this user alone. */
#ifndef SIGNET_DOMAIN_VERIFICATION_RECORDS_H
#define SIGNET_DOMAIN_VERIFICATION_RECORDS_H

#include "domain/ctx.h"

#define VERIFICATION_RECORD_TTL_MS ((int64_t)600 * 1000)

struct verification_record {
    struct str id;
    struct str type;       /* "Password", "EmailVerificationCode", "Social", … */
    bool permits;          /* once verified, it opens sensitive changes of the account */
    struct str identifier; /* what is proven: an address, a connector's id; may be empty */
    bool verified;
    struct str data;    /* JSON object, the type's own */
    int64_t expires_at; /* ms */
};

/* Stores one of the caller's; sets id and expires_at. On the writer's connection. */
enum err verification_record_create(struct ctx *ctx, struct verification_record *record);
/* The caller's with this id and type that has not expired; ERR_NO_RECORD. */
enum err verification_record_get(struct ctx *ctx, struct str id, struct str type,
                                 struct verification_record *out);
/* The same when it is verified; it is gone afterwards, so that it serves once. */
enum err verification_record_consume(struct ctx *ctx, struct str id, struct str type,
                                     struct verification_record *out);
/* Keeps verified and data anew. */
enum err verification_record_update(struct ctx *ctx, const struct verification_record *record);
/* Whether the record that the request's header logto-verification-id names opens sensitive changes.
 */
enum err verification_record_permits(struct ctx *ctx, bool *permits);

#endif
