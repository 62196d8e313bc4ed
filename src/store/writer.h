/* The group-committing writer: one thread, one writing connection, one COMMIT for all that queued.
 */
#ifndef SIGNET_STORE_WRITER_H
#define SIGNET_STORE_WRITER_H

#include "store/db.h"

struct writer;

/* A unit of writing. It belongs to the caller until submitted and again once done was called. */
struct write_job {
    /* Runs on the writer's thread inside a savepoint (embedded) or a transaction of its own
     * (PostgreSQL; may run again after ERR_DB_CONFLICT, up to 3 times). An error rolls back this
     * job alone. */
    enum err (*run)(struct write_job *job, struct db_conn *conn);
    /* Called on the writer's thread after the COMMIT (or after the job's rollback, with run's
     * error; or with the COMMIT's error: then nothing of the job is stored). It must only hand the
     * result over, e.g. post to a loop. */
    void (*done)(struct write_job *job, enum err err);
    struct write_job *next; /* the writer's */
};

struct writer_options {
    struct db *db;
    enum db_part part;
    size_t threads; /* 1 on SQLite; on PostgreSQL that many connections, each job its own COMMIT */
    size_t max_queue; /* jobs; more are refused */
    /* Called on the writer's thread after a COMMIT that had a job without error, before any done of
     * that group (the place to refresh the snapshot); may be NULL. */
    void (*committed)(void *arg, struct db_conn *conn);
    void *arg;
    /* Called on the writer's thread after the last done of a group; may be NULL. Waking the other
     * side here, once a group, saves more than the rows cost (docs/storage.md). */
    void (*delivered)(void);
};

enum err writer_start(const struct writer_options *options, struct writer **out);
/* Any thread. False when the queue is full or the writer is stopping: the job was not taken. */
bool writer_submit(struct writer *writer, struct write_job *job);
/* Runs what is queued to its end, then joins the threads; takes NULL. */
void writer_stop(struct writer *writer);
/* Jobs waiting, for metrics and overload control. */
size_t writer_depth(struct writer *writer);

/* Jobs that only read, on threads with a reading connection each: the same jobs without a
 * transaction around them; done and delivered are called as soon as run returned. */
struct read_pool;
enum err read_pool_start(struct db *db, size_t threads, size_t max_queue, void (*delivered)(void),
                         struct read_pool **out);
bool read_pool_submit(struct read_pool *pool, struct write_job *job);
void read_pool_stop(struct read_pool *pool); /* as writer_stop */
size_t read_pool_depth(struct read_pool *pool);

/* Rows for one table that are inserted in groups: the audit log. Cheaper than a job of its own a
 * row since a whole group goes through db_insert_rows. */
struct row_job {
    const struct db_value *values; /* column_count of them, owned by the caller until done */
    void (*done)(struct row_job *job, enum err err); /* as a write_job's */
    struct row_job *next;
};
struct row_writer;
enum err row_writer_start(struct db *db, enum db_part part, const char *table_columns,
                          size_t column_count, size_t max_queue, void (*delivered)(void),
                          struct row_writer **out);
bool row_writer_submit(struct row_writer *writer, struct row_job *job);
void row_writer_stop(struct row_writer *writer);
size_t row_writer_depth(struct row_writer *writer);

#endif
