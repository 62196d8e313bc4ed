/* Rows of one table, inserted in groups: one statement and one COMMIT for all that queued. */
#include <stdlib.h>
#include <time.h>

#include "base/log.h"
#include "store/engine.h"
#include "store/queue.h"
#include "store/writer.h"

#define GROUP_MAX 512
#define IDLE_MS   5000
/* While groups are this large more rows are under way: to wait for them costs a little time, and to
 * sync once for more of them saves a lot of it (docs/storage.md). */
#define BUSY_ROWS 8
#define GATHER_US 1000

struct row_writer {
    struct queue queue;
    struct db_conn *conn;
    pthread_t thread;
    const char *table_columns;
    size_t columns;
    void (*delivered)(void);
    enum err results[GROUP_MAX];
    struct db_value values[]; /* GROUP_MAX * columns */
};

/* Sets beside each other what db_insert_rows wants in one piece; the number of rows. */
static size_t gather(struct row_writer *writer, const struct row_job *jobs)
{
    size_t count = 0;
    for (; jobs; jobs = jobs->next, count++)
        memcpy(&writer->values[count * writer->columns], jobs->values,
               writer->columns * sizeof(struct db_value));
    return count;
}

static enum err insert_together(struct row_writer *writer, size_t count)
{
    enum err err = db_begin(writer->conn);
    if (err)
        return err;
    err =
        db_insert_rows(writer->conn, writer->table_columns, writer->columns, writer->values, count);
    if (!err)
        return db_commit(writer->conn);
    db_rollback(writer->conn);
    return err;
}

static enum err insert_one(struct row_writer *writer, size_t row)
{
    enum err err = db_savepoint(writer->conn);
    if (err)
        return err;
    err = db_insert_rows(writer->conn, writer->table_columns, writer->columns,
                         &writer->values[row * writer->columns], 1);
    if (!err)
        err = db_release(writer->conn);
    if (err)
        db_unwind(writer->conn, 0);
    return err;
}

/* After a row broke a rule: each by itself, and what is good is stored. */
static enum err insert_one_by_one(struct row_writer *writer, size_t count)
{
    enum err err = db_begin(writer->conn);
    if (err)
        return err;
    for (size_t i = 0; i < count && !err; i++) {
        writer->results[i] = insert_one(writer, i);
        err = db_lost(writer->conn);
    }
    if (!err)
        return db_commit(writer->conn);
    db_rollback(writer->conn);
    return err;
}

static bool is_one_rows_fault(enum err err)
{
    return err == ERR_DB_UNIQUE || err == ERR_DB_FOREIGN_KEY || err == ERR_DB_CONSTRAINT;
}

/* Tells all jobs of the chain, each its own result or all the same error. */
static void deliver(struct row_writer *writer, struct row_job *jobs, enum err err)
{
    for (size_t i = 0; jobs; i++) {
        struct row_job *next = jobs->next; /* done may free or reuse the job */
        jobs->done(jobs, err ? err : writer->results[i]);
        jobs = next;
    }
    if (writer->delivered)
        writer->delivered();
}

/* The number of rows. */
static size_t store(struct row_writer *writer, struct row_job *jobs)
{
    size_t count = gather(writer, jobs);
    memset(writer->results, 0, count * sizeof(writer->results[0]));
    enum err err = insert_together(writer, count);
    if (is_one_rows_fault(err) && count > 1)
        err = insert_one_by_one(writer, count);
    deliver(writer, jobs, err);
    if (writer->conn->silent) { /* rows behind them do not wait as long for the same */
        writer->conn->silent = false;
        bool stopped;
        deliver(writer, queue_take(&writer->queue, SIZE_MAX, 0, &stopped), ERR_UNAVAILABLE);
    }
    return count;
}

static void *row_main(void *arg)
{
    struct row_writer *writer = arg;
    bool stopped = false, untidy = true;
    size_t count = 0;
    while (!stopped) {
        if (count >= BUSY_ROWS)
            nanosleep(&(struct timespec){.tv_nsec = GATHER_US * 1000L}, NULL);
        struct row_job *jobs =
            queue_take(&writer->queue, GROUP_MAX, untidy ? IDLE_MS : -1, &stopped);
        count = jobs ? store(writer, jobs) : 0;
        untidy = db_maintain(writer->conn, !jobs);
    }
    return NULL;
}

enum err row_writer_start(struct db *db, enum db_part part, const char *table_columns,
                          size_t column_count, size_t max_queue, void (*delivered)(void),
                          struct row_writer **out)
{
    struct row_writer *writer =
        calloc(1, sizeof(*writer) + GROUP_MAX * column_count * sizeof(struct db_value));
    if (!writer)
        return ERR_NO_MEMORY;
    writer->table_columns = table_columns;
    writer->columns = column_count;
    writer->delivered = delivered;
    enum err err = db_connect_write(db, part, &writer->conn);
    if (!err && !queue_init(&writer->queue, offsetof(struct row_job, next), max_queue))
        err = ERR_NO_MEMORY;
    else if (!err && pthread_create(&writer->thread, NULL, row_main, writer) != 0) {
        queue_destroy(&writer->queue);
        err = ERR_NO_MEMORY;
    }
    if (err) {
        db_disconnect(writer->conn);
        free(writer);
        return err;
    }
    *out = writer;
    return OK;
}

bool row_writer_submit(struct row_writer *writer, struct row_job *job)
{
    return queue_put(&writer->queue, job);
}

void row_writer_stop(struct row_writer *writer)
{
    if (!writer)
        return;
    queue_stop(&writer->queue);
    pthread_join(writer->thread, NULL);
    db_disconnect(writer->conn);
    queue_destroy(&writer->queue);
    free(writer);
}

size_t row_writer_depth(struct row_writer *writer)
{
    return queue_depth(&writer->queue);
}
