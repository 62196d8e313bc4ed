/* Spans: a queue, and a thread that sends it by OTLP over HTTP, as JSON.
 * https://opentelemetry.io/docs/specs/otlp/ */
#include "spans.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

#include "base/clock.h"
#include "base/ids.h"
#include "base/json.h"
#include "base/log.h"
#include "http/outgoing.h"
#include "metrics.h"

#define QUEUE       ((size_t)4096)
#define BATCH       ((size_t)512) /* the sender does not wait for more */
#define EVERY_MS    1000
#define BODY_MAX    ((size_t)8 * 1024 * 1024)
#define QUIET_MS    ((int64_t)60 * 1000) /* between two complaints in the log */
#define US          ((int64_t)1000)
#define PER_MILLION 1000000

struct span {
    struct trace trace;
    const struct route *route; /* rows live as long as the program; NULL: there was none */
    int status;
    int64_t end_ns, us; /* since 1970; duration */
};

static struct exporter {
    atomic_bool on;
    const struct config *config;
    pthread_mutex_t lock;
    pthread_cond_t filled;
    pthread_t thread;
    bool stop;
    size_t first, count;
    struct span *queue, *batch;
    atomic_int_fast64_t sent, lost;
    int64_t complained_at;
} exporter = {.lock = PTHREAD_MUTEX_INITIALIZER};

/* ---- JSON ---- */

static void put_attribute(struct json_out *out, const char *name, const char *type,
                          struct str value)
{
    json_open_object(out);
    JSON_STR(out, "key", str_of(name));
    json_key(out, STR("value"));
    json_open_object(out);
    json_key(out, str_of(type));
    json_put_str(out, value);
    json_close_object(out);
    json_close_object(out);
}

/* 64-bit numbers are texts in Protobuf's JSON. */
static struct str number(struct arena *arena, int64_t value)
{
    return arena_printf(arena, "%lld", (long long)value);
}

static void put_span(struct json_out *out, struct arena *arena, const struct span *span)
{
    const struct trace *trace = &span->trace;
    struct str method = str_of(span->route ? metrics_method_name(span->route->method) : "HTTP");
    struct str path = span->route ? span->route->path : STR("");
    json_open_object(out);
    JSON_STR(out, "traceId", ((struct str){trace->id, TRACE_ID}));
    JSON_STR(out, "spanId", ((struct str){trace->span, TRACE_SPAN}));
    if (trace->parent[0])
        JSON_STR(out, "parentSpanId", ((struct str){trace->parent, TRACE_SPAN}));
    JSON_STR(out, "name",
             path.n ? arena_printf(arena, "%.*s %.*s", STR_ARG(method), STR_ARG(path)) : method);
    JSON_INT(out, "kind", 2); /* SPAN_KIND_SERVER */
    JSON_STR(out, "startTimeUnixNano", number(arena, span->end_ns - span->us * US));
    JSON_STR(out, "endTimeUnixNano", number(arena, span->end_ns));
    json_key(out, STR("attributes"));
    json_open_array(out);
    if (path.n) {
        put_attribute(out, "http.request.method", "stringValue", method);
        put_attribute(out, "http.route", "stringValue", path);
    }
    put_attribute(out, "http.response.status_code", "intValue", number(arena, span->status));
    put_attribute(out, "signet.request_id", "stringValue",
                  (struct str){trace->request, TRACE_REQUEST_ID});
    json_close_array(out);
    json_key(out, STR("status"));
    json_open_object(out);
    if (span->status >= 500)
        JSON_INT(out, "code", 2); /* STATUS_CODE_ERROR */
    json_close_object(out);
    json_close_object(out);
}

static struct str body_of(struct arena *arena, const struct span *spans, size_t count)
{
    struct buf buf = buf_new(arena, BODY_MAX);
    struct json_out out = json_out(&buf);
    BUF_LIT(&buf, "{\"resourceSpans\":[{\"resource\":{\"attributes\":[");
    put_attribute(&out, "service.name", "stringValue", STR("signet"));
    put_attribute(&out, "service.version", "stringValue", STR(SIGNET_VERSION));
    BUF_LIT(&buf, "]},\"scopeSpans\":[{\"scope\":{\"name\":\"signet\"},\"spans\":[");
    out = json_out(&buf);
    for (size_t i = 0; i < count; i++)
        put_span(&out, arena, &spans[i]);
    BUF_LIT(&buf, "]}]}]}");
    return buf_view(&buf);
}

/* ---- Sending ---- */

static bool add_headers(struct outgoing *request, struct arena *arena)
{
    struct str rest = str_of(exporter.config->otlp_headers), pair;
    bool ok = outgoing_header(request, arena, STR("content-type"), STR("application/json"));
    while (ok && (pair = str_split(&rest, ',')).p) {
        struct str value = pair, name = str_split(&value, '=');
        if (str_trim(name).n)
            ok = outgoing_header(request, arena, str_trim(name), str_trim(value));
    }
    return ok;
}

