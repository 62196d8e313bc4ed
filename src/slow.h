/* The pool for slow work without a database: password hashing. As many threads as there are cores,
 * so that such work bounds itself in CPU and memory and nothing else waits for it. */
#ifndef SIGNET_SLOW_H
#define SIGNET_SLOW_H

#include <stdbool.h>
#include <stddef.h>

struct slow_pool;

/* A unit of work; it belongs to the caller until submitted and again once done was called. */
struct slow_job {
    void (*run)(void *arg); /* on a thread of the pool */
    void *arg;
    void (*done)(struct slow_job *job); /* on the same thread; only to hand the result over */
    struct slow_job *next;              /* the pool's */
};

/* max_queue: jobs waiting; more are refused. NULL when memory or threads are out. */
struct slow_pool *slow_pool_start(size_t threads, size_t max_queue);
/* Any thread. False when the queue is full or the pool is stopping: the job was not taken. */
bool slow_pool_submit(struct slow_pool *pool, struct slow_job *job);
/* Runs what is queued to its end, joins the threads; takes NULL. */
void slow_pool_stop(struct slow_pool *pool);

#endif
