/* The pool for slow work: threads that take jobs from one bounded queue. */
#include "slow.h"

#include <stdlib.h>

#include "store/queue.h"

struct slow_pool {
    struct queue queue;
    size_t count;
    pthread_t threads[];
};

static void *slow_main(void *arg)
{
    struct slow_pool *pool = arg;
    struct slow_job *job;
    bool stopped;
    pthread_setname_np(pthread_self(), "slow");
    while ((job = queue_take(&pool->queue, 1, -1, &stopped))) {
        job->run(job->arg);
        job->done(job);
    }
    return NULL;
}

struct slow_pool *slow_pool_start(size_t threads, size_t max_queue)
{
    struct slow_pool *pool = calloc(1, sizeof(*pool) + threads * sizeof(pthread_t));
    if (!pool)
        return NULL;
    if (!queue_init(&pool->queue, offsetof(struct slow_job, next), max_queue)) {
        free(pool);
        return NULL;
    }
    while (pool->count < threads &&
           pthread_create(&pool->threads[pool->count], NULL, slow_main, pool) == 0)
        pool->count++;
    if (pool->count == threads)
        return pool;
    slow_pool_stop(pool);
    return NULL;
}

bool slow_pool_submit(struct slow_pool *pool, struct slow_job *job)
{
    return queue_put(&pool->queue, job);
}

void slow_pool_stop(struct slow_pool *pool)
{
    if (!pool)
        return;
    queue_stop(&pool->queue);
    for (size_t i = 0; i < pool->count; i++)
        pthread_join(pool->threads[i], NULL);
    queue_destroy(&pool->queue);
    free(pool);
}