static void complain(const struct outgoing *request)
{
    int64_t now = clock_monotonic_ms();
    if (exporter.complained_at && now - exporter.complained_at < QUIET_MS)
        return;
    exporter.complained_at = now;
    if (request && request->status)
        log_warn("the collector at SIGNET_OTLP_ENDPOINT answers %d: spans are lost",
                 request->status);
    else
        log_warn("spans cannot be sent to SIGNET_OTLP_ENDPOINT: %s",
                 request && request->error ? request->error : "memory is out");
}

static bool send_batch(size_t count)
{
    struct arena *arena = arena_new((size_t)32 * 1024 * 1024);
    struct outgoing *request = arena ? ARENA_NEW(arena, struct outgoing) : NULL;
    bool ok = false;
    if (request) {
        *request = (struct outgoing){.url = str_of(exporter.config->otlp_endpoint),
                                     .body = body_of(arena, exporter.batch, count),
                                     .allow_private = true};
        ok = request->body.p && add_headers(request, arena);
        if (ok)
            outgoing_send(request);
        ok = ok && request->status >= 200 && request->status < 300;
    }
    if (!ok)
        complain(request);
    atomic_fetch_add(ok ? &exporter.sent : &exporter.lost, (int64_t)count);
    arena_free(arena);
    return ok;
}

/* Takes what is queued, as soon as it is a batch or a second old. False: the thread is to end. */
static bool next_batch(size_t *count)
{
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += EVERY_MS / 1000;
    pthread_mutex_lock(&exporter.lock);
    while (!exporter.stop && exporter.count < BATCH &&
           !pthread_cond_timedwait(&exporter.filled, &exporter.lock, &until))
        ;
    *count = exporter.count < BATCH ? exporter.count : BATCH;
    for (size_t i = 0; i < *count; i++)
        exporter.batch[i] = exporter.queue[(exporter.first + i) % QUEUE];
    exporter.first = (exporter.first + *count) % QUEUE;
    exporter.count -= *count;
    bool more = !exporter.stop;
    pthread_mutex_unlock(&exporter.lock);
    return more;
}

static void *run(void *arg)
{
    (void)arg;
    size_t count;
    while (next_batch(&count))
        if (count)
            send_batch(count);
    /* The last ones, as long as the collector takes them: nobody waits for one that hangs. */
    while (count && send_batch(count))
        next_batch(&count);
    return NULL;
}

/* ---- The server's side ---- */

bool spans_start(const struct config *config)
{
    if (!config->otlp_endpoint[0])
        return true;
    exporter.config = config;
    exporter.queue = calloc(QUEUE, sizeof *exporter.queue);
    exporter.batch = calloc(BATCH, sizeof *exporter.batch);
    pthread_cond_init(&exporter.filled, NULL);
    bool on =
        exporter.queue && exporter.batch && !pthread_create(&exporter.thread, NULL, run, NULL);
    atomic_store(&exporter.on, on);
    return on;
}

void spans_stop(void)
{
    if (atomic_exchange(&exporter.on, false)) {
        pthread_mutex_lock(&exporter.lock);
        exporter.stop = true;
        pthread_cond_signal(&exporter.filled);
        pthread_mutex_unlock(&exporter.lock);
        pthread_join(exporter.thread, NULL);
    }
    free(exporter.queue);
    free(exporter.batch);
    exporter.queue = exporter.batch = NULL;
}

bool spans_are_on(void)
{
    return atomic_load_explicit(&exporter.on, memory_order_relaxed);
}

bool spans_sample(void)
{
    uint32_t chance;
    random_bytes(&chance, sizeof chance);
    return chance % 100 < (uint64_t)exporter.config->otlp_sample;
}

void spans_add(const struct trace *trace, const struct route *route, int status, int64_t us)
{
    struct timespec now;
    if (!trace->sampled || !spans_are_on())
        return;
    clock_gettime(CLOCK_REALTIME, &now);
    struct span span = {*trace, route, status, now.tv_sec * (US * PER_MILLION) + now.tv_nsec, us};
    pthread_mutex_lock(&exporter.lock);
    bool fits = exporter.count < QUEUE && exporter.queue;
    if (fits)
        exporter.queue[(exporter.first + exporter.count++) % QUEUE] = span;
    if (exporter.count == BATCH)
        pthread_cond_signal(&exporter.filled);
    pthread_mutex_unlock(&exporter.lock);
    if (!fits)
        atomic_fetch_add_explicit(&exporter.lost, 1, memory_order_relaxed);
}

void spans_counts(int64_t *sent, int64_t *lost)
{
    *sent = atomic_load(&exporter.sent);
    *lost = atomic_load(&exporter.lost);
}
