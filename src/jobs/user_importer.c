/* Reads imports of users: some lines a transaction, in which their number is kept, too, so that it
 * is right whatever happens. */
#include "jobs/user_importer.h"

#include <semaphore.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/log.h"
#include "domain/user_imports.h"

/* Others wait for the writer meanwhile: about ten milliseconds. */
#define LINES_AT_ONCE 100
#define BYTES_AT_ONCE ((size_t)1024 * 1024)
#define LINE_LONGEST  ((size_t)256 * 1024)
#define ARENA_MAX     ((size_t)64 * 1024 * 1024)
/* So long the row of an import may take to be committed. */
#define COMMIT_MS 10000

struct user_importer {
    pthread_t thread;
    atomic_bool stop;
};

/* Why a line is not imported. */
struct refusal {
    int64_t line;
    struct str code, message;
};

/* An import while it is read. */
struct reading {
    struct write_job job; /* first */
    struct user_import *import;
    struct arena *arena;
    struct str text;
    size_t at;      /* bytes done */
    int64_t number; /* of the last line done */
    bool ends;      /* the next transaction is the last */
    /* Of the transaction. */
    size_t next;
    int64_t lines, imported;
    struct refusal refusals[LINES_AT_ONCE];
    size_t refused;
    bool known; /* the import has a row */
    enum err err;
    sem_t done;
};

/* ---- One transaction ---- */

static void refuse(struct reading *reading, struct ctx *ctx, enum err err)
{
    if (ctx->failure.err != err)
        fail(ctx, err);
    reading->refusals[reading->refused++] = (struct refusal){
        .line = reading->number + reading->lines,
        .code = str_of(error_info(err)->code),
        .message = ctx->failure.message,
    };
}

/* A refusal undoes its line alone; an error ends the transaction: the line is not to blame. */
static enum err import_line(struct reading *reading, struct db_conn *conn, struct str line)
{
    struct ctx ctx = {
        .arena = reading->arena,
        .tenant = reading->import->tenant,
        .db = conn,
        .can_write = true,
        .now = clock_now_ms(),
    };
    enum err err = db_savepoint(conn);
    if (err)
        return err;
    err = line.n > LINE_LONGEST ? fail_text(&ctx, ERR_INVALID_BODY, "the line is too long")
                                : user_import_line(&ctx, line);
    if (!err) {
        reading->imported++;
        return db_release(conn);
    }
    db_rollback_to(conn);
    if (err == ERR_DB_CONFLICT || error_info(err)->status >= 500)
        return err;
    refuse(reading, &ctx, err);
    return OK;
}

static struct str next_line(struct reading *reading)
{
    struct str rest = str_from(reading->text, reading->next);
    struct str line = {rest.p, str_find(rest, '\n')};
    reading->next += line.n + (line.n < rest.n);
    reading->lines++;
    if (line.n && line.p[line.n - 1] == '\r')
        line.n--;
    return str_trim(line);
}

static enum err import_lines(struct reading *reading, struct db_conn *conn)
{
    enum err err = OK;
    while (!err && !reading->ends && reading->next < reading->text.n &&
           reading->lines < LINES_AT_ONCE && reading->next - reading->at < BYTES_AT_ONCE) {
        struct str line = next_line(reading);
        if (line.n)
            err = import_line(reading, conn, line);
    }
    return err;
}

/* In a rehearsal the users are undone; what is said of them stays. */
static enum err rehearse_lines(struct reading *reading, struct db_conn *conn)
{
    enum err err = db_savepoint(conn);
    if (!err)
        err = import_lines(reading, conn);
    db_rollback_to(conn);
    return err;
}

static enum err note_refusals(struct reading *reading, struct db_conn *conn)
{
    struct str id = {reading->import->id, ID_LENGTH};
    enum err err = OK;
    for (size_t i = 0; !err && i < reading->refused; i++) {
        const struct refusal *refusal = &reading->refusals[i];
        err = db_exec(conn,
                      "INSERT INTO user_import_errors (import_id, line_number, code, message)"
                      " VALUES ($1, $2, $3, $4)",
                      DB_PARAMS(db_text_value(id), db_int_value(refusal->line),
                                db_text_value(refusal->code), db_text_value(refusal->message)),
                      NULL);
    }
    return err;
}

static const char *state_after(const struct reading *reading)
{
    if (reading->next == reading->text.n)
        return USER_IMPORT_DONE;
    return reading->ends ? USER_IMPORT_INTERRUPTED : USER_IMPORT_RUNNING;
}

static enum err note_progress(struct reading *reading, struct db_conn *conn)
{
    struct str id = {reading->import->id, ID_LENGTH};
    return db_exec(conn,
                   "UPDATE user_imports SET state = $1, done_size = $2,"
                   " line_count = line_count + $3, imported = imported + $4,"
                   " refused = refused + $5, updated_at = $6 WHERE id = $7",
                   DB_PARAMS(db_text_value(str_of(state_after(reading))),
                             db_int_value((int64_t)reading->next), db_int_value(reading->lines),
                             db_int_value(reading->imported),
                             db_int_value((int64_t)reading->refused), db_int_value(clock_now_ms()),
                             db_text_value(id)),
                   NULL);
}

