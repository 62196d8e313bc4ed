/* Encryption of secrets at rest: AES-256-GCM under one key of the installation. */
#ifndef SIGNET_CRYPTO_VAULT_H
#define SIGNET_CRYPTO_VAULT_H

#include "base/buf.h"

struct vault;
#define VAULT_KEY_SIZE 32

/* From a raw key, which is copied into memory that is locked and left out of core dumps. NULL when
 * memory is out. vault_free wipes it and takes NULL. */
struct vault *vault_new(const uint8_t key[VAULT_KEY_SIZE]);
void vault_free(struct vault *vault);

/* Reads 64 hex digits from path. When the file does not exist and make is set, makes it with mode
 * 0600 (and fsyncs it and its folder). On failure returns NULL and writes the reason to *why (a
 * static or malloc'ed string the caller does not free). Refuses a file that others can read. */
struct vault *vault_from_file(const char *path, bool make, const char **why);
struct vault *vault_from_hex(struct str hex);

/* Appends base64url(version 1 byte, nonce 12, ciphertext, tag 16). context says which row and
 * column the secret is for (e.g. "signing_keys|private|ID") and must be the same to open it:
 * additional authenticated data. False when memory is out. */
bool vault_seal(struct vault *vault, struct str context, struct str plain, struct buf *out);
/* The plain text in the arena; {NULL,0} when sealed was not made by this key and context. */
struct str vault_unseal(struct vault *vault, struct arena *arena, struct str context,
                        struct str sealed);

#endif
