/* The parts a snapshot consists of; each is shared by the snapshots between which it did not
 * change. */
#ifndef SIGNET_DOMAIN_SNAPSHOT_PARTS_H
#define SIGNET_DOMAIN_SNAPSHOT_PARTS_H

#include "domain/snapshot.h"
#include "domain/snapshot_map.h"

#define SNAPSHOT_PAGE      "1000" /* rows a statement reads while all of a table is loaded */
#define SNAPSHOT_ARENA_MAX ((size_t)512 << 20)

/* Applications (snapshot_app.c). */
struct app_entry {
    struct map_entry head;
    struct app app;
};
enum err apps_load(struct db_conn *conn, struct map *apps);
/* Reads one again; it leaves the map when it is gone from the database. */
enum err apps_refresh(struct db_conn *conn, struct str id, struct map *apps);

/* Revoked access tokens by jti (snapshot_revoked.c): those that have not expired. */
enum err revoked_load(struct db_conn *conn, struct map *revoked);
enum err revoked_refresh(struct db_conn *conn, struct str jti, struct map *revoked);

/* Applications in organizations (snapshot_membership.c), by "ORGANIZATION/APPLICATION". */
#define ORGANIZATION_TOKEN_TTL 3600 /* seconds */
enum err memberships_load(struct db_conn *conn, struct map *memberships);
/* Reads one again; key as above. It leaves the map when it is gone from the database. */
enum err memberships_refresh(struct db_conn *conn, struct str key, struct map *memberships);
/* As snapshot_membership. */
struct str memberships_find(const struct map *memberships, struct str organization,
                            struct str application);

/* Scripts that add claims to tokens (snapshot_scripts.c), counted as a whole. */
struct scripts_part;
enum err scripts_part_load(struct db_conn *conn, struct vault *vault, struct scripts_part **out);
struct scripts_part *scripts_part_ref(struct scripts_part *part);
void scripts_part_unref(struct scripts_part *part); /* takes NULL */
/* As snapshot_script. */
const struct script_entry *scripts_part_find(const struct scripts_part *part, bool machine);

/* Users whose roles open the Management API (snapshot_operators.c), counted as a whole. */
struct operators_part;
enum err operators_part_load(struct db_conn *conn, struct operators_part **out);
struct operators_part *operators_part_ref(struct operators_part *part);
void operators_part_unref(struct operators_part *part); /* takes NULL */
/* As snapshot_operator. */
struct str operators_part_scope(const struct operators_part *part, struct str user_id,
                                struct arena *arena);

/* Resources, their scopes, and roles, those of organizations as well (snapshot_access.c), counted
 * as a whole. */
struct access_part;
enum err access_part_load(struct db_conn *conn, uint64_t seed, struct access_part **out);
struct access_part *access_part_ref(struct access_part *part);
void access_part_unref(struct access_part *part); /* takes NULL */
const struct resource_entry *access_part_resource(const struct access_part *part,
                                                  struct str indicator);
const struct resource_entry *access_part_default(const struct access_part *part);
const struct role_entry *access_part_role(const struct access_part *part, struct str id);
const struct resource_entry *access_part_organization_scopes(const struct access_part *part);
const struct role_entry *access_part_organization_role(const struct access_part *part,
                                                       struct str id);

#endif
