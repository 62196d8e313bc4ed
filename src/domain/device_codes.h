/* Device codes: a device waits with one for its user to sign in elsewhere, where they enter the
 * short code that goes with it. RFC 8628 */
#ifndef SIGNET_DOMAIN_DEVICE_CODES_H
#define SIGNET_DOMAIN_DEVICE_CODES_H

#include "domain/ctx.h"

#define DEVICE_CODE_TTL_MS   ((int64_t)600 * 1000)
#define DEVICE_POLL_INTERVAL 5 /* seconds; slow_down adds as many */

enum device_state {
    DEVICE_WAITING, /* for the user to enter its code */
    DEVICE_SIGNING_IN,
    DEVICE_GRANTED,
    DEVICE_DENIED,
};

struct device_code {
    struct str user_code; /* as devices show it; set by device_code_find */
    struct str digest, application_id;
    struct str params; /* JSON, of the authorization request */
    enum device_state state;
    bool expired;
};

/* Stores one and makes the user's code, of 34 random bits, as it is shown ("BCDF-GHJK"). digest: of
 * the device's code (domain/opaque.h). On the writer's connection. */
enum err device_code_create(struct ctx *ctx, const struct device_code *what, struct str *user_code);

/* The one with this code of its user, however it is written; ERR_NOT_FOUND. */
enum err device_code_find(struct ctx *ctx, struct str user_code, struct device_code *out);

/* The user goes on with it: of several at once one gets *mine true. */
enum err device_code_begin(struct ctx *ctx, struct str digest, bool *mine);
/* The user has refused it. */
enum err device_code_deny(struct ctx *ctx, struct str digest);
/* The user has signed in. auth_time: seconds. *granted is false when it has expired meanwhile. */
enum err device_code_grant(struct ctx *ctx, struct str digest, struct str grant_id,
                           int64_t auth_time, bool *granted);

struct device_grant {
    struct str grant_id, user_id, params;
    int64_t auth_time; /* seconds */
};

/* What the device gets for its code: a grant, once, or ERR_OAUTH_PENDING, _SLOW_DOWN (which stays
 * though the request is refused), _EXPIRED, _DEVICE_DENIED, _INVALID_GRANT. One that is used again
 * ends its grant. On the writer's connection. */
enum err device_code_poll(struct ctx *ctx, struct str text, struct str application_id,
                          struct device_grant *out);

#endif
