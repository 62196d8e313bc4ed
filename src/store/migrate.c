/* The migration runner, and the translation of the common dialect for each engine. */
#include "store/migrate.h"

#include "base/clock.h"
#include "base/log.h"
#include "store/engine.h"

/* Translation */

struct word {
    struct str from, sqlite, postgres; /* absent: stays as it is */
};
static const struct word words[] = {
    {STR_INIT("bigint"), STR_INIT("INTEGER"), {0}},
    {STR_INIT("bytea"), STR_INIT("BLOB"), {0}},
    {STR_INIT("text"), {0}, STR_INIT("text COLLATE \"C\"")},
};

static bool is_word_byte(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

/* Length of the text up to and including end, all of sql when it does not occur. */
static size_t through(struct str sql, size_t from, struct str end)
{
    for (size_t i = from; i + end.n <= sql.n; i++) {
        if (memcmp(sql.p + i, end.p, end.n) == 0)
            return i + end.n;
    }
    return sql.n;
}

/* Length of the quoted text, comment or word at the start of sql, or of one other byte. A doubled
 * quote inside quotes reads as two quoted texts, which comes to the same. */
static size_t token_length(struct str sql)
{
    if (sql.p[0] == '\'')
        return through(sql, 1, STR("'"));
    if (sql.p[0] == '"')
        return through(sql, 1, STR("\""));
    if (str_starts(sql, STR("--")))
        return through(sql, 2, STR("\n"));
    if (str_starts(sql, STR("/*")))
        return through(sql, 2, STR("*/"));
    size_t n = 0;
    while (n < sql.n && is_word_byte(sql.p[n]))
        n++;
    return n ? n : 1;
}

static struct str translate_word(struct str word, bool embedded)
{
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        struct str to = embedded ? words[i].sqlite : words[i].postgres;
        if (to.p && str_eq_nocase(word, words[i].from))
            return to;
    }
    return word;
}

/* A comment that begins with the engine's name and a colon is text for that engine alone; other
 * comments stay as they are. */
static struct str translate_comment(struct str comment, bool embedded)
{
    static const struct str markers[2] = {STR_INIT("/*postgres:"), STR_INIT("/*sqlite:")};
    if (str_starts(comment, markers[!embedded]))
        return STR("");
    struct str marker = markers[embedded];
    if (!str_starts(comment, marker))
        return comment;
    return (struct str){comment.p + marker.n, comment.n - marker.n - 2};
}

/* Without the blanks that stood before a dropped word. */
static void trim_end(struct buf *out)
{
    while (out->n && (out->p[out->n - 1] == ' ' || out->p[out->n - 1] == '\n'))
        out->n--;
}

void migrate_translate(struct buf *out, struct str sql, bool embedded)
{
    while (sql.n) {
        struct str token = {sql.p, token_length(sql)};
        sql = str_from(sql, token.n);
        if (!embedded && str_eq_nocase(token, STR("STRICT"))) {
            trim_end(out);
            sql = str_from(sql, str_find(sql, ';'));
        } else if (str_starts(token, STR("/*"))) {
            buf_str(out, translate_comment(token, embedded));
        } else {
            buf_str(out, translate_word(token, embedded));
        }
    }
}

/* Running */

struct run {
    struct db *db;
    struct db_conn *conn;
    enum db_part part;
    const char *table;
    const struct migration *set;
    struct arena *arena;
    struct str *why;
    bool saved; /* what was there before is safe: copied, or there was nothing */
};

static enum err refuse(const struct run *run, enum err err, const char *what,
                       const struct migration *at)
{
    *run->why = arena_printf(run->arena, "%s of %s: migration %d (%s) failed, see the log", what,
                             run->db->engine->place(run->db, run->part), at->version, at->name);
    return err;
}

/* The versions that the schema has, ascending. */
static enum err read_versions(const struct run *run, struct db_rows *rows)
{
    struct str sql = arena_printf(
        run->arena,
        "CREATE TABLE IF NOT EXISTS %s (version bigint PRIMARY KEY, name text NOT NULL, "
        "applied_at bigint NOT NULL) STRICT;",
        run->table);
    struct str query =
        arena_printf(run->arena, "SELECT version FROM %s ORDER BY version", run->table);
    if (!sql.p || !query.p)
        return ERR_NO_MEMORY;
    enum err err = db_script(run->conn, sql);
    return err ? err : db_query(run->conn, query.p, DB_NO_PARAMS, run->arena, rows);
}

