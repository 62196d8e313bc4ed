/* One thing that the user of a sign-in has shown, or is to show. */
#ifndef SIGNET_EXPERIENCE_VERIFICATION_H
#define SIGNET_EXPERIENCE_VERIFICATION_H

#include "experience/factor.h"
#include "experience/profile.h"

struct verification_kind;

struct verification {
    struct str id;
    const struct verification_kind *kind;
    struct str identifier_type, identifier; /* "email" and such; {NULL,0}: it has none */
    bool verified;
    void *own; /* the kind's, in the request's arena; NULL: it keeps nothing more */
};

/* A kind is a row in a file of its own, which VERIFICATION_KIND joins to the others. */
struct verification_kind {
    struct str type; /* "Password", as the API names it */
    /* What it keeps beside the above: members of the object that stands for it in the state. parse
     * makes what->own (ERR_NO_MEMORY when that fails); NULL: nothing. */
    enum err (*parse)(struct ctx *ctx, json *stored, struct verification *what);
    void (*render)(struct json_out *out, const struct verification *what);
    /* The part of it that the browser may see; NULL: none. */
    void (*show)(struct json_out *out, const struct verification *what);
    /* Whom a verified one proves, or why nobody. NULL: it says nothing about who it is, as a second
     * factor. */
    enum err (*identify)(struct ctx *ctx, const struct verification *what, struct str *user_id);
    /* What a user has by it. NULL: no account can be begun with it. */
    enum err (*profile)(struct ctx *ctx, const struct verification *what, struct profile *profile);
    /* What signing in by it changes about the user at the end. NULL: nothing. */
    enum err (*bring)(struct ctx *ctx, const struct verification *what, struct profile *profile);
    /* The email address that it brings where it has no identifier; NULL: it brings none. */
    struct str (*email)(const struct verification *what);
    /* Of a second factor: whether a verified one proves it of this user, who had it before. NULL:
     * it is none. */
    bool (*proves)(const struct verification *what, struct str user_id);
    enum factor factor;
};

#define VERIFICATION_KIND(name)                                                                    \
    extern const struct verification_kind name;                                                    \
    static const struct verification_kind *const name##_row                                        \
        __attribute__((used, section("verification_kinds"))) = &name;                              \
    const struct verification_kind name

/* Kinds that steps of others ask for; those of codes and of providers are in their own headers. */
extern const struct verification_kind password_verification, one_time_token_verification;

/* The kind of this type; NULL: none. */
const struct verification_kind *verification_kind_find(struct str type);

static inline bool verification_is(const struct verification *what,
                                   const struct verification_kind *kind)
{
    return what->kind == kind;
}

/* The email address that it has or brings; {NULL,0}: none. */
struct str verification_email(const struct verification *what);

/* Reads one from the state of a sign-in; *known tells whether it is of a kind that there is. */
enum err verification_parse(struct ctx *ctx, json *stored, struct verification *out, bool *known);
/* As an object: what is stored, and what the browser may see of it. */
void verification_render(struct json_out *out, const struct verification *what);
void verification_show(struct json_out *out, const struct verification *what);

#endif
