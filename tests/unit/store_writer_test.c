/* The writer and the read pool: groups, failures, conflicts, many threads. */
#include "store_test.h"

#include <pthread.h>
#include <signal.h>
#include <sys/stat.h>

#include "store/writer.h"

/* A job that writes one row, and what became of it. */
struct insert {
    struct write_job job;
    const char *id;
    struct str text;  /* written as the id when present */
    enum err before;  /* returned after the row was written */
    bool leaves_open; /* returns an error inside a savepoint of its own */
    enum err result;
    int order; /* of its done among all */
    int runs;
    int group; /* groups delivered before, as its done saw it */
};

/* Lets a test hold the writer until everything is queued, and wait for results. */
struct gate {
    struct write_job job;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool entered, open;
    int done, commits, commits_at_first_done, delivered;
};
static struct gate gate;

static void gate_reset(void)
{
    gate = (struct gate){.lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};
}

static enum err gate_run(struct write_job *job, struct db_conn *conn)
{
    (void)job, (void)conn;
    pthread_mutex_lock(&gate.lock);
    gate.entered = true;
    pthread_cond_broadcast(&gate.changed);
    while (!gate.open)
        pthread_cond_wait(&gate.changed, &gate.lock);
    pthread_mutex_unlock(&gate.lock);
    return ERR_DB_CONSTRAINT; /* no COMMIT for the gate itself */
}

static void gate_done(struct write_job *job, enum err err)
{
    (void)job, (void)err;
}

static void count_delivered(void)
{
    pthread_mutex_lock(&gate.lock);
    gate.delivered++;
    pthread_cond_broadcast(&gate.changed);
    pthread_mutex_unlock(&gate.lock);
}

static int delivered(void)
{
    pthread_mutex_lock(&gate.lock);
    int count = gate.delivered;
    pthread_mutex_unlock(&gate.lock);
    return count;
}

static void wait_delivered(int count)
{
    pthread_mutex_lock(&gate.lock);
    while (gate.delivered < count)
        pthread_cond_wait(&gate.changed, &gate.lock);
    assert_int_equal(gate.delivered, count);
    pthread_mutex_unlock(&gate.lock);
}

/* The last thing a done does: the test may look at the job as soon as all are counted. */
static void count_done(int *order)
{
    pthread_mutex_lock(&gate.lock);
    if (gate.done == 0)
        gate.commits_at_first_done = gate.commits;
    gate.done++;
    if (order)
        *order = gate.done;
    pthread_cond_broadcast(&gate.changed);
    pthread_mutex_unlock(&gate.lock);
}

static void wait_done(int count)
{
    pthread_mutex_lock(&gate.lock);
    while (gate.done < count)
        pthread_cond_wait(&gate.changed, &gate.lock);
    pthread_mutex_unlock(&gate.lock);
}

static void count_commit(void *arg, struct db_conn *conn)
{
    (void)arg;
    struct arena *arena = arena_new(1 << 20);
    struct db_rows rows;
    enum err err = db_query(conn, "SELECT count(*) FROM parents", DB_NO_PARAMS, arena, &rows);
    arena_free(arena);
    pthread_mutex_lock(&gate.lock);
    gate.commits += err ? 1000 : 1;
    pthread_mutex_unlock(&gate.lock);
}

static enum err insert_run(struct write_job *job, struct db_conn *conn)
{
    struct insert *insert = (struct insert *)job;
    insert->runs++;
    if (insert->leaves_open) {
        enum err err = db_savepoint(conn);
        if (err)
            return err;
    }
    struct str id = insert->text.p ? insert->text : str_of(insert->id);
    enum err err =
        db_exec(conn, "INSERT INTO parents VALUES ($1, 1)", DB_PARAMS(db_text_value(id)), NULL);
    return err ? err : insert->before;
}

static void insert_done(struct write_job *job, enum err err)
{
    struct insert *insert = (struct insert *)job;
    insert->result = err;
    insert->group = delivered();
    count_done(&insert->order);
}

static struct insert insert_of(const char *id)
{
    return (struct insert){.job = {.run = insert_run, .done = insert_done}, .id = id};
}

static struct writer *start_writer(struct fixture *f, size_t threads)
{
    gate_reset();
    struct writer_options options = {.db = f->db,
                                     .part = DB_MAIN,
                                     .threads = threads,
                                     .max_queue = 2000,
                                     .committed = count_commit,
                                     .delivered = count_delivered};
    struct writer *writer;
    assert_ok(writer_start(&options, &writer));
    return writer;
}

