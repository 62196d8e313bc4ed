/* Requests to an API with a profile's token: what the files of signet api share. */
#ifndef SIGNET_CLI_API_H
#define SIGNET_CLI_API_H

#include "cli/renewal.h"

struct api {
    struct arena *arena;
    struct profile_store store;
    struct profile profile;
    struct args args;
    const char *method;
    struct str base, url; /* base address of the API; address of the request, query included */
    struct str body;      /* absent: none */
};

/* Base address of the profile's API: api-url, else the issuer without /oidc. STR_NONE: unknown. */
struct str api_base(const struct profile *profile);
/* The request's address; CLI_USAGE when the token would go to a stranger. */
int api_address(struct api *api, const char *path);
/* The call for an address below the same origin, token and headers included. An exit status. */
int api_call(struct api *api, struct str url, bool secret_shown, struct http_call *call);
/* Sends it; renews the token before it expires, and once after a 401. An exit status, also for an
 * answer that is no success: then *reply holds it. */
int api_send(struct api *api, struct str url, struct http_reply *reply);
/* The exit status for an HTTP status. */
int api_status(long http_status);

/* Reads a file, "-" being standard input, into api->body. An exit status. */
int api_read(struct api *api, const char *path);
/* Prints why the answer is no success, and what to change, on standard error. */
void api_explain(struct api *api, const struct http_reply *reply);
/* Prints the curl command that does the same. */
int api_print_curl(struct api *api);
/* Fetches all pages from the first on and prints their items. */
int api_all(struct api *api);

/* The API's OpenAPI document, from the profile's copy when that is younger than a day, else from
 * the API. NULL when there is none. quiet_for_s: how long a fetch may take. */
json *api_document(struct profile_store *store, const struct profile *profile, int64_t quiet_for_s);
/* The path of the document that a request's path is for; NULL when there is none. *path_item is its
 * value. */
json *api_document_path(json *document, struct str path);

#endif
