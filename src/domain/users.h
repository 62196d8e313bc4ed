/* Users: who signs in, and how they are found. */
#ifndef SIGNET_DOMAIN_USERS_H
#define SIGNET_DOMAIN_USERS_H

#include "base/ids.h"
#include "domain/ctx.h"

extern const struct field user_fields[];
extern const struct field user_profile_fields[];
extern const struct entity user_entity;
/* Users as members of an organization: with organizationRoles, in order of their ids. */
extern const struct field user_member_fields[];
extern const struct entity user_member_entity;
/* Columns of its rows that handlers look at. */
enum {
    USER_ID = 0,
    USER_USERNAME,
    USER_EMAIL,
    USER_PHONE,
    USER_NAME,
    USER_AVATAR,
    USER_CUSTOM_DATA,
    USER_IDENTITIES,
    USER_PROFILE = 11,
    USER_HAS_PASSWORD = 15,
};

/* ctx_search over what Logto's search of users looks at: appends up to two filters, with parameters
 * in *gram, which must live as long as they. */
enum err user_search(struct ctx *ctx, struct db_value *gram, struct crud_filter *filters,
                     size_t *count);

/* Rules of user_fields that bodies share: Logto's patterns. An empty text passes where it may be
 * set to null (the _or_empty ones). */
bool user_check_username(json *value);
bool user_check_email(json *value);
bool user_check_phone(json *value);
bool user_check_username_or_empty(json *value);
bool user_check_email_or_empty(json *value);
bool user_check_phone_or_empty(json *value);
bool user_check_avatar(json *value);

/* The row, or ERR_NOT_FOUND: what Logto says of users. */
enum err user_get(struct ctx *ctx, struct str id, struct db_rows *rows);
/* The same question when only the answer matters. */
enum err user_check_exists(struct ctx *ctx, struct str id);
/* Writes a row as an object; user_put_members into an open one. */
void user_put(struct ctx *ctx, const struct db_rows *rows, size_t row);
void user_put_members(struct ctx *ctx, const struct db_rows *rows, size_t row);

/* How a user's password is kept; absent: there is none. */
struct user_password {
    struct str digest, algorithm;
};

/* Makes the user that the checked body describes, with the default roles. Refuses identifiers that
 * another has: ERR_USER_USERNAME, _EMAIL, _PHONE, or a phone number that is none. */
enum err user_insert(struct ctx *ctx, json *body, struct user_password password,
                     struct db_rows *rows);
/* Refuses the identifiers in the body as user_insert does, and makes nobody. */
enum err user_check_free(struct ctx *ctx, json *body);
/* What a user brings along from another system; absent members are made as for a new user. */
struct user_past {
    struct str id;
    json *identities; /* {"TARGET":{"userId":"…"},…} */
    bool is_suspended;
    int64_t created_at;      /* ms; 0: now */
    int64_t last_sign_in_at; /* ms; 0: never */
};
/* user_insert of such a user; also ERR_USER_ID and ERR_USER_IDENTITY when another has its id or one
 * of its identities. */
enum err user_insert_past(struct ctx *ctx, json *body, struct user_password password,
                          const struct user_past *past, struct db_rows *rows);
/* Changes what is in the body, with the same refusals, and the sets; ERR_NOT_FOUND. */
enum err user_update(struct ctx *ctx, struct str id, json *body, const struct crud_set *sets,
                     size_t set_count, struct db_rows *rows);
#define USER_SETS_MAX 8 /* of user_update */
enum err user_delete(struct ctx *ctx, struct str id);

/* ---- Passwords (users_password.c): hashing and verifying happen on the pool for slow work, so
 * these ask for it (ERR_NEEDS_SLOW) when the handler runs for the first time ---- */

/* Whether a digest from elsewhere says what made it, in a form that can be verified. */
enum err user_password_check(struct ctx *ctx, struct user_password password);
/* What to store for a new password. */
enum err user_password_make(struct ctx *ctx, struct str password, struct user_password *out);
/* The same in place of the user's own; ERR_USER_SAME_PASSWORD when that is it. ERR_NOT_FOUND. */
enum err user_password_renew(struct ctx *ctx, struct str id, struct str password,
                             struct user_password *out);
/* user_update of the password. */
enum err user_set_password(struct ctx *ctx, struct str id, struct user_password password,
                           struct db_rows *rows);
/* ERR_USER_CREDENTIALS when it is not the user's password, ERR_NOT_FOUND when there is no such
 * user. A digest of an older kind is replaced, for which the handler runs as a writer
 * (ERR_NEEDS_WRITER). */
enum err user_verify_password(struct ctx *ctx, struct str id, struct str password);

/* The same at sign-in, where nothing may tell why it failed: id {NULL,0} takes as long and is
 * refused alike. */
enum err user_verify_sign_in(struct ctx *ctx, struct str id, struct str password);
/* When the password was set last, in milliseconds: 0 for one that came with the user, -1 for
 * nobody. Another value later means another password, whatever the clock did meanwhile. */
enum err user_password_changed(struct ctx *ctx, struct str id, int64_t *at);

/* *found tells whether the user held the role. */
enum err user_role_delete(struct db_conn *conn, struct str user, struct str role, bool *found);

/* How many users there are, without counting them. */
enum err user_count(struct ctx *ctx, int64_t *count);
/* In the transaction that makes or deletes users. */
enum err user_count_change(struct ctx *ctx, int64_t difference);

/* The members of old (JSON text of an object) with those of changes over them, as jsonb || does.
 * {NULL,0} when memory is out. */
struct str user_merge(struct arena *arena, struct str old, struct str changes);

#endif
