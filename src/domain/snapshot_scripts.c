/* The scripts that add claims to tokens, as a part of a snapshot. */
#include <stdatomic.h>
#include <stdlib.h>

#include "base/log.h"
#include "domain/configs.h"
#include "domain/snapshot_parts.h"

struct scripts_part {
    _Atomic uint32_t refs;
    struct arena *arena;
    struct script_entry users, machines; /* no script: there is none */
};

struct scripts_part *scripts_part_ref(struct scripts_part *part)
{
    atomic_fetch_add_explicit(&part->refs, 1, memory_order_relaxed);
    return part;
}

void scripts_part_unref(struct scripts_part *part)
{
    if (!part || atomic_fetch_sub_explicit(&part->refs, 1, memory_order_acq_rel) != 1)
        return;
    arena_free(part->arena);
    free(part);
}

static enum err read_entry(struct db_conn *conn, struct vault *vault, struct arena *arena,
                           struct str name, struct script_entry *out)
{
    struct db_rows rows;
    json *value;
    enum err err = db_query(conn, "SELECT sealed FROM configs WHERE name = $1",
                            DB_PARAMS(db_text_value(name)), arena, &rows);
    if (err || !rows.count)
        return err;
    struct str text = config_open(vault, arena, name, db_text(&rows, 0, 0));
    if (!text.p || json_parse(arena, text, &value, NULL)) {
        log_error("the setting %.*s cannot be opened: it was sealed with another key",
                  STR_ARG(name));
        return ERR_INTERNAL;
    }
    json *environment = json_get(value, STR("environmentVariables"));
    out->script = json_str(json_get(value, STR("script")));
    out->environment = environment ? json_text(arena, environment) : STR("{}");
    out->blocks = yyjson_is_true(json_get(value, STR("blockIssuanceOnError")));
    return OK;
}

enum err scripts_part_load(struct db_conn *conn, struct vault *vault, struct scripts_part **out)
{
    struct scripts_part *part = calloc(1, sizeof(*part));
    if (!part)
        return ERR_NO_MEMORY;
    atomic_init(&part->refs, 1);
    part->arena = arena_new(SNAPSHOT_ARENA_MAX);
    enum err err = part->arena ? OK : ERR_NO_MEMORY;
    if (!err)
        err = read_entry(conn, vault, part->arena, STR(CONFIG_JWT_ACCESS_TOKEN), &part->users);
    if (!err)
        err = read_entry(conn, vault, part->arena, STR(CONFIG_JWT_CREDENTIALS), &part->machines);
    if (err)
        scripts_part_unref(part);
    else
        *out = part;
    return err;
}

const struct script_entry *scripts_part_find(const struct scripts_part *part, bool machine)
{
    const struct script_entry *entry = machine ? &part->machines : &part->users;
    return entry->script.n ? entry : NULL;
}