/* Submits all jobs while the writer stands at the gate, so that they make one group. */
static void run_as_group(struct writer *writer, struct insert *inserts, int count)
{
    gate.job = (struct write_job){.run = gate_run, .done = gate_done};
    gate.open = gate.entered = false;
    gate.done = gate.commits = 0;
    assert_true(writer_submit(writer, &gate.job));
    pthread_mutex_lock(&gate.lock);
    while (!gate.entered)
        pthread_cond_wait(&gate.changed, &gate.lock);
    pthread_mutex_unlock(&gate.lock);
    for (int i = 0; i < count; i++)
        assert_true(writer_submit(writer, &inserts[i].job));
    assert_int_equal(writer_depth(writer), count);
    pthread_mutex_lock(&gate.lock);
    gate.open = true;
    pthread_cond_broadcast(&gate.changed);
    pthread_mutex_unlock(&gate.lock);
    wait_done(count);
}

static int64_t is_stored(struct fixture *f, struct str id)
{
    struct db_rows rows;
    assert_ok(db_query(f->conn, "SELECT count(*) FROM parents WHERE id = $1",
                       DB_PARAMS(db_text_value(id)), f->arena, &rows));
    return db_int(&rows, 0, 0);
}

/* What a job was told must be what is stored. */
static void check_stored(struct fixture *f, const struct insert *inserts, int count)
{
    for (int i = 0; i < count; i++) {
        struct str id = inserts[i].text.p ? inserts[i].text : str_of(inserts[i].id);
        assert_int_equal(is_stored(f, id), inserts[i].result == OK);
    }
}

/* The writer */

static void test_a_failing_job_is_undone_alone(void **state)
{
    struct fixture *f = *state;
    struct writer *writer = start_writer(f, 1);
    struct insert inserts[] = {insert_of("a"), insert_of("b"), insert_of("c"), insert_of("d"),
                               insert_of("e")};
    inserts[1].before = ERR_DB_CONSTRAINT;
    inserts[2].leaves_open = true;
    inserts[2].before = ERR_DB_FOREIGN_KEY;
    inserts[3].text = STR("x\0y");
    run_as_group(writer, inserts, 5);
    assert_ok(inserts[0].result);
    assert_int_equal(inserts[1].result, ERR_DB_CONSTRAINT);
    assert_int_equal(inserts[2].result, ERR_DB_FOREIGN_KEY);
    assert_int_equal(inserts[3].result, ERR_DB_CONSTRAINT);
    assert_ok(inserts[4].result);
    for (int i = 0; i < 5; i++)
        assert_int_equal(inserts[i].order, i + 1);
    assert_int_equal(number(f, f->conn, "SELECT count(*) FROM parents"), 2);
    assert_int_equal(is_stored(f, STR("a")) + is_stored(f, STR("e")), 2);
    /* Embedded: one COMMIT, told of before the first result. */
    assert_int_equal(gate.commits, on_postgres() ? 2 : 1);
    assert_int_equal(gate.commits_at_first_done, 1);
    for (int i = 0; i < 5; i++)
        assert_true(on_postgres() || inserts[i].group == 1);
    wait_delivered(on_postgres() ? 6 : 2); /* that of the gate before them */
    writer_stop(writer);
}

static void test_a_group_without_success_commits_nothing(void **state)
{
    struct fixture *f = *state;
    struct writer *writer = start_writer(f, 1);
    struct insert inserts[] = {insert_of("a"), insert_of("b")};
    inserts[0].before = inserts[1].before = ERR_DB_CONSTRAINT;
    run_as_group(writer, inserts, 2);
    check_stored(f, inserts, 2);
    assert_int_equal(gate.commits, 0);
    writer_stop(writer);
}

static void test_later_jobs_see_earlier_ones(void **state)
{
    struct fixture *f = *state;
    struct writer *writer = start_writer(f, 1);
    struct insert inserts[] = {insert_of("same"), insert_of("same")};
    run_as_group(writer, inserts, 2);
    assert_ok(inserts[0].result);
    assert_int_equal(inserts[1].result, ERR_DB_UNIQUE);
    writer_stop(writer);
}

static void test_more_jobs_than_a_group(void **state)
{
    struct fixture *f = *state;
    enum { COUNT = 1000 };
    struct writer *writer = start_writer(f, 1);
    struct insert *inserts = calloc(COUNT, sizeof(*inserts));
    for (int i = 0; i < COUNT; i++) {
        inserts[i] = insert_of(NULL);
        inserts[i].text = arena_printf(f->arena, "%d", i);
    }
    run_as_group(writer, inserts, COUNT);
    for (int i = 0; i < COUNT; i++) {
        assert_ok(inserts[i].result);
        assert_int_equal(inserts[i].order, i + 1);
    }
    assert_int_equal(number(f, f->conn, "SELECT count(*) FROM parents"), COUNT);
    writer_stop(writer);
    free(inserts);
}

