/* The row writer: groups, a bad row among good ones, storage that runs out. */
#include "store_test.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>

#include "store/writer.h"

static struct {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    int count;
} done = {.lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};

static void count_done(void)
{
    pthread_mutex_lock(&done.lock);
    done.count++;
    pthread_cond_signal(&done.changed);
    pthread_mutex_unlock(&done.lock);
}

static void wait_done(int count)
{
    pthread_mutex_lock(&done.lock);
    while (done.count < count)
        pthread_cond_wait(&done.changed, &done.lock);
    pthread_mutex_unlock(&done.lock);
}

static atomic_int groups;

static void count_group(void)
{
    atomic_fetch_add(&groups, 1);
}

struct note {
    struct row_job job;
    struct db_value values[3];
    enum err result;
};

static void note_done(struct row_job *job, enum err err)
{
    ((struct note *)job)->result = err;
    count_done();
}

static void note_init(struct note *note, int64_t id, struct str text)
{
    note->values[0] = db_int_value(id);
    note->values[1] = db_text_value(text);
    note->values[2] = db_text_value(STR_NONE);
    note->job = (struct row_job){.values = note->values, .done = note_done};
    note->result = ERR_COUNT;
}

static struct row_writer *start_rows(struct fixture *f, struct db_conn **audit)
{
    done.count = 0;
    atomic_store(&groups, 0);
    struct row_writer *rows;
    assert_ok(db_connect_write(f->db, DB_AUDIT, audit));
    assert_ok(
        row_writer_start(f->db, DB_AUDIT, "notes (id, text_, maybe)", 3, 5000, count_group, &rows));
    return rows;
}

static void test_rows_are_stored(void **state)
{
    struct fixture *f = *state;
    enum { COUNT = 1500 };
    struct db_conn *audit;
    struct row_writer *rows = start_rows(f, &audit);
    struct note *notes = calloc(COUNT, sizeof(*notes));
    for (int i = 0; i < COUNT; i++) {
        note_init(&notes[i], i, STR("text"));
        assert_true(row_writer_submit(rows, &notes[i].job));
    }
    wait_done(COUNT);
    assert_int_equal(row_writer_depth(rows), 0);
    for (int i = 0; i < COUNT; i++)
        assert_ok(notes[i].result);
    assert_int_equal(number(f, audit, "SELECT count(*) FROM notes"), COUNT);
    assert_int_equal(number(f, audit, "SELECT sum(id) FROM notes"), COUNT * (COUNT - 1) / 2);
    row_writer_stop(rows);
    int told = atomic_load(&groups);
    assert_in_range(told, 1, COUNT / 2); /* once a group, not a row */
    row_writer_stop(NULL);
    db_disconnect(audit);
    free(notes);
}

/* Another connection holds the table (PostgreSQL) or the file (SQLite): rows queue up meanwhile. */
static void hold(struct db_conn *audit)
{
    assert_ok(db_begin(audit));
    if (on_postgres())
        assert_ok(db_script(audit, STR("LOCK TABLE notes")));
}

static void test_a_bad_row_fails_alone(void **state)
{
    struct fixture *f = *state;
    enum { COUNT = 100 };
    struct db_conn *audit;
    struct row_writer *rows = start_rows(f, &audit);
    struct note *notes = calloc(COUNT, sizeof(*notes));
    hold(audit);
    for (int i = 0; i < COUNT; i++) {
        note_init(&notes[i], i == 70 ? 10 : i, i == 50 ? STR_NONE : STR("text"));
        assert_true(row_writer_submit(rows, &notes[i].job));
    }
    assert_ok(db_commit(audit));
    wait_done(COUNT);
    for (int i = 0; i < COUNT; i++) {
        enum err expected = i == 70 ? ERR_DB_UNIQUE : i == 50 ? ERR_DB_CONSTRAINT : OK;
        assert_int_equal(notes[i].result, expected);
    }
    assert_int_equal(number(f, audit, "SELECT count(*) FROM notes"), COUNT - 2);
    row_writer_stop(rows);
    db_disconnect(audit);
    free(notes);
}

static void test_rows_without_space_all_fail(void **state)
{
    struct fixture *f = *state;
    if (on_postgres())
        return;
    signal(SIGXFSZ, SIG_IGN);
    struct db_conn *audit;
    struct row_writer *rows = start_rows(f, &audit);
    struct note notes[3];
    hold(audit);
    limit_files(300000);
    for (int i = 0; i < 3; i++) {
        note_init(&notes[i], i, i == 1 ? long_text(f, 1 << 20) : STR("text"));
        assert_true(row_writer_submit(rows, &notes[i].job));
    }
    assert_ok(db_commit(audit));
    wait_done(3);
    limit_files(RLIM_INFINITY);
    int64_t stored = 0;
    for (int i = 0; i < 3; i++)
        stored += notes[i].result == OK;
    assert_int_equal(notes[1].result, ERR_STORAGE_FULL);
    assert_int_equal(notes[2].result, ERR_STORAGE_FULL);
    assert_int_equal(number(f, audit, "SELECT count(*) FROM notes"), stored);
    note_init(&notes[1], 1, STR("text"));
    assert_true(row_writer_submit(rows, &notes[1].job));
    wait_done(4);
    assert_ok(notes[1].result);
    row_writer_stop(rows);
    db_disconnect(audit);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(test_rows_are_stored),
        STORE_TEST(test_a_bad_row_fails_alone),
        STORE_TEST(test_rows_without_space_all_fail),
    };
    RUN_ON_BOTH(tests);
}
