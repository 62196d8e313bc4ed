/* RSA keys with certificates that SAML messages are signed with. Each belongs to an owner, of whose
 * keys at most one is in use. */
#ifndef SIGNET_DOMAIN_SAML_KEYS_H
#define SIGNET_DOMAIN_SAML_KEYS_H

#include "domain/ctx.h"

#define SAML_FIRST_YEARS 3 /* how long a key that comes by itself is valid */

/* Where the keys of one kind of owner are: statements on their table. */
struct saml_keys {
    const char *place; /* of a sealed key (domain/sealed.h) */
    const char *list, *find, *active, *insert, *idle, *set, *drop;
};
extern const struct saml_keys saml_keys_of_applications, saml_keys_of_connectors;

/* Columns of the rows below. */
enum {
    SAML_KEY_ID,
    SAML_KEY_CERTIFICATE,
    SAML_KEY_CREATED_AT,
    SAML_KEY_EXPIRES_AT,
    SAML_KEY_ACTIVE
};

extern const struct field saml_key_fields[];      /* of answers */
extern const struct field saml_key_active_body[]; /* what says which is in use */

/* A new key and certificate, made on the pool for slow work: returns as ctx_slow does, and OK when
 * the handler runs again. Nothing may be written before it. */
enum err saml_key_make(struct ctx *ctx, int years);
/* Keeps what saml_key_make made. active: the owner's others no longer are in use. id (may be NULL)
 * lives in the arena. */
enum err saml_key_insert(struct ctx *ctx, const struct saml_keys *keys, struct str owner,
                         bool active, struct str *id);

/* The one row. ERR_NOT_FOUND: the owner has no such key. */
enum err saml_key_get(struct ctx *ctx, const struct saml_keys *keys, struct str owner,
                      struct str id, struct db_rows *rows);
/* The key in use: no row or one. */
enum err saml_key_find_active(struct ctx *ctx, const struct saml_keys *keys, struct str owner,
                              struct db_rows *rows);
enum err saml_key_set_active(struct ctx *ctx, const struct saml_keys *keys, struct str owner,
                             struct str id, bool active);
/* Deletes one that is not in use; in_use: what is said of the one that is. */
enum err saml_key_delete(struct ctx *ctx, const struct saml_keys *keys, struct str owner,
                         struct str id, enum err in_use);

/* Answers with one, or all, of the owner's: never with the keys themselves. */
enum err saml_key_answer(struct ctx *ctx, const struct saml_keys *keys, struct str owner,
                         struct str id);
enum err saml_key_answer_list(struct ctx *ctx, const struct saml_keys *keys, struct str owner);

#endif
