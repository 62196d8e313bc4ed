/* Profiles on disk: one file each, mode 0600, secrets encrypted under the user's key. */
#ifndef SIGNET_CLI_PROFILE_STORE_H
#define SIGNET_CLI_PROFILE_STORE_H

#include "cli/profile.h"
#include "crypto/vault.h"

struct profile_store {
    struct arena *arena;
    struct str folder; /* …/signet/profiles */
    struct vault *vault;
    int lock; /* file descriptor; -1: not locked */
};

/* Folders and key are made on first use: $XDG_CONFIG_HOME/signet, else ~/.config/signet. These
 * functions return an exit status and print why they fail. */
int profile_store_open(struct profile_store *store, struct arena *arena);
void profile_store_close(struct profile_store *store); /* takes one that was not opened */

/* CLI_USAGE when there is none of that name. */
int profile_store_load(struct profile_store *store, struct str name, struct profile *out);
/* The same, but gives an empty one when there is none of that name; with lenient, secrets that
 * cannot be decrypted are left out. */
int profile_store_load_or_new(struct profile_store *store, struct str name, bool lenient,
                              struct profile *out);
/* Replaces the file in one step. The caller has the profile's lock. */
int profile_store_save(struct profile_store *store, const struct profile *profile);
/* Deletes what writers that were killed have left; with the profile's lock. */
void profile_store_clean(const struct profile_store *store, struct str name);
int profile_store_delete(struct profile_store *store, struct str name);
bool profile_store_has(const struct profile_store *store, struct str name);
/* Names in alphabetical order, in the store's arena. */
int profile_store_list(struct profile_store *store, struct str **names, size_t *count);

/* Waits until no other process renews this profile's token, and keeps it so until unlock. */
int profile_store_lock(struct profile_store *store, struct str name);
void profile_store_unlock(struct profile_store *store);

/* The name to work with: the given one, else the only profile, else "default". STR_NONE when that
 * cannot be told. */
struct str profile_store_choose(struct profile_store *store, const char *given);
/* Path of a file that goes with the profile: extension without dot. */
char *profile_store_path(const struct profile_store *store, struct str name, const char *extension);

#endif
