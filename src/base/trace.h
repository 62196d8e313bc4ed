/* What names a request beyond this process: its id, and the trace that it belongs to (W3C Trace
 * Context). */
#ifndef SIGNET_BASE_TRACE_H
#define SIGNET_BASE_TRACE_H

#include "base/str.h"

#define TRACE_REQUEST_ID 16
#define TRACE_ID         32
#define TRACE_SPAN       16
#define TRACE_PARENT     55 /* "00-TRACE-SPAN-01" */

struct trace {
    char request[TRACE_REQUEST_ID];
    bool traced;  /* it belongs to a trace: the rest is set */
    bool sampled; /* whoever began the trace wants its spans, or this server does */
    char id[TRACE_ID], span[TRACE_SPAN];
    char parent[TRACE_SPAN]; /* parent[0] 0: this server began the trace */
};

/* A request's: an id of its own, and a span of its own in the trace of the header traceparent.
 * Without a header, or with one that is malformed, it is in no trace. */
void trace_begin(struct trace *trace, struct str traceparent);
/* Puts a request that is in no trace into a new one. */
void trace_start(struct trace *trace, bool sampled);
/* The header for a request that is made on behalf of this one. */
void trace_header(const struct trace *trace, char out[TRACE_PARENT]);

/* For which request this thread works at the moment; NULL: none. The log names it, and requests of
 * this server's own are made on its behalf. */
const struct trace *trace_current(void);
/* trace_header of it, in out; {NULL,0} when there is none, or it is in no trace. */
struct str trace_current_header(char out[TRACE_PARENT]);
void trace_enter(const struct trace *trace); /* NULL: none from now on */

#endif