static enum err apply(const struct run *run, const struct migration *migration)
{
    struct str note = arena_printf(run->arena, "INSERT INTO %s VALUES ($1, $2, $3)", run->table);
    if (!note.p)
        return ERR_NO_MEMORY;
    enum err err = db_script(run->conn, (struct str){migration->sql, migration->len});
    if (!err)
        err =
            db_exec(run->conn, note.p,
                    DB_PARAMS(db_int_value(migration->version),
                              db_text_value(str_of(migration->name)), db_int_value(clock_now_ms())),
                    NULL);
    if (!err)
        err = run->db->engine->check(run->conn);
    return err;
}

/* The first migration that is not there, or the row of zeros at the end. One may be older than what
 * is there: it came into being beside that. */
static const struct migration *next_of(const struct migration *set, const struct db_rows *versions)
{
    size_t at = 0;
    for (; set->version; set++) {
        while (at < versions->count && db_int(versions, at, 0) < set->version)
            at++;
        if (at == versions->count || db_int(versions, at, 0) != set->version)
            break;
    }
    return set;
}

static int newest_of(const struct migration *set)
{
    int version = 0;
    for (; set->version; set++)
        version = set->version;
    return version;
}

int migrate_newest(enum db_part part)
{
    return newest_of(part == DB_MAIN ? migrations : audit_migrations);
}

/* Inside a transaction: one migration, or nothing when the schema is up to date (*done). */
static enum err step_locked(struct run *run, bool *done)
{
    struct db_rows versions;
    enum err err = read_versions(run, &versions);
    const char *place = run->db->engine->place(run->db, run->part);
    if (err) {
        *run->why = arena_printf(run->arena, "cannot read the schema version of %s", place);
        return err;
    }
    int64_t version = versions.count ? db_int(&versions, versions.count - 1, 0) : 0;
    if (version > newest_of(run->set)) {
        *run->why = arena_printf(run->arena,
                                 "schema of %s has version %lld, newer than this program's %d: "
                                 "use the newer program or restore a backup",
                                 place, (long long)version, newest_of(run->set));
        return ERR_UNAVAILABLE;
    }
    const struct migration *next = next_of(run->set, &versions);
    *done = next->version == 0;
    if (*done)
        return OK;
    if (version > 0 && !run->saved)
        err = run->db->engine->save(run->db, run->part, version);
    if (err)
        return refuse(run, err, "backup", next);
    run->saved = true;
    err = apply(run, next);
    if (err)
        return refuse(run, err, "schema", next);
    log_info("schema of %s: version %d (%s)", place, next->version, next->name);
    return OK;
}

static enum err step(struct run *run, bool *done)
{
    enum err err = db_begin(run->conn);
    if (err) {
        *run->why = arena_printf(run->arena, "cannot lock the schema of %s",
                                 run->db->engine->place(run->db, run->part));
        return err;
    }
    err = step_locked(run, done);
    if (err) {
        db_rollback(run->conn);
        return err;
    }
    err = db_commit(run->conn);
    if (err)
        *run->why = arena_printf(run->arena, "cannot store the schema of %s",
                                 run->db->engine->place(run->db, run->part));
    return err;
}

enum err migrate(struct db *db, enum db_part part, const struct migration *set, struct arena *arena,
                 struct str *why)
{
    struct run run = {.db = db, .conn = NULL, .part = part, .set = set, .arena = arena, .why = why};
    run.table = part == DB_MAIN ? "schema_versions" : "audit_schema_versions";
    enum err err = db_connect(db, DB_UPGRADE, part, &run.conn);
    if (err)
        *why = arena_printf(arena, "cannot open %s, see the log", db->engine->place(db, part));
    bool done = err != OK;
    while (!err && !done)
        err = step(&run, &done);
    db_disconnect(run.conn);
    if (err && db->damaged)
        *why = arena_printf(arena, "%s is damaged: restore a backup of it (signet restore FOLDER)",
                            db->engine->place(db, part));
    return err;
}
