/* How an application is shown to its users: what its own sign-in experience has of that. */
#ifndef SIGNET_DOMAIN_APPLICATION_LOOKS_H
#define SIGNET_DOMAIN_APPLICATION_LOOKS_H

#include "domain/ctx.h"

struct application_looks {
    struct str name;     /* what operators call it, unless users are shown another name */
    struct str logo_url; /* these three may be absent or empty */
    struct str terms_url, privacy_url;
};

/* app NULL: all is absent. */
enum err application_looks_get(struct ctx *ctx, const struct app *app,
                               struct application_looks *out);

#endif
