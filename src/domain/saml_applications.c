/* Applications of type SAML, and the keys they are to be answered with. */
#include "domain/saml_applications.h"

#include "crypto/certificate.h"
#include "domain/applications.h"
#include "domain/sealed.h"

#define SEALED_KEY "saml_application_secrets|key"

enum err saml_application_get(struct ctx *ctx, struct str id, struct db_rows *rows)
{
    enum err err = entity_get(ctx, &application_entity, id, rows);
    if (err || str_eq(db_text(rows, 0, APPLICATION_TYPE), STR("SAML")))
        return err;
    return fail(ctx, ERR_APP_SAML_ONLY);
}

struct making {
    struct arena *arena;
    int64_t now;
    struct certificate_new new;
    bool good;
};

static void make(void *arg)
{
    struct making *making = arg;
    making->good = certificate_make(making->arena, making->now, &making->new);
}

enum err saml_secret_make(struct ctx *ctx, int years)
{
    if (ctx->slow.done) {
        const struct making *made = ctx->slow.arg;
        return made->good ? OK : fail(ctx, ERR_INTERNAL);
    }
    struct making *making = ARENA_NEW(ctx->arena, struct making);
    if (!making)
        return fail(ctx, ERR_NO_MEMORY);
    *making = (struct making){
        .arena = ctx->arena,
        .now = ctx->now,
        .new = {.common_name = "Signet", .years = years},
    };
    return ctx_slow(ctx, make, making);
}

enum err saml_secret_insert(struct ctx *ctx, struct str application, bool active, struct str *id)
{
    const struct making *made = ctx->slow.arg;
    struct str sealed;
    char *text = arena_bytes(ctx->arena, ID_LENGTH);
    if (!text)
        return fail(ctx, ERR_NO_MEMORY);
    id_random(text, ID_LENGTH);
    struct str new_id = {text, ID_LENGTH};
    enum err err = sealed_make(ctx, SEALED_KEY, new_id, made->new.key_pem, &sealed);
    if (err)
        return err;
    if (id)
        *id = new_id;
    return db_exec(ctx->db,
                   "INSERT INTO saml_application_secrets (id, application_id, sealed_key,"
                   " certificate, created_at, expires_at, active)"
                   " VALUES ($1, $2, $3, $4, $5, $6, $7)",
                   DB_PARAMS(db_text_value(new_id), db_text_value(application),
                             db_text_value(sealed), db_text_value(made->new.pem),
                             db_int_value(ctx->now), db_int_value(made->new.not_after),
                             db_int_value(active)),
                   NULL);
}
