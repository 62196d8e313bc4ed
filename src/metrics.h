/* What the server counts of its work, as Prometheus reads it. Each loop thread counts by itself;
 * whoever asks adds up. */
#ifndef SIGNET_METRICS_H
#define SIGNET_METRICS_H

#include "domain/ctx.h"

struct metrics; /* of one loop thread */

/* NULL when memory is out. The program keeps it to its end, as counters never go back. */
struct metrics *metrics_new(void);

/* One answer, by its thread alone. route NULL: none was found. */
void metrics_count(struct metrics *metrics, const struct route *route, int status, int64_t us);
/* One row for the audit log. event is copied. */
void metrics_count_event(struct metrics *metrics, struct str event, bool success);

/* "GET" … */
const char *metrics_method_name(enum http_method method);

/* The HTTP server whose connections are shown; NULL: none any more. */
void metrics_watch(const struct http_server *http);

/* All of it in the text format. */
void metrics_render(struct ctx *ctx, struct buf *out);

#endif
