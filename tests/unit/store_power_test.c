/* Power that goes at any moment: what was acknowledged is there afterwards, nothing is there by
 * half, and the files are sound. POWER_CUTS says how often (50). */
#include "store_test.h"

#include "power_disk.h"
#include "store/writer.h"

#define TEXT_MAX   12000
#define KEPT       200 /* parents; older ones are deleted */
#define ROWS_MAX   4000000
#define OPERATIONS 700

#define FIRST                                                                                      \
    MIGRATION(                                                                                     \
        1, "tables",                                                                               \
        "CREATE TABLE parents (n bigint PRIMARY KEY NOT NULL, filling text NOT NULL) STRICT;"      \
        "CREATE TABLE children (id text PRIMARY KEY NOT NULL, parent_n bigint NOT NULL "           \
        "REFERENCES parents (n) ON DELETE CASCADE) STRICT;"                                        \
        "CREATE INDEX children_of ON children (parent_n);"                                         \
        "CREATE TABLE totals (id bigint PRIMARY KEY NOT NULL, n bigint NOT NULL) STRICT;"          \
        "INSERT INTO totals VALUES (1, 0);")
static const struct migration first_set[] = {FIRST, NO_MIGRATION};
static const struct migration grown_set[] = {
    FIRST,
    MIGRATION(2, "a column", "ALTER TABLE parents ADD COLUMN more text;"),
    MIGRATION(3, "a table built anew",
              "CREATE TABLE totals_new (id bigint PRIMARY KEY NOT NULL, n bigint NOT NULL, "
              "since bigint) STRICT;"
              "INSERT INTO totals_new SELECT id, n, 5 FROM totals;"
              "DROP TABLE totals; ALTER TABLE totals_new RENAME TO totals;"),
    NO_MIGRATION,
};
static const char *const files[] = {"power.db",           "power.db-wal",
                                    "power.db-journal",   "power-audit.db",
                                    "power-audit.db-wal", "power-audit.db-journal"};
#define FILES (sizeof(files) / sizeof(files[0]))

/* What became of a row: nobody was told anything, or of its making, or of its end. */
enum fate { UNTOLD, STORED, GONE };

static struct {
    char root[64], dir[96];
    int serial;
    unsigned char parents[ROWS_MAX], notes[ROWS_MAX];
    int64_t parent_count, note_count;
    int64_t oldest; /* parents before it are known to be gone */
    long acknowledged;
    struct db *db;
    struct arena *arena;
} power;

static int cuts(void)
{
    const char *text = getenv("POWER_CUTS");
    return text ? atoi(text) : 50;
}

static enum err open_database(const struct migration *set)
{
    struct db_options options = {.dir = power.dir, .tenant = "power"};
    struct str why;
    return db_open_with(&options, set, test_audit_set, power.arena, &power.db, &why);
}

static void close_database(void)
{
    db_close(power.db);
    power.db = NULL;
}

static void next_folder(void)
{
    snprintf(power.dir, sizeof(power.dir), "%s/%d", power.root, power.serial++);
    assert_int_equal(mkdir(power.dir, 0700), 0);
}

