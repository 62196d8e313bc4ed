/* The writer's threads: groups with one COMMIT on the embedded engine, a transaction a job on the
 * other; and the same threads without transactions for jobs that only read. */
#include "store/writer.h"

#include <assert.h>
#include <stdlib.h>

#include "base/log.h"
#include "store/engine.h"
#include "store/queue.h"

#define GROUP_MAX                                                                                  \
    128              /* jobs a COMMIT: more would make the first one wait without saving anything */
#define IDLE_MS 5000 /* without work for so long, it tidies up */
#define RETRIES 3    /* of a job that conflicts with another one */

struct worker {
    struct writer *writer;
    struct db_conn *conn;
    pthread_t thread;
    bool running;
};

struct writer {
    struct writer_options options;
    struct queue queue;
    pthread_mutex_t committed; /* one call of options.committed at a time */
    pthread_rwlock_t alone;    /* jobs share it; one that collided runs alone */
    size_t count;
    struct worker workers[];
};

/* Groups (embedded) */

/* Runs one job in a savepoint; whatever it did is undone when it fails. */
static enum err run_in_savepoint(struct db_conn *conn, struct write_job *job)
{
    enum err err = db_savepoint(conn);
    if (err)
        return err;
    unsigned depth = conn->savepoints;
    err = job->run(job, conn);
    assert(err || conn->savepoints == depth);
    if (!err)
        err = db_release(conn);
    if (err)
        db_unwind(conn, depth - 1);
    return err;
}

static void tell_delivered(const struct worker *worker)
{
    if (worker->writer->options.delivered)
        worker->writer->options.delivered();
}

/* Tells of the COMMIT first, then each job its result. Returns the jobs after them. */
static struct write_job *deliver(struct worker *worker, struct write_job *jobs,
                                 const enum err *results, size_t count, bool stored)
{
    const struct writer_options *options = &worker->writer->options;
    if (stored && options->committed) {
        pthread_mutex_lock(&worker->writer->committed);
        options->committed(options->arg, worker->conn);
        pthread_mutex_unlock(&worker->writer->committed);
    }
    for (size_t i = 0; i < count; i++) {
        struct write_job *next = jobs->next; /* done may free or reuse the job */
        jobs->done(jobs, results[i]);
        jobs = next;
    }
    tell_delivered(worker);
    return jobs;
}

/* All jobs of the chain in one transaction. Returns those that were not run because the engine
 * ended the transaction by itself, e.g. for lack of space: they make a group of their own. */
static struct write_job *run_group(struct worker *worker, struct write_job *jobs)
{
    struct db_conn *conn = worker->conn;
    enum err results[GROUP_MAX];
    size_t count = 0, good = 0;
    enum err whole = db_begin(conn);
    enum err begun = whole;
    for (struct write_job *job = jobs; job && (begun || !whole); job = job->next) {
        results[count] = begun ? begun : run_in_savepoint(conn, job);
        good += results[count++] == OK;
        if (!begun)
            whole = db_lost(conn);
    }
    if (!whole && good)
        whole = db_commit(conn);
    else
        db_rollback(conn);
    for (size_t i = 0; i < count && whole; i++)
        results[i] = results[i] ? results[i] : whole;
    return deliver(worker, jobs, results, count, !whole && good);
}

static void *group_main(void *arg)
{
    struct worker *worker = arg;
    bool stopped = false, untidy = true;
    while (!stopped) {
        struct write_job *jobs =
            queue_take(&worker->writer->queue, GROUP_MAX, untidy ? IDLE_MS : -1, &stopped);
        bool idle = !jobs;
        while (jobs)
            jobs = run_group(worker, jobs);
        untidy = db_maintain(worker->conn, idle);
    }
    return NULL;
}

/* Jobs one by one */

static enum err run_in_transaction(struct db_conn *conn, struct write_job *job)
{
    enum err err = db_begin(conn);
    if (err)
        return err;
    err = job->run(job, conn);
    assert(err || conn->savepoints == 0);
    db_unwind(conn, 0);
    if (!err)
        return db_commit(conn);
    db_rollback(conn);
    return err;
}

static enum err run_beside_others(struct worker *worker, struct write_job *job)
{
    pthread_rwlock_rdlock(&worker->writer->alone);
    enum err err = run_in_transaction(worker->conn, job);
    pthread_rwlock_unlock(&worker->writer->alone);
    return err;
}

/* Beside the same others it could collide again and again; now only other nodes can do that. */
static enum err run_alone(struct worker *worker, struct write_job *job)
{
    enum err err = ERR_DB_CONFLICT;
    pthread_rwlock_wrlock(&worker->writer->alone);
    for (int i = 0; i < RETRIES && err == ERR_DB_CONFLICT; i++)
        err = run_in_transaction(worker->conn, job);
    pthread_rwlock_unlock(&worker->writer->alone);
    return err;
}

/* A job waits for a silent server once: those behind it are refused now, not each after a wait of
 * its own. */
