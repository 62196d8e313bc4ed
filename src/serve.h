/* The life of one request, and of the server. */
#ifndef SIGNET_SERVE_H
#define SIGNET_SERVE_H

#include "domain/tenant.h"
#include "http/route.h"

struct server; /* what all requests share */

/* tenants[TENANT_DEFAULT] and [TENANT_ADMIN] are started. NULL when memory is out. */
struct server *server_new(const struct config *config, struct tenant *const tenants[3]);
void server_free(struct server *server); /* takes NULL; after the HTTP server has stopped */

/* The hooks for http_options, with the server as arg. */
/* http_limits.spool: long bodies of the routes that take them, of callers that may call them. */
int serve_spool(struct http_request *request, size_t *max_body);
void serve_request(struct http_request *request, void *arg);
void *serve_loop_start(struct http_loop *loop, void *arg);
void serve_loop_stop(void *user, void *arg);

/* `signet serve`: exit status. */
int serve_main(int argc, char **argv);

#endif
