/* What a sign-in experience may be: rules that its members and the connectors there are decide. */
#ifndef SIGNET_DOMAIN_SIGN_IN_RULES_H
#define SIGNET_DOMAIN_SIGN_IN_RULES_H

#include "domain/ctx.h"

/* Kinds of connectors that are set up. */
struct sign_in_means {
    bool email, sms;
};

/* Each fails with Logto's code. */
enum err sign_in_check_sign_up(struct ctx *ctx, json *sign_up, struct sign_in_means means);
enum err sign_in_check_sign_in(struct ctx *ctx, json *sign_in, json *sign_up, json *mfa,
                               struct sign_in_means means);
enum err sign_in_check_mfa(struct ctx *ctx, json *mfa, json *sign_in);
/* adaptive is the stored or new object; mfa the one that is in force afterwards. */
enum err sign_in_check_adaptive(struct ctx *ctx, json *adaptive, json *mfa);
enum err sign_in_check_forgotten(struct ctx *ctx, json *methods, struct sign_in_means means);
/* Whether methods (an array or NULL for any) let a user set a forgotten password anew. */
bool sign_in_can_reset(json *methods, struct sign_in_means means);
/* The policy with its lists free of repeats, as stored text. */
enum err sign_in_clean_blocklist(struct ctx *ctx, json *policy, struct str *out);

bool sign_in_mfa_is_on(json *mfa);

#endif
