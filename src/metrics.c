/* Counters of a loop thread, and their sum as Prometheus reads it. */
#include "metrics.h"

#include <dirent.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/clock.h"
#include "domain/limits.h"
#include "spans.h"

/* Upper bounds of the histogram. Prometheus wants seconds. */
static const struct {
    int64_t us;
    const char *seconds;
} bounds[] = {
    {250, "0.00025"}, {500, "0.0005"},  {1000, "0.001"},  {2500, "0.0025"}, {5000, "0.005"},
    {10000, "0.01"},  {25000, "0.025"}, {50000, "0.05"},  {100000, "0.1"},  {250000, "0.25"},
    {500000, "0.5"},  {1000000, "1"},   {2500000, "2.5"}, {10000000, "10"},
};
#define BOUND_COUNT (sizeof bounds / sizeof *bounds)
#define CLASSES     6 /* of statuses; [0]: none of the known */

typedef atomic_int_fast64_t counter;

struct series {
    const struct route *route; /* NULL: requests without one */
    counter classes[CLASSES];
    counter buckets[BOUND_COUNT]; /* each alone; the last one beyond all is what is left */
    counter us;
    _Atomic(struct series *) next;
};

#define EVENT_MAX 80
struct event {
    char name[EVENT_MAX];
    size_t length;
    counter success, failure;
    _Atomic(struct event *) next;
};

#define SLOTS ((size_t)512) /* a power of two */

struct metrics {
    _Atomic(struct series *) slots[SLOTS]; /* by route */
    _Atomic(struct event *) events;
    struct metrics *next;
};

static _Atomic(struct metrics *) all;
static _Atomic(const struct http_server *) watched;

/* One thread writes it, so no locked instruction is needed. */
static void add(counter *value, int64_t amount)
{
    atomic_store_explicit(value, atomic_load_explicit(value, memory_order_relaxed) + amount,
                          memory_order_relaxed);
}

static int64_t get(const counter *value)
{
    return atomic_load_explicit(value, memory_order_relaxed);
}

struct metrics *metrics_new(void)
{
    struct metrics *metrics = calloc(1, sizeof *metrics);
    if (!metrics)
        return NULL;
    metrics->next = atomic_load(&all);
    while (!atomic_compare_exchange_weak(&all, &metrics->next, metrics))
        ;
    return metrics;
}

static struct series *series_of(struct metrics *metrics, const struct route *route)
{
    _Atomic(struct series *) *slot = &metrics->slots[(uintptr_t)route / sizeof *route % SLOTS];
    struct series *series = atomic_load_explicit(slot, memory_order_relaxed);
    for (; series; series = atomic_load_explicit(&series->next, memory_order_relaxed))
        if (series->route == route)
            return series;
    series = calloc(1, sizeof *series);
    if (!series)
        return NULL;
    series->route = route;
    atomic_init(&series->next, atomic_load_explicit(slot, memory_order_relaxed));
    atomic_store_explicit(slot, series, memory_order_release);
    return series;
}

void metrics_count(struct metrics *metrics, const struct route *route, int status, int64_t us)
{
    struct series *series = series_of(metrics, route);
    size_t bound = 0;
    if (!series)
        return;
    while (bound < BOUND_COUNT && us > bounds[bound].us)
        bound++;
    if (bound < BOUND_COUNT)
        add(&series->buckets[bound], 1);
    add(&series->classes[status / 100 < CLASSES ? status / 100 : 0], 1);
    add(&series->us, us);
}

static struct event *event_of(struct metrics *metrics, struct str name)
{
    struct event *event = atomic_load_explicit(&metrics->events, memory_order_relaxed);
    for (; event; event = atomic_load_explicit(&event->next, memory_order_relaxed))
        if (str_eq((struct str){event->name, event->length}, name))
            return event;
    if (name.n > EVENT_MAX || !(event = calloc(1, sizeof *event)))
        return NULL;
    memcpy(event->name, name.p, name.n);
    event->length = name.n;
    atomic_init(&event->next, atomic_load_explicit(&metrics->events, memory_order_relaxed));
    atomic_store_explicit(&metrics->events, event, memory_order_release);
    return event;
}

void metrics_count_event(struct metrics *metrics, struct str name, bool success)
{
    struct event *event = event_of(metrics, name);
    if (event)
        add(success ? &event->success : &event->failure, 1);
}

void metrics_watch(const struct http_server *http)
{
    atomic_store(&watched, http);
}

/* ---- Text ---- */

struct sum {
    int64_t classes[CLASSES], buckets[BOUND_COUNT], us, count;
};