static void refuse_waiting(struct worker *worker)
{
    if (!worker->conn->silent)
        return;
    worker->conn->silent = false;
    bool stopped;
    struct write_job *jobs = queue_take(&worker->writer->queue, SIZE_MAX, 0, &stopped);
    while (jobs) {
        struct write_job *next = jobs->next; /* done may free or reuse the job */
        jobs->done(jobs, ERR_UNAVAILABLE);
        jobs = next;
    }
    tell_delivered(worker);
}

static void *transaction_main(void *arg)
{
    struct worker *worker = arg;
    bool stopped;
    struct write_job *job;
    while ((job = queue_take(&worker->writer->queue, 1, -1, &stopped))) {
        enum err err = run_beside_others(worker, job);
        if (err == ERR_DB_CONFLICT)
            err = run_alone(worker, job);
        deliver(worker, job, &err, 1, !err);
        refuse_waiting(worker);
    }
    return NULL;
}

static void *read_main(void *arg)
{
    struct worker *worker = arg;
    bool stopped;
    struct write_job *job;
    while ((job = queue_take(&worker->writer->queue, 1, -1, &stopped))) {
        job->done(job, job->run(job, worker->conn));
        tell_delivered(worker);
        refuse_waiting(worker);
    }
    return NULL;
}

/* Starting and stopping */

static enum err start_worker(struct writer *writer, struct worker *worker, enum db_access access,
                             void *(*main)(void *))
{
    worker->writer = writer;
    enum err err = db_connect(writer->options.db, access, writer->options.part, &worker->conn);
    if (err)
        return err;
    worker->running = pthread_create(&worker->thread, NULL, main, worker) == 0;
    return worker->running ? OK : ERR_NO_MEMORY;
}

static struct writer *writer_new(const struct writer_options *options, size_t threads)
{
    struct writer *writer = calloc(1, sizeof(*writer) + threads * sizeof(struct worker));
    if (!writer)
        return NULL;
    if (!queue_init(&writer->queue, offsetof(struct write_job, next), options->max_queue)) {
        free(writer);
        return NULL;
    }
    pthread_mutex_init(&writer->committed, NULL);
    pthread_rwlockattr_t attributes;
    pthread_rwlockattr_init(&attributes);
    pthread_rwlockattr_setkind_np(&attributes, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
    pthread_rwlock_init(&writer->alone, &attributes);
    pthread_rwlockattr_destroy(&attributes);
    writer->options = *options;
    writer->count = threads;
    return writer;
}

static enum err start(const struct writer_options *options, size_t threads, enum db_access access,
                      void *(*main)(void *), struct writer **out)
{
    struct writer *writer = writer_new(options, threads);
    if (!writer)
        return ERR_NO_MEMORY;
    for (size_t i = 0; i < threads; i++) {
        enum err err = start_worker(writer, &writer->workers[i], access, main);
        if (err) {
            writer_stop(writer);
            return err;
        }
    }
    *out = writer;
    return OK;
}

enum err writer_start(const struct writer_options *options, struct writer **out)
{
    if (db_is_embedded(options->db))
        return start(options, 1, DB_WRITE, group_main, out);
    return start(options, options->threads, DB_WRITE, transaction_main, out);
}

bool writer_submit(struct writer *writer, struct write_job *job)
{
    return queue_put(&writer->queue, job);
}

void writer_stop(struct writer *writer)
{
    if (!writer)
        return;
    queue_stop(&writer->queue);
    for (size_t i = 0; i < writer->count; i++) {
        if (writer->workers[i].running)
            pthread_join(writer->workers[i].thread, NULL);
        db_disconnect(writer->workers[i].conn);
    }
    pthread_mutex_destroy(&writer->committed);
    pthread_rwlock_destroy(&writer->alone);
    queue_destroy(&writer->queue);
    free(writer);
}

size_t writer_depth(struct writer *writer)
{
    return queue_depth(&writer->queue);
}

/* Reading: a writer in all but its connections and transactions. */

struct read_pool {
    struct writer *writer;
};

enum err read_pool_start(struct db *db, size_t threads, size_t max_queue, void (*delivered)(void),
                         struct read_pool **out)
{
    struct read_pool *pool = calloc(1, sizeof(*pool));
    if (!pool)
        return ERR_NO_MEMORY;
    struct writer_options options = {
        .db = db, .part = DB_MAIN, .max_queue = max_queue, .delivered = delivered};
    enum err err = start(&options, threads, DB_READ, read_main, &pool->writer);
    if (err) {
        free(pool);
        return err;
    }
    *out = pool;
    return OK;
}

bool read_pool_submit(struct read_pool *pool, struct write_job *job)
{
    return writer_submit(pool->writer, job);
}

void read_pool_stop(struct read_pool *pool)
{
    if (!pool)
        return;
    writer_stop(pool->writer);
    free(pool);
}

size_t read_pool_depth(struct read_pool *pool)
{
    return writer_depth(pool->writer);
}
