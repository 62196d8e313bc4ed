/* Quotas of tokens: rows in the database, and what this process has in advance. */
#include "domain/token_quotas.h"

#include <pthread.h>
#include <stdlib.h>

#define HOUR_MS     ((int64_t)3600 * 1000)
#define HOURS_A_DAY 24
#define CHAINS      ((size_t)256)

/* Of one application in one hour. */
struct lease {
    struct lease *next;
    int tenant;
    int64_t hour, left;
    int64_t per_hour, per_day; /* the quotas it was taken under */
    int64_t over;              /* ms: until when nothing is left in the database; 0: not known */
    size_t length;
    char id[];
};

struct token_quotas {
    pthread_mutex_t lock;
    struct lease *chains[CHAINS];
};

struct token_quotas *token_quotas_new(void)
{
    struct token_quotas *quotas = calloc(1, sizeof *quotas);
    if (quotas)
        pthread_mutex_init(&quotas->lock, NULL);
    return quotas;
}

void token_quotas_free(struct token_quotas *quotas)
{
    for (size_t i = 0; quotas && i < CHAINS; i++)
        for (struct lease *lease = quotas->chains[i], *next; lease; lease = next) {
            next = lease->next;
            free(lease);
        }
    if (quotas)
        pthread_mutex_destroy(&quotas->lock);
    free(quotas);
}

static struct lease **chain_of(struct token_quotas *quotas, struct str id)
{
    size_t sum = id.n;
    for (size_t i = 0; i < id.n; i++)
        sum = sum * 31 + (unsigned char)id.p[i];
    return &quotas->chains[sum % CHAINS];
}

/* The application's, under the quotas it has now; NULL: there is none. Those that say nothing any
 * more leave the chain. */
static struct lease *find(struct lease **at, const struct ctx *ctx, const struct app *app)
{
    while (*at) {
        struct lease *lease = *at;
        bool same = lease->tenant == ctx->tenant->tag &&
                    str_eq((struct str){lease->id, lease->length}, app->id);
        bool valid =
            same ? lease->per_hour == app->tokens_per_hour && lease->per_day == app->tokens_per_day
                 : lease->hour == ctx->now / HOUR_MS || lease->over > ctx->now;
        if (valid && same)
            return lease;
        if (valid) {
            at = &lease->next;
        } else {
            *at = lease->next;
            free(lease);
        }
    }
    return NULL;
}

/* Adds to what the application has in advance, or notes until when there is nothing. */
static void add(struct ctx *ctx, const struct app *app, int64_t left, int64_t over)
{
    struct token_quotas *quotas = limits_quotas(ctx->limits);
    struct lease **chain = chain_of(quotas, app->id);
    pthread_mutex_lock(&quotas->lock);
    struct lease *lease = find(chain, ctx, app);
    if (!lease && (lease = calloc(1, sizeof *lease + app->id.n))) {
        *lease = (struct lease){.next = *chain,
                                .tenant = ctx->tenant->tag,
                                .hour = ctx->now / HOUR_MS,
                                .per_hour = app->tokens_per_hour,
                                .per_day = app->tokens_per_day,
                                .length = app->id.n};
        memcpy(lease->id, app->id.p, app->id.n);
        *chain = lease;
    }
    if (lease) {
        bool same_hour = lease->hour == ctx->now / HOUR_MS;
        lease->left = left + (same_hour ? lease->left : 0);
        lease->hour = ctx->now / HOUR_MS;
        lease->over = over;
    }
    pthread_mutex_unlock(&quotas->lock);
}

static enum err refuse(struct ctx *ctx, int64_t until)
{
    ctx->limited.retry_s = (until - ctx->now + 999) / 1000;
    return fail(ctx, ERR_TOKEN_QUOTA);
}

static int64_t smaller(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* How many to take of one quota at a time: few tokens at a time of a small one. */
static int64_t portion(int64_t quota, int64_t used, int64_t parts)
{
    int64_t part = quota / parts ? quota / parts : 1;
    return quota ? smaller(part, quota - used) : INT64_MAX;
}

/* The application's row as of this hour and day. */
static enum err read_used(struct ctx *ctx, const struct app *app, int64_t *hour_used,
                          int64_t *day_used)
{
    struct db_rows rows;
    int64_t hour = ctx->now / HOUR_MS;
    enum err err = db_query(
        ctx->db,
        "INSERT INTO token_quotas (application_id, hour, hour_used, day, day_used) "
        "VALUES ($1, $2, 0, $3, 0) ON CONFLICT (application_id) DO UPDATE SET "
        "hour_used = CASE WHEN token_quotas.hour >= excluded.hour THEN token_quotas.hour_used "
        "ELSE 0 END, day_used = CASE WHEN token_quotas.day >= excluded.day THEN "
        "token_quotas.day_used ELSE 0 END, hour = CASE WHEN token_quotas.hour > excluded.hour THEN "
        "token_quotas.hour ELSE excluded.hour END, day = CASE WHEN token_quotas.day > excluded.day "
        "THEN token_quotas.day ELSE excluded.day END RETURNING hour_used, day_used",
        DB_PARAMS(db_text_value(app->id), db_int_value(hour), db_int_value(hour / HOURS_A_DAY)),
        ctx->arena, &rows);
    if (err)
        return fail(ctx, err);
    *hour_used = db_int(&rows, 0, 0);
    *day_used = db_int(&rows, 0, 1);
    return OK;
}

static enum err take_from_row(struct ctx *ctx, const struct app *app)
{
    int64_t hour_used = 0, day_used = 0, hour = ctx->now / HOUR_MS;
    enum err err = read_used(ctx, app, &hour_used, &day_used);
    if (err)
        return err;
    int64_t of_hour = portion(app->tokens_per_hour, hour_used, 100);
    int64_t of_day = portion(app->tokens_per_day, day_used, 1000);
    if (of_hour <= 0 || of_day <= 0) {
        int64_t next_day = (hour / HOURS_A_DAY + 1) * HOURS_A_DAY * HOUR_MS;
        int64_t until = of_day <= 0 ? next_day : (hour + 1) * HOUR_MS;
        add(ctx, app, 0, until);
        return refuse(ctx, until);
    }
    int64_t taken = smaller(of_hour, of_day);
    err = db_exec(ctx->db,
                  "UPDATE token_quotas SET hour_used = hour_used + $1, day_used = day_used + $1 "
                  "WHERE application_id = $2",
                  DB_PARAMS(db_int_value(taken), db_text_value(app->id)), NULL);
    if (err)
        return fail(ctx, err);
    add(ctx, app, taken - 1, 0);
    return OK;
}

enum err token_quota_take(struct ctx *ctx, const struct app *app)
{
    if (!app->tokens_per_hour && !app->tokens_per_day)
        return OK;
    struct token_quotas *quotas = limits_quotas(ctx->limits);
    pthread_mutex_lock(&quotas->lock);
    struct lease *lease = find(chain_of(quotas, app->id), ctx, app);
    bool there = lease && lease->hour == ctx->now / HOUR_MS && lease->left > 0;
    int64_t over = lease ? lease->over : 0;
    if (there)
        lease->left--;
    pthread_mutex_unlock(&quotas->lock);
    if (there)
        return OK;
    if (over > ctx->now)
        return refuse(ctx, over);
    return ctx->can_write ? take_from_row(ctx, app) : ERR_NEEDS_WRITER;
}
