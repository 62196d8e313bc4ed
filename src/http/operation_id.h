/* Names of operations, as the OpenAPI document and clients made from it call them. */
#ifndef SIGNET_HTTP_OPERATION_ID_H
#define SIGNET_HTTP_OPERATION_ID_H

#include "http/route.h"

/* Appends e.g. "ListApplications", "CreateApplicationSecret", "GetApplication". */
void operation_id_put(struct buf *out, const struct route *route);
/* Appends one of a path segment's things: "Application" for "applications". */
void operation_noun_put(struct buf *out, struct str segment);
/* Appends the name of the group that an /api route belongs to: "Applications". */
void operation_tag_put(struct buf *out, const struct route *route);

#endif
