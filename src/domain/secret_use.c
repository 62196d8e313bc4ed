/* When secrets of applications were last used. */
#include "domain/secret_use.h"

#include <stdatomic.h>
#include <string.h>

/* What this process knows to be stored: a few places for each secret, by its digest. A place holds
 * 32 bits of the digest and the period (of SECRET_USE_MS). Whoever is pushed out is stored again.
 */
#define SETS   ((size_t)4096)
#define PLACES ((size_t)4)
static _Atomic uint64_t known[SETS][PLACES];

static uint64_t entry_of(const struct app_secret *secret, int64_t now)
{
    uint32_t mark;
    memcpy(&mark, secret->digest + sizeof mark, sizeof mark);
    return (uint64_t)mark << 32 | (uint32_t)(now / SECRET_USE_MS);
}

static _Atomic uint64_t *set_of(const struct app_secret *secret)
{
    uint32_t mark;
    memcpy(&mark, secret->digest, sizeof mark);
    return known[mark % SETS];
}

bool secret_use_is_noted(const struct app_secret *secret, int64_t now)
{
    uint64_t entry = entry_of(secret, now);
    _Atomic uint64_t *set = set_of(secret);
    for (size_t i = 0; i < PLACES; i++)
        if (atomic_load_explicit(&set[i], memory_order_relaxed) == entry)
            return true;
    return false;
}

/* In its own old place, else in that of the one noted longest ago. */
static void remember(const struct app_secret *secret, int64_t now)
{
    uint64_t entry = entry_of(secret, now);
    _Atomic uint64_t *set = set_of(secret), *place = set;
    for (size_t i = 0; i < PLACES; i++) {
        uint64_t each = atomic_load_explicit(&set[i], memory_order_relaxed);
        if (each >> 32 == entry >> 32) {
            place = &set[i];
            break;
        }
        if ((uint32_t)each < (uint32_t)atomic_load_explicit(place, memory_order_relaxed))
            place = &set[i];
    }
    atomic_store_explicit(place, entry, memory_order_relaxed);
}

enum err secret_use_note(struct ctx *ctx, const struct app *app, const struct app_secret *secret)
{
    enum err err =
        db_exec(ctx->db,
                "UPDATE application_secrets SET last_used_at = $1"
                " WHERE application_id = $2 AND name = $3"
                " AND (last_used_at IS NULL OR last_used_at < $4)",
                DB_PARAMS(db_int_value(ctx->now), db_text_value(app->id),
                          db_text_value(secret->name), db_int_value(ctx->now - SECRET_USE_MS)),
                NULL);
    if (!err)
        remember(secret, ctx->now);
    return err;
}
