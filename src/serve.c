/* The life of one request, top to bottom: route, guard, input, run, audit, answer.
 *
 * A request starts on its loop thread. Its handler runs there, on the writer's thread or on a
 * worker (the route row says which), and it always ends on its loop thread again, in finish(). A
 * handler that needs slow work asks for it (ctx_slow) and runs anew once a thread of the pool has
 * done it. All that belongs to a request lives in its arena: struct work below. */
#include "serve.h"

#include <stdlib.h>
#include <unistd.h>

#include "answer.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/trace.h"
#include "change.h"
#include "domain/audit.h"
#include "domain/limits.h"
#include "guard.h"
#include "http/spool.h"
#include "input.h"
#include "metrics.h"
#include "origin.h"
#include "script/script.h"
#include "slow.h"
#include "spans.h"

/* Slow jobs that may wait for a thread of the pool: about two seconds of password hashing. */
#define SLOW_QUEUE ((size_t)64)
/* Scripts at once, each in a process of its own, and those that may wait. */
#define SCRIPT_THREADS ((size_t)4)
#define SCRIPT_QUEUE   ((size_t)64)

struct server {
    const struct config *config;
    struct tenant *tenants[3]; /* by listener tag */
    struct router *router;
    struct limits *limits;
    struct slow_pool *slow; /* one thread a core */
    struct slow_pool *scripts;
};

/* What a loop thread keeps of a tenant. */
struct view {
    struct snapshot *snapshot;
    uint64_t version;
    struct db_conn *read; /* embedded database only */
};

struct loop_state {
    struct server *server;
    struct view views[3];
    struct guard_cache *guard_cache;
    struct metrics *metrics;
};

struct work {
    struct ctx ctx;
    struct server *server;
    struct snapshot *held; /* reference while other threads look at the snapshot */
    enum err result;
    struct write_job job;
    struct row_job row;
    struct slow_job slow;
    struct http_task task;
    struct trace trace;
    int64_t started; /* us, monotonic */
};

#define CONTAINER(pointer, type, member) ((type *)((char *)(pointer)-offsetof(type, member)))

/* ---- The loop thread's view of the tenants ---- */

struct server *server_new(const struct config *config, struct tenant *const tenants[3])
{
    struct server *server = calloc(1, sizeof *server);
    if (!server)
        return NULL;
    server->config = config;
    memcpy(server->tenants, tenants, sizeof server->tenants);
    server->router = router_new();
    server->limits = limits_new(config);
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    size_t threads = cores < 1 ? 1 : (size_t)cores;
    server->slow = slow_pool_start(threads, threads * SLOW_QUEUE);
    server->scripts = slow_pool_start(SCRIPT_THREADS, SCRIPT_QUEUE);
    if (server->router && server->limits && server->slow && server->scripts)
        return server;
    server_free(server);
    return NULL;
}

void server_free(struct server *server)
{
    if (!server)
        return;
    slow_pool_stop(server->slow);
    slow_pool_stop(server->scripts);
    script_stop();
    router_free(server->router);
    limits_free(server->limits);
    free(server);
}

void *serve_loop_start(struct http_loop *loop, void *arg)
{
    (void)loop;
    struct loop_state *state = calloc(1, sizeof *state);
    if (!state)
        return NULL;
    state->server = arg;
    state->guard_cache = guard_cache_new();
    state->metrics = metrics_new();
    return state;
}

void serve_loop_stop(void *user, void *arg)
{
    (void)arg;
    struct loop_state *state = user;
    if (!state)
        return;
    for (int tag = TENANT_DEFAULT; tag <= TENANT_ADMIN; tag++) {
        snapshot_unref(state->views[tag].snapshot);
        db_disconnect(state->views[tag].read);
    }
    guard_cache_free(state->guard_cache);
    free(state);
}

/* The version is read before the snapshot: a swap in between makes us look again next time. */
static struct snapshot *current_snapshot(struct loop_state *state, int tag)
{
    struct tenant *tenant = state->server->tenants[tag];
    struct view *view = &state->views[tag];
    uint64_t version = atomic_load_explicit(&tenant->version, memory_order_acquire);
    if (!view->snapshot || view->version != version) {
        struct snapshot *old = view->snapshot;
        view->snapshot = tenant_snapshot(tenant);
        view->version = version;
        snapshot_unref(old);
    }
    return view->snapshot;
}

/* ---- The end: audit, then answer ---- */

static void hold_snapshot(struct work *work)
{
    if (!work->held)
        work->held = snapshot_ref((struct snapshot *)work->ctx.snapshot);
}

