/* Requests and traces. https://www.w3.org/TR/trace-context/ */
#include "base/trace.h"

#include <string.h>

#include "base/ids.h"

static _Thread_local const struct trace *current;

/* Lower-case hexadecimal, not only zeros. W3C Trace Context 3.2.2 */
static bool is_id(struct str text)
{
    bool zero = true;
    for (size_t i = 0; i < text.n; i++) {
        char c = text.p[i];
        if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f')))
            return false;
        zero = zero && c == '0';
    }
    return !zero;
}

static void random_hex(char *out, size_t n)
{
    static const char digits[] = "0123456789abcdef";
    uint8_t bytes[TRACE_ID / 2];
    do {
        random_bytes(bytes, n / 2);
        for (size_t i = 0; i < n; i++)
            out[i] = digits[bytes[i / 2] >> (i % 2 ? 0 : 4) & 15];
    } while (!is_id((struct str){out, n}));
}

/* A later version may bring more behind a further dash. */
static bool is_parent(struct str text)
{
    if (text.n < TRACE_PARENT || text.p[2] != '-' || text.p[35] != '-' || text.p[52] != '-')
        return false;
    struct str version = {text.p, 2}, flags = {text.p + 53, 2};
    bool first = str_eq(version, STR("00"));
    bool shape = text.n == TRACE_PARENT || (!first && text.p[TRACE_PARENT] == '-');
    return shape && (first || is_id(version)) && !str_eq(version, STR("ff")) &&
           (str_eq(flags, STR("00")) || is_id(flags)) &&
           is_id((struct str){text.p + 3, TRACE_ID}) &&
           is_id((struct str){text.p + 36, TRACE_SPAN});
}

void trace_begin(struct trace *trace, struct str traceparent)
{
    *trace = (struct trace){0};
    secret_random(trace->request, TRACE_REQUEST_ID);
    if (!traceparent.p || !is_parent(traceparent))
        return;
    trace->traced = true;
    memcpy(trace->id, traceparent.p + 3, TRACE_ID);
    memcpy(trace->parent, traceparent.p + 36, TRACE_SPAN);
    char flags = traceparent.p[54];
    trace->sampled = (flags <= '9' ? flags - '0' : flags - 'a' + 10) & 1;
    random_hex(trace->span, TRACE_SPAN);
}

void trace_start(struct trace *trace, bool sampled)
{
    trace->traced = true;
    trace->sampled = sampled;
    random_hex(trace->id, TRACE_ID);
    random_hex(trace->span, TRACE_SPAN);
}

void trace_header(const struct trace *trace, char out[TRACE_PARENT])
{
    out[0] = out[1] = out[53] = '0';
    out[2] = out[35] = out[52] = '-';
    memcpy(out + 3, trace->id, TRACE_ID);
    memcpy(out + 36, trace->span, TRACE_SPAN);
    out[54] = trace->sampled ? '1' : '0';
}

const struct trace *trace_current(void)
{
    return current;
}

struct str trace_current_header(char out[TRACE_PARENT])
{
    if (!current || !current->traced)
        return STR_NONE;
    trace_header(current, out);
    return (struct str){out, TRACE_PARENT};
}

void trace_enter(const struct trace *trace)
{
    current = trace;
}
