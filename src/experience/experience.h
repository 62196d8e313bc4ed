/* A sign-in on its way: what has been proven so far is stored with the interaction, and nothing is
 * taken from the step that a browser says it has reached. */
#ifndef SIGNET_EXPERIENCE_EXPERIENCE_H
#define SIGNET_EXPERIENCE_EXPERIENCE_H

#include "domain/interactions.h"
#include "domain/users.h"

#define EXPERIENCE_MAX_VERIFICATIONS 10

enum event { EVENT_NONE, EVENT_SIGN_IN, EVENT_REGISTER, EVENT_FORGOT_PASSWORD };
extern const char *const event_names[]; /* of all but EVENT_NONE, NULL-ended */
struct str event_name(enum event event);

/* One thing that the user has shown, or is to show. */
struct verification {
    struct str id;
    struct str type; /* "Password", "NewPasswordIdentity" */
    struct str identifier_type, identifier;
    bool verified;
    struct str user_id;            /* whom it proves; {NULL,0}: a user that is yet to be made */
    struct user_password password; /* of that new user */
};

struct experience {
    struct interaction interaction;
    enum event event;
    struct str user_id;  /* identified; {NULL,0}: nobody yet */
    struct str username; /* of a user to be made, set by the profile; {NULL,0}: none */
    struct user_password password;
    struct verification verifications[EXPERIENCE_MAX_VERIFICATIONS];
    size_t count;
};

/* The interaction of the request's cookie; the header "Interaction" names one of several by its
 * uid. ERR_SESSION_NOT_FOUND. */
enum err experience_find(struct ctx *ctx, struct experience *out);
/* The same when it has begun; ERR_INTERACTION_NOT_FOUND. */
enum err experience_load(struct ctx *ctx, struct experience *out);
/* On the writer's connection. */
enum err experience_save(struct ctx *ctx, struct experience *experience);

/* ERR_SIGN_IN_MODE when the tenant does not let people do this. */
enum err experience_allow(struct ctx *ctx, enum event event);
/* Begins anew for an event, when the tenant lets it. */
enum err experience_begin(struct ctx *ctx, struct experience *experience, enum event event);

/* Adds one, in place of an earlier one of its type. A new id when it has none. */
enum err experience_add(struct ctx *ctx, struct experience *experience, struct verification *what);
/* ERR_VERIFICATION_NOT_FOUND. */
enum err experience_verification(struct ctx *ctx, const struct experience *experience,
                                 struct str id, const struct verification **out);

/* The row of what happened, for the audit log: Interaction.EVENT.STEP. */
void experience_audit(struct ctx *ctx, const struct experience *experience, const char *step,
                      enum err err);

#endif