/* What is kept of a request when its memory is gone. */
struct trail {
    struct trace trace;
    const struct route *route;
    int64_t started;
    int status;
};

static struct trail trail_of(const struct work *work)
{
    return (struct trail){work->trace, work->ctx.route, work->started, 0};
}

/* After the answer: the request is counted, and told of where that is wanted. */
static void tell(struct loop_state *state, const struct trail *trail)
{
    int64_t us = clock_monotonic_us() - trail->started;
    if (!trail->status)
        return;
    if (state->metrics)
        metrics_count(state->metrics, trail->route, trail->status, us);
    spans_add(&trail->trace, trail->route, trail->status, us);
    if (!log_is_on(LOG_DEBUG))
        return;
    struct str path = trail->route ? trail->route->path : STR("(no route)");
    trace_enter(&trail->trace);
    log_debug("%s %.*s: %d in %lld us",
              trail->route ? metrics_method_name(trail->route->method) : "-", STR_ARG(path),
              trail->status, (long long)us);
    trace_enter(NULL);
}

static void send_answer(struct work *work)
{
    /* The arena, and so work, ends with the answer. */
    struct snapshot *held = work->held;
    struct loop_state *state = http_loop_user(work->ctx.request->loop);
    struct trail trail = trail_of(work);
    trace_enter(&work->trace);
    if (work->ctx.audit.set && state->metrics)
        metrics_count_event(state->metrics, work->ctx.audit.values[1].s, !work->result);
    work->ctx.answer.sent = &trail.status;
    if (work->result && error_info(work->result)->status == 401)
        limit_refused(&work->ctx);
    answer_send(&work->ctx, work->result);
    tell(state, &trail);
    snapshot_unref(held);
}

static void send_later(struct http_task *task)
{
    send_answer(CONTAINER(task, struct work, task));
}

/* A token whose audit row could not be kept does not leave; a refusal does. */
static void audit_failed(struct work *work, enum err err)
{
    log_error("an audit row could not be stored: %s", error_info(err)->text);
    if (work->result)
        return;
    work->result = fail(&work->ctx, err);
    work->ctx.answer.body.n = 0;
}

static void audited(struct row_job *row, enum err err)
{
    struct work *work = CONTAINER(row, struct work, row);
    if (err)
        audit_failed(work, err);
    work->task.run = send_later;
    http_post_quietly(work->ctx.request->loop, &work->task);
}

/* SIGNET_AUDIT=after: the row outlives the request. */
struct detached_row {
    struct row_job row;
    struct db_value values[6];
    char text[];
};

static void detached_done(struct row_job *row, enum err err)
{
    if (err)
        log_error("an audit row could not be stored: %s", error_info(err)->text);
    free(CONTAINER(row, struct detached_row, row));
}

static void audit_detached(struct work *work)
{
    const struct db_value *values = work->ctx.audit.values;
    size_t total = 0;
    for (size_t i = 0; i < 6; i++)
        total += values[i].s.n;
    struct detached_row *copy = malloc(sizeof *copy + total);
    if (!copy)
        return;
    char *to = copy->text;
    for (size_t i = 0; i < 6; i++) {
        copy->values[i] = values[i];
        if (values[i].kind != DB_TEXT)
            continue;
        memcpy(to, values[i].s.p, values[i].s.n);
        copy->values[i].s.p = to;
        to += values[i].s.n;
    }
    copy->row = (struct row_job){.values = copy->values, .done = detached_done};
    if (!row_writer_submit(work->ctx.tenant->audit, &copy->row))
        detached_done(&copy->row, ERR_UNAVAILABLE);
}

static void finish(struct work *work)
{
    if (!work->ctx.audit.set || !audit_wanted(&work->ctx)) {
        send_answer(work);
        return;
    }
    if (strcmp(work->server->config->audit, "after") == 0) {
        audit_detached(work);
        send_answer(work);
        return;
    }
    hold_snapshot(work);
    work->row = (struct row_job){.values = work->ctx.audit.values, .done = audited};
    if (!row_writer_submit(work->ctx.tenant->audit, &work->row)) {
        audit_failed(work, ERR_UNAVAILABLE);
        send_answer(work);
    }
}

/* ---- Running the handler ---- */

/* A route for users' tokens: who calls, then as every route. Its changes leave traces, too. */
static enum err run_for_user(struct ctx *ctx)
{
    enum err err = guard_user(ctx);
    if (!err)
        err = input_check(ctx);
    if (!err)
        err = ctx->route->handle(ctx);
    if (!err && ctx->can_write && !route_only_reads(ctx->route))
        err = audit_change(ctx);
    return err;
}