static void test_a_full_queue_refuses(void **state)
{
    struct fixture *f = *state;
    gate_reset();
    struct writer_options options = {.db = f->db, .threads = 1, .max_queue = 2};
    struct writer *writer;
    assert_ok(writer_start(&options, &writer));
    struct insert inserts[] = {insert_of("a"), insert_of("b")}, more = insert_of("c");
    gate.job = (struct write_job){.run = gate_run, .done = gate_done};
    assert_true(writer_submit(writer, &gate.job));
    pthread_mutex_lock(&gate.lock);
    while (!gate.entered)
        pthread_cond_wait(&gate.changed, &gate.lock);
    pthread_mutex_unlock(&gate.lock);
    assert_true(writer_submit(writer, &inserts[0].job));
    assert_true(writer_submit(writer, &inserts[1].job));
    assert_false(writer_submit(writer, &more.job));
    pthread_mutex_lock(&gate.lock);
    gate.open = true;
    pthread_cond_broadcast(&gate.changed);
    pthread_mutex_unlock(&gate.lock);
    writer_stop(writer); /* runs what is queued first */
    assert_int_equal(gate.done, 2);
    assert_int_equal(number(f, f->conn, "SELECT count(*) FROM parents"), 2);
}

/* Storage that runs out (embedded) */

static off_t wal_size(struct fixture *f)
{
    struct stat st;
    assert_int_equal(stat(arena_printf(f->arena, "%s/%s.db-wal", f->dir, f->tenant).p, &st), 0);
    return st.st_size;
}

static void test_a_failed_commit_fails_all(void **state)
{
    struct fixture *f = *state;
    if (on_postgres())
        return; /* its disk is not ours */
    signal(SIGXFSZ, SIG_IGN);
    struct writer *writer = start_writer(f, 1);
    struct insert inserts[] = {insert_of("a"), insert_of(NULL), insert_of("c")};
    inserts[1].text = long_text(f, 1 << 20);
    limit_files((rlim_t)wal_size(f) + 100000);
    run_as_group(writer, inserts, 3);
    limit_files(RLIM_INFINITY);
    for (int i = 0; i < 3; i++)
        assert_int_equal(inserts[i].result, ERR_STORAGE_FULL);
    check_stored(f, inserts, 3);
    assert_int_equal(gate.commits, 0);
    run_as_group(writer, inserts, 3);
    for (int i = 0; i < 3; i++)
        assert_ok(inserts[i].result);
    check_stored(f, inserts, 3);
    writer_stop(writer);
}

static enum err cap_run(struct write_job *job, struct db_conn *conn)
{
    (void)job;
    return db_script(conn, STR("PRAGMA max_page_count=30"));
}

static void test_a_transaction_that_ends_by_itself(void **state)
{
    struct fixture *f = *state;
    if (on_postgres())
        return;
    struct writer *writer = start_writer(f, 1);
    struct insert inserts[] = {insert_of(NULL), insert_of("a"), insert_of(NULL), insert_of("c")};
    inserts[0].job.run = cap_run;
    inserts[2].text = long_text(f, 1 << 20);
    run_as_group(writer, inserts, 4);
    assert_int_equal(inserts[1].result, ERR_STORAGE_FULL);
    assert_int_equal(inserts[2].result, ERR_STORAGE_FULL);
    assert_ok(inserts[3].result);
    check_stored(f, &inserts[1], 3);
    assert_int_equal(inserts[2].group, inserts[1].group);
    assert_int_equal(inserts[3].group, inserts[2].group + 1);
    writer_stop(writer);
}

/* Conflicts (PostgreSQL) and many threads */

struct increment {
    struct write_job job;
    enum err result;
};

/* Reads a number and writes back the next one: lost updates would show in the sum. */
static enum err increment_run(struct write_job *job, struct db_conn *conn)
{
    (void)job;
    struct arena *arena = arena_new(1 << 20);
    struct db_rows rows;
    enum err err =
        db_query(conn, "SELECT n FROM parents WHERE id = 'sum'", DB_NO_PARAMS, arena, &rows);
    if (!err)
        err = db_exec(conn, "UPDATE parents SET n = $1 WHERE id = 'sum'",
                      DB_PARAMS(db_int_value(db_int(&rows, 0, 0) + 1)), NULL);
    arena_free(arena);
    return err;
}

static void increment_done(struct write_job *job, enum err err)
{
    ((struct increment *)job)->result = err;
    count_done(NULL);
}

struct submitter {
    pthread_t thread;
    struct writer *writer;
    struct increment jobs[100];
    int refused;
};

static void *submit_all(void *arg)
{
    struct submitter *submitter = arg;
    for (size_t i = 0; i < 100; i++) {
        submitter->jobs[i].job = (struct write_job){.run = increment_run, .done = increment_done};
        submitter->refused += !writer_submit(submitter->writer, &submitter->jobs[i].job);
    }
    return NULL;
}