/* The row of an import is its request's, which may not have been committed. */
static enum err check_known(struct reading *reading, struct db_conn *conn)
{
    struct db_rows rows;
    struct str id = {reading->import->id, ID_LENGTH};
    enum err err = db_query(conn, "SELECT 1 FROM user_imports WHERE id = $1",
                            DB_PARAMS(db_text_value(id)), reading->arena, &rows);
    reading->known = !err && rows.count;
    return err;
}

static enum err run(struct write_job *job, struct db_conn *conn)
{
    struct reading *reading = (struct reading *)(void *)job;
    arena_reset(reading->arena);
    reading->next = reading->at;
    reading->lines = reading->imported = 0;
    reading->refused = 0;
    enum err err = check_known(reading, conn);
    if (err || !reading->known)
        return err;
    err = reading->import->dry_run ? rehearse_lines(reading, conn) : import_lines(reading, conn);
    if (!err)
        err = note_refusals(reading, conn);
    return err ? err : note_progress(reading, conn);
}

static void run_done(struct write_job *job, enum err err)
{
    struct reading *reading = (struct reading *)(void *)job;
    reading->err = err;
    sem_post(&reading->done);
}

/* ---- One import ---- */

static enum err run_once(struct reading *reading)
{
    reading->job = (struct write_job){.run = run, .done = run_done};
    if (!writer_submit(reading->import->tenant->writer, &reading->job))
        return ERR_UNAVAILABLE;
    while (sem_wait(&reading->done)) {
    }
    return reading->err;
}

static bool is_over(const struct reading *reading)
{
    if (!reading->known)
        return clock_monotonic_ms() - reading->import->offered_at > COMMIT_MS;
    return reading->ends || reading->at == reading->text.n;
}

/* A transaction that fails is tried again until the import has been silent for too long. */
static void read_all(struct user_importer *importer, struct reading *reading)
{
    int64_t alive_at = clock_monotonic_ms();
    do {
        reading->ends = atomic_load(&importer->stop);
        enum err err = run_once(reading);
        if (!err && reading->known) {
            reading->at = reading->next;
            reading->number += reading->lines;
            alive_at = clock_monotonic_ms();
            continue;
        }
        if (reading->ends || clock_monotonic_ms() - alive_at > USER_IMPORT_SILENCE_MS) {
            log_warn("an import of users has ended early: %s", error_info(err)->text);
            return;
        }
        nanosleep(&(struct timespec){.tv_nsec = 20 * 1000000L}, NULL);
    } while (!is_over(reading));
}

static bool map_file(struct reading *reading)
{
    struct stat about;
    if (fstat(reading->import->fd, &about))
        return false;
    reading->text.n = (size_t)about.st_size;
    if (!about.st_size)
        return true;
    void *map = mmap(NULL, reading->text.n, PROT_READ, MAP_SHARED, reading->import->fd, 0);
    if (map == MAP_FAILED)
        return false;
    madvise(map, reading->text.n, MADV_SEQUENTIAL);
    reading->text.p = map;
    return true;
}

static void read_import(struct user_importer *importer, struct user_import *import)
{
    struct reading *reading = calloc(1, sizeof(*reading));
    if (reading) {
        reading->import = import;
        reading->arena = arena_new(ARENA_MAX);
        sem_init(&reading->done, 0, 0);
        if (reading->arena && map_file(reading))
            read_all(importer, reading);
        else
            log_error("an import of users cannot be read: memory is out");
        if (reading->text.p)
            munmap((void *)(uintptr_t)reading->text.p, reading->text.n);
        sem_destroy(&reading->done);
        arena_free(reading->arena);
    }
    free(reading);
    user_import_free(import);
}

/* ---- The thread ---- */

static void *work(void *arg)
{
    struct user_importer *importer = arg;
    while (!atomic_load(&importer->stop)) {
        struct user_import *import = user_imports_take(true);
        if (import)
            read_import(importer, import);
    }
    struct user_import *left;
    while ((left = user_imports_take(false)))
        read_import(importer, left); /* marks it as interrupted */
    return NULL;
}

enum err user_importer_start(struct user_importer **out)
{
    struct user_importer *importer = calloc(1, sizeof(*importer));
    if (!importer || pthread_create(&importer->thread, NULL, work, importer)) {
        free(importer);
        return ERR_NO_MEMORY;
    }
    *out = importer;
    return OK;
}

void user_importer_stop(struct user_importer *importer)
{
    if (!importer)
        return;
    atomic_store(&importer->stop, true);
    user_imports_wake();
    pthread_join(importer->thread, NULL);
    free(importer);
}