static enum err run_route(struct ctx *ctx)
{
    if (ctx->route->guard == GUARD_USER)
        return run_for_user(ctx);
    return ctx->can_write && route_changes(ctx->route) ? change_run(ctx) : ctx->route->handle(ctx);
}

static enum err run_with(struct work *work, struct db_conn *conn, bool can_write)
{
    struct ctx *ctx = &work->ctx;
    answer_reset(ctx);
    ctx->db = conn;
    ctx->can_write = can_write;
    trace_enter(&work->trace);
    enum err err = run_route(ctx);
    trace_enter(NULL);
    work->result = err;
    if (!err && ctx->change.rehearsal)
        return ERR_REHEARSED;
    return err && ctx->keep_writes && !ctx->change.rehearsal ? OK : err;
}

static enum err write_run(struct write_job *job, struct db_conn *conn)
{
    return run_with(CONTAINER(job, struct work, job), conn, true);
}

static enum err read_run(struct write_job *job, struct db_conn *conn)
{
    return run_with(CONTAINER(job, struct work, job), conn, false);
}

static void ran(struct work *work);

static void ran_elsewhere(struct http_task *task)
{
    ran(CONTAINER(task, struct work, task));
}

static void job_done(struct write_job *job, enum err err)
{
    struct work *work = CONTAINER(job, struct work, job);
    bool wanted = err == ERR_REHEARSED;
    if (err && !work->result && !wanted) { /* the COMMIT failed: nothing is stored */
        answer_reset(&work->ctx);
        work->result = fail(&work->ctx, err);
    }
    work->ctx.db = NULL;
    work->task.run = ran_elsewhere;
    http_post_quietly(work->ctx.request->loop, &work->task);
}

static void prepare_job(struct work *work, enum err (*run)(struct write_job *, struct db_conn *))
{
    hold_snapshot(work);
    work->job = (struct write_job){.run = run, .done = job_done};
}

static void finish_refused(struct work *work)
{
    work->result = fail(&work->ctx, ERR_UNAVAILABLE);
    finish(work);
}

static void submit_write(struct work *work)
{
    prepare_job(work, write_run);
    if (!writer_submit(work->ctx.tenant->writer, &work->job))
        finish_refused(work);
}

static void submit_read(struct work *work)
{
    prepare_job(work, read_run);
    if (!read_pool_submit(work->ctx.tenant->readers, &work->job))
        finish_refused(work);
}

static void run_read(struct work *work, struct loop_state *state)
{
    struct tenant *tenant = work->ctx.tenant;
    if (!db_is_embedded(tenant->db)) {
        submit_read(work);
        return;
    }
    struct view *view = &state->views[tenant->tag];
    enum err err = view->read ? OK : db_connect_read(tenant->db, &view->read);
    if (err)
        work->result = fail(&work->ctx, err);
    else
        run_with(work, view->read, false);
    work->ctx.db = NULL;
    ran(work);
}

static void run(struct work *work, struct loop_state *state)
{
    if (change_needs_writer(&work->ctx)) {
        submit_write(work);
        return;
    }
    switch (work->ctx.route->run) {
    case RUN_INLINE:
        run_with(work, NULL, false);
        ran(work);
        return;
    case RUN_READ:
        run_read(work, state);
        return;
    case RUN_WRITE:
        submit_write(work);
        return;
    }
}

static void slow_ran(struct http_task *task)
{
    struct work *work = CONTAINER(task, struct work, task);
    work->ctx.slow.done = true;
    run(work, http_loop_user(work->ctx.request->loop));
}

static void slow_done(struct slow_job *job)
{
    struct work *work = CONTAINER(job, struct work, slow);
    work->task.run = slow_ran;
    http_post(work->ctx.request->loop, &work->task);
}

static void slow_run(void *arg)
{
    struct work *work = arg;
    trace_enter(&work->trace);
    work->ctx.slow.run(work->ctx.slow.arg);
    trace_enter(NULL);
}

static void submit_slow(struct work *work)
{
    const struct slow_work *slow = &work->ctx.slow;
    hold_snapshot(work);
    work->slow = (struct slow_job){slow_run, work, slow_done, NULL};
    if (slow_pool_submit(slow->script ? work->server->scripts : work->server->slow, &work->slow))
        return;
    answer_reset(&work->ctx);
    work->result = fail(&work->ctx, ERR_BUSY);
    ctx_header(&work->ctx, STR("Retry-After"), STR("2"));
    finish(work);
}

/* On the loop thread, after each run of the handler: that was all, or it asks for another place. */
static void ran(struct work *work)
{
    if (work->result == ERR_NEEDS_SLOW)
        submit_slow(work);
    else if (work->result == ERR_NEEDS_WRITER)
        submit_write(work);
    else
        finish(work);
}

