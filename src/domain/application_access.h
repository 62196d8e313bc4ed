/* Access rules of an application: who may use it while its access control is on. */
#ifndef SIGNET_DOMAIN_APPLICATION_ACCESS_H
#define SIGNET_DOMAIN_APPLICATION_ACCESS_H

#include "domain/ctx.h"
#include "domain/id_list.h"

/* Holders of one of these roles in the organization. */
struct access_group {
    struct str organization;
    struct id_list roles;
};
/* Whoever one of them fits may use the application. */
struct access_rules {
    struct id_list users;
    struct id_list roles;         /* holders of one of these roles */
    struct id_list organizations; /* members of one of these */
    const struct access_group *groups;
    size_t group_count;
};

/* rules->groups out of rows (organization, organization role), in the order in which both first
 * appear. The texts are those of the rows. */
enum err access_rules_group(const struct db_rows *rows, struct arena *arena,
                            struct access_rules *rules);
bool access_rules_are_empty(const struct access_rules *rules);
/* The application's rules, in order of their ids. */
enum err access_rules_find(struct ctx *ctx, struct str application, struct access_rules *rules);
/* ERR_APP_NO_ACCESS_RULES when the application has none, so that access control cannot be enabled.
 */
enum err access_rules_required(struct ctx *ctx, struct str application);
/* These become the application's only rules. ERR_NOT_EXISTS_WITH_ID: there is no such application;
 * ERR_APP_NO_ACCESS_RULES: its access control is on and there would be none; ERR_FOREIGN_KEY: of
 * something that does not exist; ERR_DB_CONSTRAINT: of a role for machines. */
enum err access_rules_replace(struct ctx *ctx, struct str application,
                              const struct access_rules *rules);
/* ERR_OAUTH_APP_ACCESS_DENIED when the application's access control is on and none of its rules
 * fits the user. */
enum err access_rules_check_user(struct ctx *ctx, struct str application, struct str user);

#endif
