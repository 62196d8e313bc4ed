/* Passwords: made with Argon2id, verified against whatever another system has kept of them. All of
 * it is slow on purpose: callers run it on the pool for slow work. */
#ifndef SIGNET_CRYPTO_PASSWORD_H
#define SIGNET_CRYPTO_PASSWORD_H

#include "base/arena.h"

/* Longer passwords are refused at the edge: the cost of hashing them stays bounded. */
#define PASSWORD_MAX 1024

/* Logto's names of the algorithms, ended by NULL; in the order of enum password_algorithm. */
extern const char *const password_algorithms[];
#define PASSWORD_ALGORITHM "Argon2id" /* of those that password_hash makes */

/* The digest (PHC string) of a new password: Argon2id, 19 MiB, 2 passes, 1 lane (the OWASP
 * minimum). It is composed (NFC) first, so that it does not matter which keyboard it was typed on.
 * {NULL,0} when memory is out. */
struct str password_hash(struct arena *arena, struct str password);

/* Whether the password is the one that digest was made of, by an algorithm of the list:
 *  - Argon2i, Argon2id, Argon2d: PHC strings; Bcrypt: $2a$, $2b$, $2y$;
 *  - MD5, SHA1, SHA256: hexadecimal digests without salt;
 *  - Legacy: see password_legacy_check.
 * The bytes are compared as received, then composed where that differs. A digest that would take
 * more than PASSWORD_MEMORY_MAX or absurdly long verifies nothing. Comparisons take constant time.
 * errno is ENOMEM when it is false because memory is out, which says nothing of the password. */
bool password_verify(struct arena *arena, struct str password, struct str algorithm,
                     struct str digest);
#define PASSWORD_MEMORY_MAX ((uint64_t)128 * 1024 * 1024)

/* Whether digest has the form that the algorithm's have, so that a password could ever verify; of
 * Legacy password_legacy_check says more. */
bool password_digest_fits(struct str algorithm, struct str digest);

/* "takes more than …": the bound for which no password will verify against a digest that has the
 * algorithm's form; NULL: none. */
const char *password_cost_fault(struct arena *arena, struct str algorithm, struct str digest);

/* Whether a digest that has verified a password should give way to a new one. */
bool password_needs_rehash(struct str algorithm, struct str digest);

/* As long as a verification takes, for users without a password: who asks does not learn from the
 * time that there is none. */
void password_verify_decoy(struct arena *arena, struct str password);

/* A digest of the algorithm Legacy is a JSON text [name, [arguments], digest], the argument "@"
 * standing for the password. name is
 *  - a digest that OpenSSL knows: of the arguments joined, in hexadecimal;
 *  - pbkdf2 or pbkdf2Sync: arguments salt (or "hex:" and its bytes), iterations, length, digest;
 *  - firebase-scrypt: arguments salt, signer key, salt separator, rounds, memory cost; in base64.
 */
enum password_legacy { LEGACY_OK, LEGACY_FORMAT, LEGACY_ALGORITHM };
/* *name is the algorithm's when it is not known. */
enum password_legacy password_legacy_check(struct arena *arena, struct str digest,
                                           struct str *name);
/* password_cost_fault's and password_verify's parts for Legacy. */
const char *password_legacy_fault(struct arena *arena, struct str digest);
bool password_legacy_verify(struct arena *arena, struct str password, struct str digest);

#endif
