/* A bounded first-in-first-out queue from many threads to the threads that own it. */
#ifndef SIGNET_STORE_QUEUE_H
#define SIGNET_STORE_QUEUE_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

/* Items are linked through a pointer inside them, so that putting one allocates nothing. */
struct queue {
    pthread_mutex_t lock;
    pthread_cond_t wake;
    size_t link; /* offset of that pointer */
    size_t max;
    void *head, *tail;
    unsigned sleepers; /* waiting takers that nobody has woken yet */
    bool stopping;
    atomic_size_t depth;
};

bool queue_init(struct queue *queue, size_t link, size_t max);
void queue_destroy(struct queue *queue);

/* False when the queue is full or stopping. A thread is woken only if one sleeps. */
bool queue_put(struct queue *queue, void *item);

/* At most max items as a chain, its last link NULL. Waits for the first for timeout_ms (-1: as long
 * as it takes). NULL after that time, or when the queue is stopping and empty (*stopped). */
void *queue_take(struct queue *queue, size_t max, int timeout_ms, bool *stopped);

/* Refuses further items and lets takers go once it is empty. */
void queue_stop(struct queue *queue);

static inline size_t queue_depth(struct queue *queue)
{
    return atomic_load_explicit(&queue->depth, memory_order_relaxed);
}

#endif
