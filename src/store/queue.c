/* A bounded queue between threads. */
#include "store/queue.h"

#include <errno.h>
#include <string.h>
#include <time.h>

static void *next_of(const struct queue *queue, const void *item)
{
    void *next;
    memcpy(&next, (const char *)item + queue->link, sizeof(next));
    return next;
}

static void set_next(const struct queue *queue, void *item, void *next)
{
    memcpy((char *)item + queue->link, &next, sizeof(next));
}

static void set_depth(struct queue *queue, size_t depth)
{
    atomic_store_explicit(&queue->depth, depth, memory_order_relaxed);
}

bool queue_init(struct queue *queue, size_t link, size_t max)
{
    *queue = (struct queue){.link = link, .max = max};
    pthread_condattr_t attributes;
    if (pthread_condattr_init(&attributes) != 0)
        return false;
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    bool ok = pthread_cond_init(&queue->wake, &attributes) == 0;
    pthread_condattr_destroy(&attributes);
    if (ok && pthread_mutex_init(&queue->lock, NULL) != 0) {
        pthread_cond_destroy(&queue->wake);
        ok = false;
    }
    return ok;
}

void queue_destroy(struct queue *queue)
{
    pthread_mutex_destroy(&queue->lock);
    pthread_cond_destroy(&queue->wake);
}

bool queue_put(struct queue *queue, void *item)
{
    pthread_mutex_lock(&queue->lock);
    size_t depth = queue_depth(queue);
    bool taken = !queue->stopping && depth < queue->max;
    bool wake = taken && queue->sleepers > 0;
    if (taken) {
        set_next(queue, item, NULL);
        if (queue->tail)
            set_next(queue, queue->tail, item);
        else
            queue->head = item;
        queue->tail = item;
        set_depth(queue, depth + 1);
        if (wake)
            queue->sleepers--;
    }
    pthread_mutex_unlock(&queue->lock);
    if (wake)
        pthread_cond_signal(&queue->wake);
    return taken;
}

static struct timespec deadline_in(int ms)
{
    struct timespec at;
    clock_gettime(CLOCK_MONOTONIC, &at);
    at.tv_sec += ms / 1000;
    at.tv_nsec += ms % 1000 * 1000000L;
    if (at.tv_nsec >= 1000000000L) {
        at.tv_sec++;
        at.tv_nsec -= 1000000000L;
    }
    return at;
}

/* Under the lock: returns when there is something, at the time limit, or when the queue stops. */
static void wait_for_item(struct queue *queue, int timeout_ms)
{
    struct timespec deadline = deadline_in(timeout_ms < 0 ? 0 : timeout_ms);
    int code = 0;
    while (!queue->head && !queue->stopping && code != ETIMEDOUT) {
        queue->sleepers++;
        code = timeout_ms < 0 ? pthread_cond_wait(&queue->wake, &queue->lock)
                              : pthread_cond_timedwait(&queue->wake, &queue->lock, &deadline);
        /* Nobody counted this one out when it woke by itself. */
        if (!queue->head && queue->sleepers > 0)
            queue->sleepers--;
    }
}

void *queue_take(struct queue *queue, size_t max, int timeout_ms, bool *stopped)
{
    pthread_mutex_lock(&queue->lock);
    wait_for_item(queue, timeout_ms);
    void *first = queue->head, *last = first;
    size_t depth = queue_depth(queue), taken = depth;
    if (depth > max) {
        for (taken = 1; taken < max; taken++)
            last = next_of(queue, last);
        queue->head = next_of(queue, last);
        set_next(queue, last, NULL);
    } else {
        queue->head = queue->tail = NULL;
    }
    set_depth(queue, depth - taken);
    *stopped = !first && queue->stopping;
    pthread_mutex_unlock(&queue->lock);
    return first;
}

void queue_stop(struct queue *queue)
{
    pthread_mutex_lock(&queue->lock);
    queue->stopping = true;
    pthread_mutex_unlock(&queue->lock);
    pthread_cond_broadcast(&queue->wake);
}
