/* A sign-in on its way: what has been proven so far is stored with the interaction, and nothing is
 * taken from the step that a browser says it has reached. */
#ifndef SIGNET_EXPERIENCE_EXPERIENCE_H
#define SIGNET_EXPERIENCE_EXPERIENCE_H

#include "domain/interactions.h"
#include "experience/mfa.h"
#include "experience/verification.h"

#define EXPERIENCE_MAX_VERIFICATIONS 16 /* kinds */

enum event { EVENT_NONE, EVENT_SIGN_IN, EVENT_REGISTER, EVENT_FORGOT_PASSWORD };
extern const char *const event_names[]; /* of all but EVENT_NONE, NULL-ended */
struct str event_name(enum event event);
enum event event_of(struct str name); /* EVENT_NONE: no such event */

struct experience {
    struct interaction interaction;
    enum event event;
    struct str user_id; /* identified; {NULL,0}: nobody yet */
    struct profile profile;
    struct mfa mfa;
    /* A token of the captcha provider's was good, or somebody else vouches for a person. */
    bool captcha_verified, captcha_skipped;
    struct verification verifications[EXPERIENCE_MAX_VERIFICATIONS]; /* one of a kind */
    size_t count;
};

/* The interaction of the request's cookie; the header "Interaction" names one of several by its
 * uid. ERR_SESSION_NOT_FOUND. */
enum err experience_find(struct ctx *ctx, struct experience *out);
/* The same for a page, whose query names the application (app_id), when it has begun. */
enum err experience_load_page(struct ctx *ctx, struct experience *out);
/* The same when it has begun; ERR_INTERACTION_NOT_FOUND. */
enum err experience_load(struct ctx *ctx, struct experience *out);
/* On the writer's connection. */
enum err experience_save(struct ctx *ctx, struct experience *experience);

/* ERR_SIGN_IN_MODE when the tenant does not let people do this. makes: the account is complete and
 * about to be made. */
enum err experience_allow(struct ctx *ctx, const struct experience *experience, enum event event,
                          bool makes);
/* ERR_CAPTCHA_REQUIRED where the tenant wants a captcha and this sign-in has none. */
enum err experience_check_captcha(struct ctx *ctx, const struct experience *experience);
/* Begins anew for an event, captcha_verified as it is; whether the tenant lets it is asked when it
 * identifies someone. */
enum err experience_begin(struct ctx *ctx, struct experience *experience, enum event event);

/* As if it had not begun. */
enum err experience_reset(struct ctx *ctx, struct experience *experience);

/* Adds one, in place of an earlier one of its kind, with a new id. */
enum err experience_add(struct ctx *ctx, struct experience *experience, struct verification *what);
/* ERR_VERIFICATION_NOT_FOUND. */
enum err experience_verification(struct ctx *ctx, struct experience *experience, struct str id,
                                 struct verification **out);
/* Whom the verification proves, or a new user who has what it brings; kept. On the writer's
 * connection. */
enum err experience_identify(struct ctx *ctx, struct experience *experience, struct str id);
/* The end of a sign-in or registration, once nothing is missing; a row of the audit log. */
enum err experience_finish(struct ctx *ctx, struct experience *experience);

/* The one of this kind; NULL: none. */
struct verification *experience_find_kind(struct experience *experience,
                                          const struct verification_kind *kind);
/* The one of this kind when it has this id as well; ERR_VERIFICATION_NOT_FOUND. */
enum err experience_get_kind(struct ctx *ctx, struct experience *experience,
                             const struct verification_kind *kind, struct str id,
                             struct verification **out);

/* Answers {"verificationId": id}. */
enum err experience_answer_verification(struct ctx *ctx, struct str id);
extern const struct field experience_verification_reply[];

/* Rows of the API's steps. */
#define EXPERIENCE_STEP(method_value, path_text, where, fields, function, text)                    \
    .method = method_value, .path = STR_INIT("/api/experience" path_text),                         \
    .guard = GUARD_OWN_PAGE, .run = where, .body_mode = BODY_CREATE, .body = fields,               \
    .summary = text, .handle = function
#define EXPERIENCE_PASSWORD_FIELD                                                                  \
    {                                                                                              \
        .name = STR_INIT("password"), .type = FIELD_STRING,                                        \
        .flags = FIELD_CREATE | FIELD_REQUIRED | FIELD_NOT_EMPTY | FIELD_SECRET,                   \
        .max = PASSWORD_MAX, .doc = "The password."                                                \
    }
#define EXPERIENCE_READ(path_text, function, text)                                                 \
    .method = HTTP_M_GET, .path = STR_INIT("/api/experience" path_text), .guard = GUARD_OWN_PAGE,  \
    .run = RUN_READ, .status = 200, .reply = REPLY_OBJECT, .summary = text, .handle = function
#define EXPERIENCE_EMPTY .status = 204, .reply = REPLY_EMPTY
#define EXPERIENCE_VERIFICATION                                                                    \
    .status = 200, .reply = REPLY_OBJECT, .reply_fields = experience_verification_reply

/* Webhooks: how the sign-in ended (PostSignIn and its kin), and what it did to its user
 * ("User.Created", "User.Data.Updated"). */
enum err experience_tell_end(struct ctx *ctx, const struct experience *experience);
enum err experience_tell_user(struct ctx *ctx, const struct experience *experience,
                              const char *event);

/* The row of what happened, for the audit log: Interaction.EVENT.STEP. */
void experience_audit(struct ctx *ctx, const struct experience *experience, const char *step,
                      enum err err);

/* The same under a key of its own. */
void experience_audit_as(struct ctx *ctx, const struct experience *experience, struct str key,
                         enum err err);
/* The row of a verification that another provider makes, with which one it is; none while the step
 * has yet to go on elsewhere. */
void experience_audit_connector(struct ctx *ctx, const struct experience *experience,
                                const struct verification_kind *kind, const char *action,
                                struct str connector_id, enum err err);

/* ERR_VERIFICATION_FAILED when a password that was proven on the way has been changed since. */
enum err experience_check_password(struct ctx *ctx, const struct experience *experience);

#endif