static void remove_folder(const char *dir)
{
    nftw(dir, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

/* The program ends as the machine does; its files are what the power left of them. */
static void lose_power(void)
{
    char old[sizeof(power.dir)];
    memcpy(old, power.dir, sizeof(old));
    next_folder();
    disk_end(power.dir);
    remove_folder(old);
}

/* Work */

struct insert {
    struct write_job job;
    int64_t n;
    char *filling;
    size_t length;
};
struct note {
    struct row_job job;
    struct db_value values[3];
};

static struct {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    int left;
} waiting = {.lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};

static void told(unsigned char *fates, int64_t n, enum err err)
{
    pthread_mutex_lock(&waiting.lock);
    if (!err) {
        fates[n] = STORED;
        power.acknowledged++;
    }
    waiting.left--;
    pthread_cond_signal(&waiting.changed);
    pthread_mutex_unlock(&waiting.lock);
}

/* One change of four tables' rows: a parent and two children come, an old parent goes with its own,
 * and the total says how many are there. */
static enum err insert_run(struct write_job *job, struct db_conn *conn)
{
    const struct insert *insert = (const struct insert *)job;
    char id[2][32];
    enum err err = db_exec(conn, "INSERT INTO parents (n, filling) VALUES ($1, $2)",
                           DB_PARAMS(db_int_value(insert->n),
                                     db_text_value((struct str){insert->filling, insert->length})),
                           NULL);
    for (int i = 0; i < 2 && !err; i++) {
        snprintf(id[i], sizeof(id[i]), "%lld-%d", (long long)insert->n, i);
        err = db_exec(conn, "INSERT INTO children VALUES ($1, $2)",
                      DB_PARAMS(db_text_value(str_of(id[i])), db_int_value(insert->n)), NULL);
    }
    int64_t gone = 0;
    if (!err)
        err = db_exec(conn, "DELETE FROM parents WHERE n <= $1",
                      DB_PARAMS(db_int_value(insert->n - KEPT)), &gone);
    if (!err)
        err = db_exec(conn, "UPDATE totals SET n = n + $1 WHERE id = 1",
                      DB_PARAMS(db_int_value(1 - gone)), NULL);
    return err;
}

static void insert_done(struct write_job *job, enum err err)
{
    struct insert *insert = (struct insert *)job;
    told(power.parents, insert->n, err);
}

static void note_done(struct row_job *job, enum err err)
{
    told(power.notes, ((struct note *)job)->values[0].i, err);
}

/* A text of which each byte tells the row it belongs to. */
static char filling_byte(int64_t n)
{
    return (char)('a' + n % 26);
}

static void submit_insert(struct writer *writer, struct insert *insert)
{
    int64_t n = power.parent_count++;
    assert_true(n < ROWS_MAX);
    size_t length = 1 + (size_t)(rand() % 4 ? rand() % 300 : rand() % TEXT_MAX);
    *insert = (struct insert){.job = {.run = insert_run, .done = insert_done}, .n = n};
    insert->filling = malloc(length);
    insert->length = length;
    memset(insert->filling, filling_byte(n), length);
    assert_true(writer_submit(writer, &insert->job));
}

static void submit_note(struct row_writer *rows, struct note *note)
{
    int64_t n = power.note_count++;
    assert_true(n < ROWS_MAX);
    *note = (struct note){.job = {.done = note_done}};
    note->values[0] = db_int_value(n);
    note->values[1] = db_text_value(STR("a note of some length, as those of an audit log are"));
    note->job.values = note->values;
    assert_true(row_writer_submit(rows, &note->job));
}

static void work_once(struct writer *writer, struct row_writer *rows)
{
    enum { MANY = 24 };
    struct insert inserts[MANY];
    struct note notes[MANY];
    int insert_count = 1 + rand() % MANY, note_count = rand() % MANY;
    waiting.left = insert_count + note_count;
    for (int i = 0; i < note_count; i++)
        submit_note(rows, &notes[i]);
    for (int i = 0; i < insert_count; i++)
        submit_insert(writer, &inserts[i]);
    pthread_mutex_lock(&waiting.lock);
    while (waiting.left)
        pthread_cond_wait(&waiting.changed, &waiting.lock);
    pthread_mutex_unlock(&waiting.lock);
    for (int i = 0; i < insert_count; i++)
        free(inserts[i].filling);
}

/* Writes until the power is gone, with a reader beside, which keeps checkpoints from ending. */
static void work_until_dead(void)
{
    struct writer_options options = {
        .db = power.db, .part = DB_MAIN, .threads = 1, .max_queue = 100};
    struct writer *writer = NULL;
    struct row_writer *rows = NULL;
    struct db_conn *reader = NULL;
    enum err err = writer_start(&options, &writer);
    if (!err)
        err = row_writer_start(power.db, DB_AUDIT, "notes (id, text_, maybe)", 3, 100, NULL, &rows);
    if (!err)
        err = db_connect_read(power.db, &reader);
    while (!err && !disk_is_dead()) {
        work_once(writer, rows);
        struct db_rows read;
        db_query(reader, "SELECT count(*) FROM parents", DB_NO_PARAMS, power.arena, &read);
    }
    db_disconnect(reader);
    row_writer_stop(rows);
    writer_stop(writer);
}

/* What is there afterwards */

static struct db_rows rows_of(struct db_conn *conn, const char *sql, int64_t from)
{
    struct db_rows rows;
    assert_ok(db_query(conn, sql, DB_PARAMS(db_int_value(from)), power.arena, &rows));
    return rows;
}

static void check_sound(struct db_conn *conn, const char *sql)
{
    struct db_rows rows;
    assert_ok(db_query(conn, sql, DB_NO_PARAMS, power.arena, &rows));
    assert_int_equal(rows.count, 1);
    assert_text(db_text(&rows, 0, 0), "ok");
}

static void check_filling(struct str filling, int64_t n)
{
    assert_true(filling.n >= 1 && filling.n <= TEXT_MAX);
    for (size_t i = 0; i < filling.n; i++)
        assert_int_equal(filling.p[i], filling_byte(n));
}

/* The parents that must be there, and none by half. From here on what is there counts as told. */
static void check_parents(struct db_conn *conn)
{
    struct db_rows rows = rows_of(conn,
                                  "SELECT n, filling, (SELECT count(*) FROM children WHERE "
                                  "parent_n = n) FROM parents WHERE n >= $1 ORDER BY n",
                                  0);
    int64_t newest = rows.count ? db_int(&rows, rows.count - 1, 0) : -1;
    size_t at = 0;
    for (int64_t n = power.oldest; n < power.parent_count; n++) {
        bool there = at < rows.count && db_int(&rows, at, 0) == n;
        if (power.parents[n] == STORED && n > newest - KEPT)
            assert_true(there);
        if (there) {
            check_filling(db_text(&rows, at, 1), n);
            assert_int_equal(db_int(&rows, at, 2), 2);
            at++;
        }
        if (power.parents[n] == STORED && n <= newest - KEPT)
            assert_false(there);
        power.parents[n] = there ? STORED : GONE;
    }
    assert_int_equal(at, rows.count);
    power.oldest = newest > KEPT ? newest - KEPT : 0;
    struct db_rows total = rows_of(conn, "SELECT n FROM totals WHERE id > $1", 0);
    assert_int_equal(db_int(&total, 0, 0), rows.count);
}

static void check_notes(struct db_conn *conn, int64_t from)
{
    struct db_rows rows = rows_of(conn, "SELECT id FROM notes WHERE id >= $1 ORDER BY id", from);
    size_t at = 0;
    for (int64_t n = from; n < power.note_count; n++) {
        bool there = at < rows.count && db_int(&rows, at, 0) == n;
        at += there;
        if (power.notes[n] == STORED)
            assert_true(there);
    }
    assert_int_equal(at, rows.count);
}

static void check_all(const struct migration *set, int64_t notes_from)
{
    assert_ok(open_database(set));
    struct db_conn *conn;
    assert_ok(db_connect_read(power.db, &conn));
    check_sound(conn, "PRAGMA main.integrity_check");
    check_sound(conn, "PRAGMA audit.integrity_check");
    check_parents(conn);
    check_notes(conn, notes_from);
    db_disconnect(conn);
    close_database();
}

/* Tests */

static void forget_rows(void)
{
    memset(power.parents, UNTOLD, (size_t)power.parent_count);
    memset(power.notes, UNTOLD, (size_t)power.note_count);
    power.parent_count = power.note_count = power.oldest = power.acknowledged = 0;
}

static int begin(void **state)
{
    (void)state;
    const char *seed = getenv("POWER_SEED");
    srand(seed ? (unsigned)atoi(seed) : (unsigned)getpid());
    const char *place = getenv("TMPDIR");
    snprintf(power.root, sizeof(power.root), "%s/signet-power-XXXXXX", place ? place : "/tmp");
    assert_non_null(mkdtemp(power.root));
    power.serial = 0;
    forget_rows();
    next_folder();
    return 0;
}

static int end(void **state)
{
    (void)state;
    remove_folder(power.root);
    return 0;
}

static void test_power_lost_while_writing(void **state)
{
    (void)state;
    for (int cut = 0; cut < cuts(); cut++) {
        power.arena = arena_new(64 << 20);
        int64_t notes_from = power.note_count;
        disk_begin(power.dir, files, FILES, 1 + rand() % OPERATIONS);
        if (open_database(first_set) == OK)
            work_until_dead();
        close_database();
        lose_power();
        check_all(first_set, notes_from);
        arena_free(power.arena);
    }
    print_message("%d cuts, %ld acknowledged rows\n", cuts(), power.acknowledged);
    assert_true(power.acknowledged > cuts());
}

/* An upgrade that is cut, at any operation until one goes through, again and again. */
static void test_power_lost_in_an_upgrade(void **state)
{
    (void)state;
    bool whole = false;
    for (int cut = 1; !whole; cut++) {
        power.arena = arena_new(64 << 20);
        forget_rows();
        assert_ok(open_database(first_set));
        disk_begin(power.dir, files, FILES, 20);
        work_until_dead();
        close_database();
        lose_power();
        check_all(first_set, 0);
        disk_begin(power.dir, files, FILES, cut);
        whole = open_database(grown_set) == OK && !disk_is_dead();
        close_database();
        lose_power();
        check_all(grown_set, 0);
        remove_folder(power.dir);
        next_folder();
        arena_free(power.arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_power_lost_while_writing, begin, end),
        cmocka_unit_test_setup_teardown(test_power_lost_in_an_upgrade, begin, end),
    };
    quiet_log();
    disk_install();
    return cmocka_run_group_tests_name("power", tests, NULL, NULL);
}