static struct sum sum_of(const struct route *route)
{
    struct sum sum = {0};
    size_t slot = (uintptr_t)route / sizeof *route % SLOTS;
    for (struct metrics *each = atomic_load(&all); each; each = each->next) {
        struct series *series = atomic_load_explicit(&each->slots[slot], memory_order_acquire);
        for (; series; series = atomic_load_explicit(&series->next, memory_order_acquire)) {
            if (series->route != route)
                continue;
            for (size_t i = 0; i < CLASSES; i++)
                sum.count += get(&series->classes[i]), sum.classes[i] += get(&series->classes[i]);
            for (size_t i = 0; i < BOUND_COUNT; i++)
                sum.buckets[i] += get(&series->buckets[i]);
            sum.us += get(&series->us);
        }
    }
    return sum;
}

const char *metrics_method_name(enum http_method method)
{
    static const char *const names[] = {"GET",   "HEAD",   "POST",    "PUT",
                                        "PATCH", "DELETE", "OPTIONS", "TRACE"};
    return names[method];
}

static void put_labels(struct buf *out, const struct route *route)
{
    if (route)
        buf_printf(out, "{method=\"%s\",route=\"%.*s\"", metrics_method_name(route->method),
                   STR_ARG(route->path));
    else
        BUF_LIT(out, "{method=\"\",route=\"\"");
}

static void put_requests(const struct route *route, void *arg)
{
    struct buf *out = arg;
    struct sum sum = sum_of(route);
    for (size_t i = 0; i < CLASSES; i++) {
        if (!sum.classes[i])
            continue;
        BUF_LIT(out, "signet_http_requests_total");
        put_labels(out, route);
        buf_printf(out, ",status=\"%zuxx\"} %lld\n", i, (long long)sum.classes[i]);
    }
}

static void put_seconds(const struct route *route, void *arg)
{
    struct buf *out = arg;
    struct sum sum = sum_of(route);
    int64_t below = 0;
    if (!sum.count)
        return;
    for (size_t i = 0; i < BOUND_COUNT; i++) {
        below += sum.buckets[i];
        BUF_LIT(out, "signet_http_request_duration_seconds_bucket");
        put_labels(out, route);
        buf_printf(out, ",le=\"%s\"} %lld\n", bounds[i].seconds, (long long)below);
    }
    BUF_LIT(out, "signet_http_request_duration_seconds_bucket");
    put_labels(out, route);
    buf_printf(out, ",le=\"+Inf\"} %lld\n", (long long)sum.count);
    BUF_LIT(out, "signet_http_request_duration_seconds_sum");
    put_labels(out, route);
    buf_printf(out, "} %.6f\n", (double)sum.us / 1e6);
    BUF_LIT(out, "signet_http_request_duration_seconds_count");
    put_labels(out, route);
    buf_printf(out, "} %lld\n", (long long)sum.count);
}

