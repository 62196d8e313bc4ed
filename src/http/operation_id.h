/* Names of operations, as the OpenAPI document and clients made from it call them. */
#ifndef SIGNET_HTTP_OPERATION_ID_H
#define SIGNET_HTTP_OPERATION_ID_H

#include "http/route.h"

/* Appends e.g. "ListApplications", "CreateApplicationSecret", "GetApplication". */
void operation_id_put(struct buf *out, const struct route *route);

#endif