/* ---- The beginning ---- */

static void refuse(struct work *work, enum err err)
{
    work->result = err;
    finish(work);
}

static bool body_is_too_long(const struct ctx *ctx)
{
    if (ctx->route->body_max)
        return false; /* said once it is known who asks */
    return ctx->request->body_too_large ||
           (ctx->route->body_mode == BODY_RAW && ctx->request->body.n > (size_t)56 * 1024);
}

static bool find_route(struct work *work)
{
    struct ctx *ctx = &work->ctx;
    struct http_request *request = ctx->request;
    struct route_match match = {0};
    router_find(ctx->router, request->method, request->path, request->listener, ctx->arena, &match);
    if (answer_options(ctx, &match))
        return false;
    if (!match.route) {
        answer_no_route(ctx, match.allow);
        return false;
    }
    ctx->route = match.route;
    memcpy(ctx->params, match.params, sizeof ctx->params);
    if (body_is_too_long(ctx)) { /* Logto's answer to it */
        answer_text(ctx, 404, STR("Not Found"));
        return false;
    }
    return true;
}

/* A request that came without a trace gets one when there is somewhere to send it. */
static void begin_trace(struct work *work)
{
    struct str parent = http_header_get(work->ctx.request, STR("traceparent"), NULL);
    trace_begin(&work->trace, parent);
    if (!work->trace.traced && spans_are_on())
        trace_start(&work->trace, spans_sample());
    trace_enter(&work->trace);
}

static struct work *begin(struct http_request *request, struct loop_state *state)
{
    struct work *work = ARENA_NEW(request->arena, struct work);
    if (!work)
        return NULL;
    work->server = state->server;
    work->ctx.router = state->server->router;
    work->ctx.limits = state->server->limits;
    work->ctx.arena = request->arena;
    work->ctx.request = request;
    int tag = request->listener == LISTENER_OPERATIONS ? TENANT_DEFAULT : request->listener;
    work->started = clock_monotonic_us();
    work->ctx.tenant = state->server->tenants[tag];
    work->ctx.snapshot = current_snapshot(state, tag);
    work->ctx.now = clock_now_ms();
    begin_trace(work);
    answer_reset(&work->ctx);
    return origin_set(&work->ctx) ? work : NULL;
}

int serve_spool(struct http_request *request, size_t *max_body)
{
    struct loop_state *state = http_loop_user(request->loop);
    struct route_match match = {0};
    if (!state || !state->guard_cache)
        return -1;
    router_find(state->server->router, request->method, request->path, request->listener,
                request->arena, &match);
    if (!match.route || !match.route->body_max)
        return -1;
    struct work *work = begin(request, state);
    trace_enter(NULL); /* begun again when the body is there */
    if (!work)
        return -1;
    work->ctx.route = match.route;
    if (guard_check(&work->ctx, state->guard_cache, current_snapshot(state, TENANT_ADMIN)))
        return -1;
    *max_body = match.route->body_max;
    return spool_open(state->server->config->data);
}

/* Of a route that takes long ones. */
static enum err check_length(struct ctx *ctx)
{
    const struct http_request *request = ctx->request;
    bool too_long = request->body_too_large || (request->spool && !request->body.p);
    return ctx->route->body_max && too_long ? fail(ctx, ERR_BODY_TOO_LARGE, ctx->route->body_max)
                                            : OK;
}

void serve_request(struct http_request *request, void *arg)
{
    (void)arg;
    struct loop_state *state = http_loop_user(request->loop);
    struct work *work = state && state->guard_cache ? begin(request, state) : NULL;
    if (!work) {
        trace_enter(NULL);
        http_respond(request, &(struct http_response){.status = 503, .close = true});
        return;
    }
    struct trail trail = trail_of(work);
    work->ctx.answer.sent = &trail.status;
    if (!find_route(work)) {
        tell(state, &trail);
        trace_enter(NULL);
        return;
    }
    work->ctx.answer.sent = NULL;
    enum err err = limit_address(&work->ctx);
    if (!err)
        err = guard_check(&work->ctx, state->guard_cache, current_snapshot(state, TENANT_ADMIN));
    if (!err)
        err = limit_caller(&work->ctx);
    if (!err)
        err = check_length(&work->ctx);
    if (!err && work->ctx.route->guard != GUARD_USER)
        err = input_check(&work->ctx);
    if (!err)
        err = change_ask(&work->ctx);
    if (err)
        refuse(work, err);
    else
        run(work, state);
    trace_enter(NULL);
}
