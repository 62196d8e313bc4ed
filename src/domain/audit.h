/* The audit log: what is kept of token requests and of changes through the Management API. */
#ifndef SIGNET_DOMAIN_AUDIT_H
#define SIGNET_DOMAIN_AUDIT_H

#include "domain/ctx.h"

/* Columns of an audit row, in the order of audit_row.values. */
#define AUDIT_TABLE_COLUMNS "logs (id, key, application_id, user_id, payload, created_at)"

/* Whether token requests are audited at all (SIGNET_AUDIT); when not, no row need be made. */
bool audit_wanted(const struct ctx *ctx);

/* Fills ctx->audit from key and payload; serve.c sees that it is on disk before the answer leaves.
 */
void audit_set(struct ctx *ctx, struct str key, struct str application_id, struct str payload);

/* Names the user of the row just set; {NULL,0}: none. */
void audit_set_user(struct ctx *ctx, struct str user_id);

/* Whether the audit row of this change tells the values before it: of what GET at its address,
 * seen, answers as one object. */
bool audit_wants_former(const struct ctx *ctx, const struct route *seen);

/* Keeps them for audit_change out of body, that answer: what a PATCH names, or all that a PUT
 * replaces; fields with FIELD_SECRET are masked. Too much of it is not kept. */
void audit_keep_former(struct ctx *ctx, struct str body);

/* Called by serve.c after the handler of a writing Management API route has succeeded, inside its
 * transaction: a row in change_logs with who, what and the changed fields; fields with FIELD_SECRET
 * are masked. */
enum err audit_change(struct ctx *ctx);

#endif
