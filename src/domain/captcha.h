/* The captcha provider of a tenant: one, or none. */
#ifndef SIGNET_DOMAIN_CAPTCHA_H
#define SIGNET_DOMAIN_CAPTCHA_H

#include "domain/ctx.h"

struct captcha {
    struct str id;
    json *config; /* with the secret key */
    int64_t created_at, updated_at;
};

/* *found is false when there is none. */
enum err captcha_find(struct ctx *ctx, struct captcha *captcha, bool *found);
/* Stores config (JSON) in place of what was there. */
enum err captcha_put(struct ctx *ctx, struct str config);
/* What sign-in pages need of it, as the member captchaConfig; nothing when there is none. */
enum err captcha_put_public(struct ctx *ctx);

/* What a page needs to show the widget. */
struct captcha_widget {
    struct str script;  /* address */
    struct str sources; /* of scripts, frames and requests, as in a Content-Security-Policy */
};
/* ERR_NO_MEMORY */
enum err captcha_widget(struct ctx *ctx, const struct captcha *captcha, struct captcha_widget *out);
/* Whether the provider takes the token for a person's: ERR_CAPTCHA_FAILED when it does not, does
 * not answer, or there is none. Asks for slow work. */
enum err captcha_check(struct ctx *ctx, struct str token);

#endif
