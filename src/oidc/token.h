/* The token endpoint: the request while it goes through its steps, and the table of grants. */
#ifndef SIGNET_OIDC_TOKEN_H
#define SIGNET_OIDC_TOKEN_H

#include "domain/access.h"
#include "oidc/client_auth.h"

struct grant;

struct token_request {
    struct form form;
    struct client client;
    const struct grant *grant;
    struct str resource_indicator; /* what the token is for, default included; empty: only an
                                      organization */
    struct str organization_id;    /* for which the token is; {NULL,0}: none */
    struct str user_id;            /* for whom it acts; {NULL,0}: the client itself */
    struct access access;          /* what became of the requested scopes */
};

struct grant {
    struct str type;         /* grant_type */
    struct str log_key;      /* of the audit row */
    const char *const *once; /* parameters that must not repeat, NULL-ended */
    bool (*allowed)(const struct app *app);
    enum err (*run)(struct ctx *ctx, struct token_request *request);
};

extern const struct grant grant_authorization_code, grant_client_credentials, grant_refresh_token,
    grant_device_code, grant_token_exchange;

/* All grants, NULL-ended: what discovery lists and the token endpoint takes. */
extern const struct grant *const grants[];

/* Finds the one resource of a request among its `resource` parameters (RFC 8707 2), checks each.
 * *out is NULL when the request names none. */
enum err token_resource(struct ctx *ctx, const struct form *form,
                        const struct resource_entry **out);

/* The organization roles of the client in request->organization_id, as snapshot_membership gives
 * them. Refused when it does not belong to the organization. */
enum err token_membership(struct ctx *ctx, const struct token_request *request,
                          struct str *role_ids);

/* Fills request->access: by the client's roles, or those in request->organization_id (role_ids, of
 * token_membership). False: memory is out. */
bool token_decide(struct ctx *ctx, struct token_request *request, struct str role_ids,
                  const struct resource_entry *resource, struct str scope);

#endif
