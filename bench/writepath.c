/* What an audit row costs: layouts of the table, sizes of the group, durability, one file or two,
 * and the row writer with so many requests in flight. Prints Markdown tables; see docs/storage.md.
 * usage: bench-writepath FOLDER [TABLE]   (on the disk that counts; made, and left for a look) */
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/clock.h"
#include "base/ids.h"
#include "base/log.h"
#include "store/engine.h"
#include "store/writer.h"

#define PRELOAD   100000 /* rows that are there before measuring starts */
#define MEASURE   12800  /* rows a round; fewer where each needs a disk access of its own */
#define ROUNDS    5      /* the best one counts: others share the machine */
#define GROUP_MAX 64
#define COLUMNS   6

#define TABLE_COLUMNS                                                                              \
    "key text NOT NULL, application_id text, user_id text, payload text NOT NULL, "                \
    "created_at bigint NOT NULL"
#define MAIN_SQL "CREATE TABLE things (id text PRIMARY KEY NOT NULL, n bigint NOT NULL) STRICT;"

static const char payload[] =
    "{\"key\":\"ExchangeTokenBy.ClientCredentials\",\"result\":\"Success\",\"ip\":\"203.0.113.7\","
    "\"userAgent\":\"example-client/1.0 (a typical length of such a header, more or less)\","
    "\"applicationId\":\"0123456789abcdefghijk\",\"params\":{\"grant_type\":\"client_credentials\","
    "\"resource\":\"https://api.example.com/orders\",\"scope\":\"read:orders write:orders\"},"
    "\"scope\":\"read:orders "
    "write:orders\",\"tokenTypes\":[\"AccessToken\"],\"padding\":\"xxxxx\"}";

/* A way to lay the table out, with up to two more indexes: by application and by key. */
struct layout {
    const char *name, *table, *order; /* order: last column of those indexes */
    int indexes;                      /* how many of them are of use at most */
    bool number;                      /* "seq", an integer made in C, is the key */
};
#define TEXT_KEY "CREATE TABLE logs (id text PRIMARY KEY NOT NULL, " TABLE_COLUMNS ") STRICT"
static const struct layout layouts[] = {
    {"key id", TEXT_KEY ";", "created_at", 2, false},
    {"key id, others end in id", TEXT_KEY ";", "id", 2, false},
    {"key id, WITHOUT ROWID", TEXT_KEY ", WITHOUT ROWID;", "id", 2, false},
    {"integer key, no index of id",
     "CREATE TABLE logs (seq bigint PRIMARY KEY, id text NOT NULL, " TABLE_COLUMNS ") STRICT;",
     "seq", 2, true},
    {"one index (id, application, key)",
     "CREATE TABLE logs (id text NOT NULL, " TABLE_COLUMNS ") STRICT;"
     "CREATE INDEX logs_id ON logs (id, application_id, key);",
     "id", 0, false},
};
static const struct layout *const chosen = &layouts[0];
static const struct layout *const narrow = &layouts[4];

struct bench {
    const char *folder;
    struct arena *arena;
    struct db *db;
    struct db_conn *conn, *main;
    const struct layout *layout;
    int applications;
    int64_t serial;
    char ids[GROUP_MAX][ID_LENGTH];
    char apps[GROUP_MAX][ID_LENGTH];
    struct db_value values[GROUP_MAX * (COLUMNS + 1)];
};

static void check(enum err err, const char *what)
{
    if (err) {
        fprintf(stderr, "writepath: cannot %s: %s\n", what, error_info(err)->text);
        exit(1);
    }
}