static void put_head(struct buf *out, const char *name, const char *type, const char *help)
{
    buf_printf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void put_value(struct buf *out, const char *name, const char *type, const char *help,
                      double value)
{
    put_head(out, name, type, help);
    buf_printf(out, "%s %.15g\n", name, value);
}

static void put_http(struct buf *out)
{
    put_head(out, "signet_http_requests_total", "counter", "Answers, by route and status.");
    put_requests(NULL, out);
    routes_each(put_requests, out);
    put_head(out, "signet_http_request_duration_seconds", "histogram",
             "From the whole request to its answer.");
    put_seconds(NULL, out);
    routes_each(put_seconds, out);
}

static struct event *find_event(const struct metrics *metrics, struct str name)
{
    struct event *event = atomic_load_explicit(&metrics->events, memory_order_acquire);
    while (event && !str_eq((struct str){event->name, event->length}, name))
        event = atomic_load_explicit(&event->next, memory_order_acquire);
    return event;
}

/* An event of this thread that none before it has; those that have it are added up there. */
static void put_event(struct buf *out, const struct metrics *metrics, const struct event *event)
{
    struct str name = {event->name, event->length};
    int64_t success = 0, failure = 0;
    for (struct metrics *each = atomic_load(&all); each != metrics; each = each->next)
        if (find_event(each, name))
            return;
    for (const struct metrics *each = metrics; each; each = each->next) {
        const struct event *same = find_event(each, name);
        success += same ? get(&same->success) : 0;
        failure += same ? get(&same->failure) : 0;
    }
    const char *const format = "signet_audit_events_total{event=\"%.*s\",result=\"%s\"} %lld\n";
    if (success)
        buf_printf(out, format, STR_ARG(name), "success", (long long)success);
    if (failure)
        buf_printf(out, format, STR_ARG(name), "error", (long long)failure);
}

static void put_events(struct buf *out)
{
    put_head(out, "signet_audit_events_total", "counter",
             "Tokens, sign-ins and what else the audit log tells, by event.");
    for (struct metrics *each = atomic_load(&all); each; each = each->next) {
        struct event *event = atomic_load_explicit(&each->events, memory_order_acquire);
        for (; event; event = atomic_load_explicit(&event->next, memory_order_acquire))
            put_event(out, each, event);
    }
}

static void put_connections(struct buf *out)
{
    const struct http_server *http = atomic_load(&watched);
    struct http_stats stats;
    if (!http)
        return;
    http_server_stats(http, &stats);
    put_value(out, "signet_connections", "gauge", "Open connections.", (double)stats.connections);
    put_value(out, "signet_unsent_bytes", "gauge",
              "Memory for answers that clients do not take, and for requests behind those.",
              (double)stats.unsent);
    put_value(out, "signet_connections_accepted_total", "counter", "Connections accepted.",
              (double)stats.accepted);
    put_value(out, "signet_connections_refused_total", "counter",
              "Connections over SIGNET_MAX_CONNECTIONS or those of one address.",
              (double)stats.refused);
    put_value(out, "signet_bad_requests_total", "counter",
              "Requests refused before they had a route: malformed, too long, too slow.",
              (double)stats.bad_requests);
}

static void put_limits(struct buf *out)
{
    put_head(out, "signet_rate_limited_total", "counter", "Requests refused with 429, by limit.");
    for (int limit = 0; limit < LIMIT_COUNT; limit++) {
        const char *name;
        int64_t refused = limit_refusals((enum limit)limit, &name);
        buf_printf(out, "signet_rate_limited_total{limit=\"%s\"} %lld\n", name, (long long)refused);
    }
}

static void put_spans(struct buf *out)
{
    int64_t sent, lost;
    spans_counts(&sent, &lost);
    put_value(out, "signet_spans_sent_total", "counter", "Spans that the collector took.",
              (double)sent);
    put_value(out, "signet_spans_lost_total", "counter",
              "Spans that found the queue full or no collector.", (double)lost);
}

static void put_depth(struct buf *out, const struct tenant *tenant, const char *queue, size_t depth)
{
    buf_printf(out, "signet_queue_depth{tenant=\"%.*s\",queue=\"%s\"} %zu\n", STR_ARG(tenant->id),
               queue, depth);
}

static void put_queues(struct buf *out, const struct tenant *tenant)
{
    put_depth(out, tenant, "write", writer_depth(tenant->writer));
    put_depth(out, tenant, "audit", row_writer_depth(tenant->audit));
    if (tenant->readers)
        put_depth(out, tenant, "read", read_pool_depth(tenant->readers));
}

static double open_files(void)
{
    DIR *folder = opendir("/proc/self/fd");
    double count = 0;
    if (!folder)
        return 0;
    for (struct dirent *entry; (entry = readdir(folder));)
        count += entry->d_name[0] != '.';
    closedir(folder);
    return count - 1; /* the folder itself */
}

/* The second number of statm: pages. proc(5) */
static double resident_bytes(void)
{
    char line[128] = "";
    FILE *file = fopen("/proc/self/statm", "re");
    if (!file)
        return 0;
    char *rest = fgets(line, sizeof line, file) ? strchr(line, ' ') : NULL;
    fclose(file);
    return rest ? (double)strtol(rest, NULL, 10) * (double)sysconf(_SC_PAGESIZE) : 0;
}

static double seconds(struct timeval time)
{
    return (double)time.tv_sec + (double)time.tv_usec / 1e6;
}

static void put_process(struct buf *out)
{
    struct rusage usage;
    struct rlimit files;
    if (!getrusage(RUSAGE_SELF, &usage))
        put_value(out, "process_cpu_seconds_total", "counter", "CPU time, user and system.",
                  seconds(usage.ru_utime) + seconds(usage.ru_stime));
    put_value(out, "process_resident_memory_bytes", "gauge", "Memory in use.", resident_bytes());
    put_value(out, "process_open_fds", "gauge", "Open file descriptors.", open_files());
    if (!getrlimit(RLIMIT_NOFILE, &files))
        put_value(out, "process_max_fds", "gauge", "Limit of file descriptors.",
                  (double)files.rlim_cur);
}

void metrics_render(struct ctx *ctx, struct buf *out)
{
    put_head(out, "signet_build_info", "gauge", "The version that runs.");
    BUF_LIT(out, "signet_build_info{version=\"" SIGNET_VERSION "\"} 1\n");
    put_http(out);
    put_events(out);
    put_connections(out);
    put_limits(out);
    put_spans(out);
    put_head(out, "signet_queue_depth", "gauge", "Requests that wait for a database connection.");
    put_queues(out, ctx->tenant);
    put_queues(out, ctx->tenant->admin);
    put_process(out);
}
