/* What the token endpoint needs to know of a tenant, in memory: immutable, swapped as a whole. */
#ifndef SIGNET_DOMAIN_SNAPSHOT_H
#define SIGNET_DOMAIN_SNAPSHOT_H

#include "base/ids.h"
#include "crypto/digest.h"
#include "crypto/keyring.h"
#include "crypto/vault.h"
#include "store/db.h"

enum app_type { APP_NATIVE, APP_SPA, APP_TRADITIONAL, APP_M2M, APP_PROTECTED, APP_SAML };

struct app_secret {
    struct str name;
    uint8_t digest[SHA256_SIZE];
    int64_t expires_at; /* ms; 0: never */
};

/* An application as the OAuth endpoints see it. Texts live with the entry. */
struct app {
    struct str id, name;
    enum app_type type;
    bool third_party;
    bool token_exchange;
    bool refresh_for_client_credentials; /* opt-in, see docs/token-endpoint.md */
    int refresh_ttl_days;
    int64_t max_grants;          /* of one user at a time; 0: as many as there are sessions */
    struct str default_resource; /* used when a token request names none */
    struct str default_scopes;   /* blank-separated; used when a token request names none */
    const struct app_secret *secrets;
    size_t secret_count;
    const struct str *role_ids;
    size_t role_count;
    const struct str *cors_origins; /* of customClientMetadata */
    size_t cors_count;
    const struct str *redirect_uris; /* of oidcClientMetadata */
    size_t redirect_count;
    const struct str *logout_uris; /* postLogoutRedirectUris */
    size_t logout_count;
    struct str backchannel_uri; /* where it is told that a session has ended; empty: nowhere */
    bool logout_names_session;  /* it wants sid in that, and in ID tokens */
    bool device_flow;           /* has no other way to sign users in */
    bool always_refresh_token;  /* also without offline_access */
    bool keep_refresh_token;    /* no rotation */
    int64_t id_token_ttl;       /* seconds */
    int64_t tokens_per_hour, tokens_per_day; /* 0: no quota */
};

struct scope_entry {
    struct str id, name;
};
struct resource_entry {
    struct str id, indicator;
    int64_t access_token_ttl; /* seconds */
    bool is_default;
    const struct scope_entry *scopes; /* sorted by the bytes of their names */
    size_t scope_count;
};
struct role_entry {
    struct str id, name;
    bool for_machines;
    const struct str *scope_ids; /* sorted */
    size_t scope_count;
};

/* A script that adds claims to access tokens (script/script.h). */
struct script_entry {
    struct str script;
    struct str environment; /* JSON object of texts */
    bool blocks;            /* there is no token when it fails */
};

struct snapshot;

struct snapshot *snapshot_ref(struct snapshot *snapshot);
void snapshot_unref(struct snapshot *snapshot); /* takes NULL */

/* All from the database. vault opens the signing keys. */
enum err snapshot_load(struct db_conn *conn, struct vault *vault, struct snapshot **out);
/* A new one from old with the named parts read again. apps are the ids that changed. */
struct snapshot_changes {
    bool access; /* resources, scopes, roles, those of organizations as well */
    bool keys;
    bool scripts;
    bool operators;
    bool revoked; /* all revoked tokens */
    bool all_apps;
    bool all_memberships;
    const struct str *apps;
    size_t app_count;
    const struct str *memberships; /* "ORGANIZATION/APPLICATION" */
    size_t membership_count;
    const struct str *jtis; /* access tokens revoked since */
    size_t jti_count;
};
enum err snapshot_refresh(struct snapshot *old, const struct snapshot_changes *changes,
                          struct db_conn *conn, struct vault *vault, struct snapshot **out);

/* NULL when there is none. */
const struct app *snapshot_app(const struct snapshot *snapshot, struct str id);
const struct resource_entry *snapshot_resource(const struct snapshot *snapshot,
                                               struct str indicator);
const struct resource_entry *snapshot_default_resource(const struct snapshot *snapshot);
const struct role_entry *snapshot_role(const struct snapshot *snapshot, struct str id);
/* The scopes that all organizations share, as a resource without an indicator: what a token for an
 * organization alone can carry. Never NULL. */
const struct resource_entry *snapshot_organization_scopes(const struct snapshot *snapshot);
const struct role_entry *snapshot_organization_role(const struct snapshot *snapshot, struct str id);
/* The ids of the organization roles that an application has in an organization, blank-separated;
 * empty when it has none, {NULL,0} when it does not belong to the organization. */
struct str snapshot_membership(const struct snapshot *snapshot, struct str organization,
                               struct str application);
struct keyring *snapshot_keys(const struct snapshot *snapshot);
/* What the user may do at the Management API now (blank-separated scopes), whatever a token of
 * earlier says; {NULL,0}: nothing. The result lives in the arena. */
struct str snapshot_operator(const struct snapshot *snapshot, struct str user_id,
                             struct arena *arena);
/* For tokens of machines, or of users; NULL when there is none. */
const struct script_entry *snapshot_script(const struct snapshot *snapshot, bool machine);
/* Whether an access token with this jti was revoked (RFC 7009). */
bool snapshot_is_revoked(const struct snapshot *snapshot, struct str jti);

#endif
