/* What requests took, as spans for a collector of OpenTelemetry (SIGNET_OTLP_ENDPOINT). */
#ifndef SIGNET_SPANS_H
#define SIGNET_SPANS_H

#include "base/config.h"
#include "base/trace.h"
#include "http/route.h"

/* Starts the thread that sends them; nothing without the setting. False when memory is out. */
bool spans_start(const struct config *config);
/* Sends what is left, as long as the collector takes it, and ends the thread; none may be added any
 * more. */
void spans_stop(void);
/* Whether there is a collector at all, and whether a request that brought no trace is to have one.
 */
bool spans_are_on(void);
bool spans_sample(void);

/* Keeps the span of a request that has been answered, when its trace is sampled: a copy into a
 * queue of fixed length, or nowhere when that is full. Any thread; never waits for the network. */
void spans_add(const struct trace *trace, const struct route *route, int status, int64_t us);

/* How many were sent to a collector that took them, and how many were lost. */
void spans_counts(int64_t *sent, int64_t *lost);

#endif
