/* Signing in with an account at another provider. */
#ifndef SIGNET_EXPERIENCE_SOCIAL_H
#define SIGNET_EXPERIENCE_SOCIAL_H

#include "domain/kept_tokens.h"
#include "domain/sso.h"
#include "domain/verification_records.h"
#include "experience/experience.h"

extern const struct verification_kind social_verification;

/* What the kind keeps. */
struct social_own {
    struct str connector_id, target;
    struct social_trip trip;
    struct social_identity who; /* once it is verified */
    /* Of an enterprise connector: where the provider is, and what its answers name it as (RFC
     * 9207); answers_as {NULL,0}: they do not. */
    struct sso_place place;
    struct str answers_as;
    struct str tokens; /* sealed, once it is verified; {NULL,0}: none are kept */
};
enum err social_own_parse(struct ctx *ctx, json *stored, struct verification *what);
void social_own_render(struct json_out *out, const struct verification *what);
/* What a verified one has of tokens to keep. */
struct kept_tokens social_kept(const struct social_own *own, bool enterprise);
/* Name and picture as the provider has them, where it has some; the address that it has verified.
 */
void social_take_over(const struct social_own *own, struct profile *profile);
struct str social_email(const struct verification *what);
/* Seals what the provider gave, when the connector keeps tokens. */
enum err social_keep(struct ctx *ctx, struct social_own *own, bool keeps);
/* From a record of the account API. */
enum err social_read_record(struct ctx *ctx, const struct verification_record *record,
                            struct verification *out);

/* Begins a way to the provider, as a verification of the sign-in; url is where the browser goes. On
 * the writer's connection. */
enum err social_verification_begin(struct ctx *ctx, struct experience *experience,
                                   struct str connector_id, const struct social_trip *wanted,
                                   struct verification *made, struct str *url);
typedef enum err social_begin(struct ctx *ctx, struct experience *experience,
                              struct str connector_id, const struct social_trip *wanted,
                              struct verification *made, struct str *url);
/* The API's step that begins one, and the page that goes to a provider. */
enum err social_start_step(struct ctx *ctx, const struct verification_kind *kind,
                           social_begin *begin);
enum err social_start_page(struct ctx *ctx, const struct verification_kind *kind,
                           social_begin *begin);
/* The API's step that ends one, steps being what is done in it, and the verification that it asks
 * for. */
enum err social_verify_step(struct ctx *ctx, const struct verification_kind *kind,
                            enum err (*steps)(struct ctx *ctx, struct experience *experience));
enum err social_asked(struct ctx *ctx, struct experience *experience,
                      const struct verification_kind *kind, struct verification **out);
/* Its end: the code is given for who it is, once, and kept. state is what came back with it,
 * {NULL,0}: the page has compared it. Asks for slow work and then for the writer. */
enum err social_verification_end(struct ctx *ctx, struct experience *experience,
                                 struct verification *what, struct str code, struct str state);

/* Members of bodies: what goes along to the provider, and what came back. */
#define SOCIAL_TRIP_FIELDS                                                                         \
    {.name = STR_INIT("state"),                                                                    \
     .type = FIELD_STRING,                                                                         \
     .flags = FIELD_CREATE | FIELD_REQUIRED,                                                       \
     .max = 1024,                                                                                  \
     .doc = "Comes back from the provider; the page compares it."},                                \
    {                                                                                              \
        .name = STR_INIT("redirectUri"), .type = FIELD_STRING,                                     \
        .flags = FIELD_CREATE | FIELD_REQUIRED, .max = 2048,                                       \
        .doc = "Where the provider sends the browser."                                             \
    }
#define SOCIAL_DATA_FIELD                                                                          \
    {                                                                                              \
        .name = STR_INIT("connectorData"), .type = FIELD_MAP,                                      \
        .flags = FIELD_CREATE | FIELD_REQUIRED,                                                    \
        .doc = "The parameters that came back: `code`, and `state` if the page has not compared "  \
               "it."                                                                               \
    }

extern const struct field social_start_body[], social_verify_body[], social_start_reply[];

/* A link to sign in with a provider: path and id are its address. */
void social_put_provider(struct ctx *ctx, const char *path, struct str id, struct str name);
/* Links to the providers that the tenant shows, for the page to sign in. */
enum err social_put_links(struct ctx *ctx);
/* The same as JSON, for the account page: [{"id", "target", "name"}…]. */
enum err social_offers(struct ctx *ctx, struct str *out);
/* How the states begin that the account page makes: the provider's answer is for that page. */
#define SOCIAL_ACCOUNT_STATE "account."
/* Where a sign-in goes whose application has chosen the provider (direct_sign_in "social:TARGET",
 * "sso:ID"); {NULL,0}: to the page. */
enum err social_direct(struct ctx *ctx, const struct interaction *interaction, struct str *url);

#endif