static void test_no_update_is_lost(void **state)
{
    struct fixture *f = *state;
    enum { SUBMITTERS = 4 };
    struct submitter *submitters = calloc(SUBMITTERS, sizeof(*submitters));
    assert_ok(db_exec(f->conn, "INSERT INTO parents VALUES ('sum', 0)", DB_NO_PARAMS, NULL));
    struct writer *writer = start_writer(f, 4);
    for (int i = 0; i < SUBMITTERS; i++) {
        submitters[i].writer = writer;
        pthread_create(&submitters[i].thread, NULL, submit_all, &submitters[i]);
    }
    for (int i = 0; i < SUBMITTERS; i++)
        pthread_join(submitters[i].thread, NULL);
    wait_done(SUBMITTERS * 100);
    writer_stop(writer);
    for (int i = 0; i < SUBMITTERS; i++) {
        assert_int_equal(submitters[i].refused, 0);
        for (int j = 0; j < 100; j++)
            assert_ok(submitters[i].jobs[j].result);
    }
    assert_int_equal(number(f, f->conn, "SELECT n FROM parents"), SUBMITTERS * 100);
    assert_true(gate.commits <= SUBMITTERS * 100 && gate.commits > 0);
    free(submitters);
}

static enum err conflict_run(struct write_job *job, struct db_conn *conn)
{
    (void)conn;
    return ++((struct insert *)job)->runs < 4 ? ERR_DB_CONFLICT : OK;
}

static enum err always_conflict_run(struct write_job *job, struct db_conn *conn)
{
    (void)conn;
    ((struct insert *)job)->runs++;
    return ERR_DB_CONFLICT;
}

static void test_conflicts_are_tried_again(void **state)
{
    struct fixture *f = *state;
    struct writer *writer = start_writer(f, 1);
    struct insert inserts[] = {insert_of(NULL), insert_of(NULL)};
    inserts[0].job.run = conflict_run;
    inserts[1].job.run = always_conflict_run;
    run_as_group(writer, inserts, 2);
    assert_int_equal(inserts[0].result, on_postgres() ? OK : ERR_DB_CONFLICT);
    assert_int_equal(inserts[0].runs, on_postgres() ? 4 : 1);
    assert_int_equal(inserts[1].result, ERR_DB_CONFLICT);
    assert_int_equal(inserts[1].runs, on_postgres() ? 4 : 1);
    writer_stop(writer);
}

/* The read pool */

struct look {
    struct write_job job;
    int64_t count;
    enum err result;
};

static enum err look_run(struct write_job *job, struct db_conn *conn)
{
    struct arena *arena = arena_new(1 << 20);
    struct db_rows rows;
    enum err err = db_query(conn, "SELECT count(*) FROM parents", DB_NO_PARAMS, arena, &rows);
    if (!err)
        ((struct look *)job)->count = db_int(&rows, 0, 0);
    arena_free(arena);
    return err;
}

static void look_done(struct write_job *job, enum err err)
{
    ((struct look *)job)->result = err;
    count_done(NULL);
}

static void test_reading_in_a_pool(void **state)
{
    struct fixture *f = *state;
    gate_reset();
    struct read_pool *pool;
    assert_ok(read_pool_start(f->db, 3, 100, NULL, &pool));
    assert_ok(db_exec(f->conn, "INSERT INTO parents VALUES ('a', 1)", DB_NO_PARAMS, NULL));
    struct look looks[50];
    for (int i = 0; i < 50; i++) {
        looks[i] = (struct look){.job = {.run = look_run, .done = look_done}};
        assert_true(read_pool_submit(pool, &looks[i].job));
    }
    wait_done(50);
    assert_int_equal(read_pool_depth(pool), 0);
    for (int i = 0; i < 50; i++) {
        assert_ok(looks[i].result);
        assert_int_equal(looks[i].count, 1);
    }
    struct insert insert = insert_of("b");
    assert_true(read_pool_submit(pool, &insert.job));
    wait_done(51);
    assert_int_equal(insert.result, ERR_INTERNAL);
    read_pool_stop(pool);
    read_pool_stop(NULL);
    writer_stop(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(test_a_failing_job_is_undone_alone),
        STORE_TEST(test_a_group_without_success_commits_nothing),
        STORE_TEST(test_later_jobs_see_earlier_ones),
        STORE_TEST(test_more_jobs_than_a_group),
        STORE_TEST(test_a_full_queue_refuses),
        STORE_TEST(test_a_failed_commit_fails_all),
        STORE_TEST(test_a_transaction_that_ends_by_itself),
        STORE_TEST(test_no_update_is_lost),
        STORE_TEST(test_conflicts_are_tried_again),
        STORE_TEST(test_reading_in_a_pool),
    };
    RUN_ON_BOTH(tests);
}