static double seconds(clockid_t id)
{
    struct timespec t;
    clock_gettime(id, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* The best of some rounds, a row. */
struct cost {
    double wall, cpu;
};
struct round {
    double wall, cpu;
    int rows;
};
static struct round round_start(int rows)
{
    return (struct round){seconds(CLOCK_MONOTONIC), seconds(CLOCK_PROCESS_CPUTIME_ID), rows};
}
static void round_end(struct round round, struct cost *best)
{
    double wall = (seconds(CLOCK_MONOTONIC) - round.wall) / round.rows;
    double cpu = (seconds(CLOCK_PROCESS_CPUTIME_ID) - round.cpu) / round.rows;
    best->wall = best->wall == 0 || wall < best->wall ? wall : best->wall;
    best->cpu = best->cpu == 0 || cpu < best->cpu ? cpu : best->cpu;
}
static void print_cost(struct cost cost)
{
    printf(" %.0f | %.1f |\n", 1 / cost.wall, cost.cpu * 1e6);
    fflush(stdout);
}

/* Databases */

static struct migration schema(struct arena *arena, const struct layout *layout, int indexes)
{
    struct str sql =
        arena_printf(arena, "%s%s%s%s%s%s%s", layout->table,
                     indexes > 0 ? "CREATE INDEX logs_application ON logs (application_id, " : "",
                     indexes > 0 ? layout->order : "", indexes > 0 ? ");" : "",
                     indexes > 1 ? "CREATE INDEX logs_key ON logs (key, " : "",
                     indexes > 1 ? layout->order : "", indexes > 1 ? ");" : "");
    return (struct migration){1, "logs", sql.p, sql.n};
}

/* A new database, in both files the same tables, with rows in it. */
static void open_database(struct bench *bench, const struct layout *layout, int indexes,
                          int applications)
{
    static int serial;
    bench->arena = arena_new(1 << 20);
    struct str tenant =
        arena_printf(bench->arena, "bench_%lld_%d", (long long)clock_now_ms(), serial++);
    const struct migration audit[] = {schema(bench->arena, layout, indexes), {0, NULL, NULL, 0}};
    struct str both = arena_printf(bench->arena, "%s%s", MAIN_SQL, audit[0].sql);
    const struct migration main_set[] = {{1, "all", both.p, both.n}, {0, NULL, NULL, 0}};
    struct db_options options = {.dir = bench->folder, .tenant = tenant.p};
    struct str why = {0};
    if (db_open_with(&options, main_set, audit, bench->arena, &bench->db, &why)) {
        fprintf(stderr, "writepath: %.*s\n", STR_ARG(why));
        exit(1);
    }
    check(db_connect_write(bench->db, DB_AUDIT, &bench->conn), "connect");
    check(db_connect_write(bench->db, DB_MAIN, &bench->main), "connect");
    bench->layout = layout;
    bench->applications = applications;
}

static void close_database(struct bench *bench)
{
    db_disconnect(bench->conn);
    db_disconnect(bench->main);
    db_close(bench->db);
    arena_free(bench->arena);
}

static void durability(struct bench *bench, const char *level)
{
    struct str sql = arena_printf(bench->arena, "PRAGMA synchronous=%s", level);
    check(db_script(bench->conn, sql), "set durability");
    check(db_script(bench->main, sql), "set durability");
}

/* Rows */

/* 64 rows; their texts are made here so that only storing them is measured. */
static void make_rows(struct bench *bench, int count)
{
    struct db_value *value = bench->values;
    int64_t now = clock_now_ms();
    for (int i = 0; i < count; i++) {
        id_ordered(bench->ids[i], now);
        memcpy(bench->apps[i], "application0000000000", ID_LENGTH);
        int app = (int)((uint64_t)bench->serial * 2654435761u % (uint64_t)bench->applications);
        bench->apps[i][ID_LENGTH - 1] = (char)('0' + app % 10);
        bench->apps[i][ID_LENGTH - 2] = (char)('0' + app / 10 % 10);
        if (bench->layout->number)
            *value++ = db_int_value((now << 20) + (bench->serial & 0xfffff));
        *value++ = db_text_value((struct str){bench->ids[i], ID_LENGTH});
        *value++ = db_text_value(STR("ExchangeTokenBy.ClientCredentials"));
        *value++ = db_text_value((struct str){bench->apps[i], ID_LENGTH});
        *value++ = db_text_value(STR_NONE);
        *value++ = db_text_value(STR(payload));
        *value++ = db_int_value(now);
        bench->serial++;
    }
}

static void insert(struct bench *bench, struct db_conn *conn, int count)
{
    const char *table = bench->layout->number
                            ? "logs (seq, id, key, application_id, user_id, payload, created_at)"
                            : "logs (id, key, application_id, user_id, payload, created_at)";
    check(db_insert_rows(conn, table, bench->layout->number ? COLUMNS + 1 : COLUMNS, bench->values,
                         (size_t)count),
          "insert");
}

static void store_groups(struct bench *bench, int rows, int group)
{
    for (int done = 0; done < rows; done += group) {
        make_rows(bench, group);
        check(db_begin(bench->conn), "begin");
        insert(bench, bench->conn, group);
        check(db_commit(bench->conn), "commit");
        db_maintain(bench->conn, false);
    }
}

static void preload(struct bench *bench)
{
    durability(bench, "OFF");
    store_groups(bench, PRELOAD, GROUP_MAX);
    db_maintain(bench->conn, true);
    durability(bench, "FULL");
}

static int rows_for(int group)
{
    return group == 1 ? MEASURE / 32 : group < 64 ? MEASURE / 4 : MEASURE;
}

static void measure_groups(struct bench *bench, int group)
{
    struct cost best = {0};
    for (int i = 0; i < ROUNDS; i++) {
        struct round round = round_start(rows_for(group));
        store_groups(bench, round.rows, group);
        round_end(round, &best);
    }
    print_cost(best);
}

/* Tables */

static void compare_layouts(struct bench *bench)
{
    puts("\n| layout | secondary indexes | rows/s | CPU us a row |\n|---|---|---|---|");
    for (size_t i = 0; i < sizeof(layouts) / sizeof(layouts[0]); i++) {
        for (int indexes = 0; indexes <= layouts[i].indexes; indexes++) {
            open_database(bench, &layouts[i], indexes, 1);
            preload(bench);
            printf("| %s | %d |", layouts[i].name, indexes);
            measure_groups(bench, GROUP_MAX);
            close_database(bench);
        }
    }
}

static void compare_groups(struct bench *bench)
{
    static const char *const levels[] = {"FULL", "NORMAL"};
    static const int groups[] = {1, 16, 64};
    puts("\n| synchronous | rows a COMMIT | rows/s | CPU us a row |\n|---|---|---|---|");
    open_database(bench, chosen, chosen->indexes, 1);
    preload(bench);
    for (size_t i = 0; i < 2; i++) {
        durability(bench, levels[i]);
        for (size_t j = 0; j < 3; j++) {
            printf("| %s | %d |", levels[i], groups[j]);
            measure_groups(bench, groups[j]);
        }
    }
    close_database(bench);
}

static void compare_applications(struct bench *bench)
{
    static const int counts[] = {1, 10, 100};
    puts("\n| layout | applications at once | rows/s | CPU us a row |\n|---|---|---|---|");
    const struct layout *const compared[] = {chosen, narrow};
    for (size_t i = 0; i < 2; i++) {
        for (size_t j = 0; j < 3; j++) {
            open_database(bench, compared[i], compared[i]->indexes, counts[j]);
            preload(bench);
            printf("| %s | %d |", compared[i]->name, counts[j]);
            measure_groups(bench, GROUP_MAX);
            close_database(bench);
        }
    }
}

/* A change of the main part and an audit row for each, in one transaction or in two. */
static void change_and_log(struct bench *bench, int group, bool two_files)
{
    struct db_conn *audit = two_files ? bench->conn : bench->main;
    make_rows(bench, group);
    check(db_begin(bench->main), "begin");
    for (int i = 0; i < group; i++)
        check(db_exec(bench->main, "UPDATE things SET n = n + 1 WHERE id = $1",
                      DB_PARAMS(db_text_value(STR("thing"))), NULL),
              "change");
    if (two_files) {
        check(db_commit(bench->main), "commit");
        check(db_begin(audit), "begin");
    }
    insert(bench, audit, group);
    check(db_commit(audit), "commit");
    db_maintain(bench->main, false);
    db_maintain(bench->conn, false);
}

static void compare_files(struct bench *bench)
{
    static const int groups[] = {1, 16, 64};
    puts("\n| files | changes with a row each, a COMMIT | pairs/s | CPU us a pair |"
         "\n|---|---|---|---|");
    for (int two = 0; two < 2; two++) {
        open_database(bench, chosen, chosen->indexes, 1);
        check(db_exec(bench->main, "INSERT INTO things VALUES ('thing', 0)", DB_NO_PARAMS, NULL),
              "insert");
        for (size_t i = 0; i < 3; i++) {
            struct cost best = {0};
            for (int j = 0; j < ROUNDS; j++) {
                struct round round = round_start(rows_for(groups[i]));
                for (int done = 0; done < round.rows; done += groups[i])
                    change_and_log(bench, groups[i], two);
                round_end(round, &best);
            }
            printf("| %s | %d |", two ? "two" : "one", groups[i]);
            print_cost(best);
        }
        close_database(bench);
    }
}

/* The row writer: one thread stands for the loop, each row for a client that waits for its answer
 * and then comes again. */

struct client {
    struct row_job job;
    struct db_value values[COLUMNS];
    char id[ID_LENGTH];
    struct client *next_done;
};
static struct {
    pthread_mutex_t lock;
    struct client *done;
    sem_t wake;
} loop = {.lock = PTHREAD_MUTEX_INITIALIZER};
static bool wake_each; /* not once a group, but whenever the loop may sleep */

static void client_done(struct row_job *job, enum err err)
{
    check(err, "store a row");
    struct client *client = (struct client *)job;
    bool last = !job->next;
    pthread_mutex_lock(&loop.lock);
    bool wake = wake_each ? !loop.done : last;
    client->next_done = loop.done;
    loop.done = client;
    pthread_mutex_unlock(&loop.lock);
    if (wake)
        sem_post(&loop.wake);
}

static void client_submit(struct row_writer *writer, struct client *client)
{
    int64_t now = clock_now_ms();
    id_ordered(client->id, now);
    client->values[0] = db_text_value((struct str){client->id, ID_LENGTH});
    client->values[COLUMNS - 1] = db_int_value(now);
    if (!row_writer_submit(writer, &client->job))
        check(ERR_UNAVAILABLE, "queue a row");
}

static struct client *wait_clients(void)
{
    sem_wait(&loop.wake);
    pthread_mutex_lock(&loop.lock);
    struct client *done = loop.done;
    loop.done = NULL;
    pthread_mutex_unlock(&loop.lock);
    return done;
}

/* rows answers to count clients, then waits for the last ones. */
static void serve_clients(struct row_writer *writer, struct client *clients, int count, int rows)
{
    for (int i = 0; i < count; i++)
        client_submit(writer, &clients[i]);
    for (int answered = 0, open = count; open > 0;) {
        struct client *next;
        for (struct client *client = wait_clients(); client; client = next) {
            next = client->next_done;
            answered++;
            if (answered + open <= rows)
                client_submit(writer, client);
            else
                open--;
        }
    }
}

static void measure_in_flight(struct row_writer *writer, int count)
{
    static struct client clients[256];
    struct cost best = {0};
    for (int i = 0; i < count; i++) {
        clients[i].job = (struct row_job){.values = clients[i].values, .done = client_done};
        clients[i].values[1] = db_text_value(STR("ExchangeTokenBy.ClientCredentials"));
        clients[i].values[2] = db_text_value(STR("0123456789abcdefghijk"));
        clients[i].values[4] = db_text_value(STR(payload));
    }
    for (int i = 0; i < ROUNDS; i++) {
        struct round round = round_start(rows_for(count));
        serve_clients(writer, clients, count, round.rows);
        round_end(round, &best);
    }
    printf("| %s | %d |", wake_each ? "first of a group" : "last of a group", count);
    print_cost(best);
}

static void measure_clients(struct bench *bench)
{
    static const int counts[] = {1, 16, 64, 256};
    puts("\n| the loop is woken by the | requests in flight | rows/s | CPU us a row, both threads |"
         "\n|---|---|---|---|");
    sem_init(&loop.wake, 0, 0);
    open_database(bench, chosen, chosen->indexes, 1);
    preload(bench);
    struct row_writer *writer;
    check(row_writer_start(bench->db, DB_AUDIT,
                           "logs (id, key, application_id, user_id, payload, created_at)", COLUMNS,
                           1000, NULL, &writer),
          "start the writer");
    for (int each = 0; each < 2; each++) {
        wake_each = each;
        for (size_t i = 0; i < 4; i++)
            measure_in_flight(writer, counts[i]);
    }
    row_writer_stop(writer);
    close_database(bench);
}

static const struct {
    const char *name;
    void (*measure)(struct bench *bench);
} tables[] = {
    {"layouts", compare_layouts},           {"groups", compare_groups},
    {"applications", compare_applications}, {"files", compare_files},
    {"clients", measure_clients},
};

int main(int argc, char **argv)
{
    if (argc < 2) {
        fputs("usage: bench-writepath FOLDER [layouts|groups|applications|files|clients]\n",
              stderr);
        return 2;
    }
    struct bench bench = {.folder = argv[1], .applications = 1};
    log_open(NULL, LOG_ERROR);
    for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
        if (argc == 2 || strcmp(argv[2], tables[i].name) == 0)
            tables[i].measure(&bench);
    }
    return 0;
}
