/* Webhooks: who is told of what happens. */
#ifndef SIGNET_DOMAIN_HOOKS_H
#define SIGNET_DOMAIN_HOOKS_H

#include "base/ids.h"
#include "domain/ctx.h"
#include "domain/id_list.h"
#include "http/outgoing.h"

/* The same for each attempt at one delivery: by it a receiver knows what it has taken already. */
#define HOOK_ID_HEADER "webhook-id"

extern const char *const hook_events[]; /* NULL-ended, as Logto's */

/* Called by serve.c after a writing Management API route has succeeded, inside its transaction:
 * what the route's change is called, if Logto has an event of it, goes to every hook that wants it,
 * as rows of hook_deliveries, which jobs/delivery.c sends. */
enum err hooks_note_change(struct ctx *ctx);
/* The same of another event of a request, with its data (JSON). */
enum err hooks_note(struct ctx *ctx, const char *event, struct str data);

/* The same, with one more member that names what the change is about, as "roleId". */
enum err hooks_note_about(struct ctx *ctx, const char *event, struct str data, struct str name,
                          struct str id);

/* An event that is no change through the Management API. */
struct hook_happening {
    const char *event;
    bool of_interaction; /* what is told is how a sign-in ended; else what happened to data */
    struct str interaction_event, session_id; /* of the sign-in; {NULL,0}: it belongs to none */
    struct str application_id;                /* {NULL,0}: none */
    struct str user_id; /* whom it is about, and who is shown; {NULL,0}: nobody */
    struct str members; /* JSON object of further members, or {NULL,0} */
};
/* Within the transaction of what happened; one that is refused must be kept (ctx_keep_writes). */
enum err hooks_note_happening(struct ctx *ctx, const struct hook_happening *what);
/* What the hook is sent of it (hook_happenings.c). */
enum err hook_happening_payload(struct ctx *ctx, const struct hook_happening *what, struct str hook,
                                struct str *payload);

enum hook_member { HOOK_MEMBER_USER, HOOK_MEMBER_APPLICATION };

/* Who came to an organization and who left it. */
struct hook_members {
    struct str organization;
    enum hook_member kind;
    struct id_list added, removed;
};
/* Organization.Membership.Updated, with these in place of the answer; lists that are empty are left
 * out. Told even when both are. */
enum err hooks_note_members(struct ctx *ctx, const struct hook_members *members);

/* One delivery to one hook: a row of hook_deliveries, due at once; id is what the receiver sees in
 * HOOK_ID_HEADER. ERR_NO_MEMORY when payload is absent. */
enum err hook_deliver(struct ctx *ctx, struct str hook, struct str event, struct str payload,
                      char id[ID_ORDERED_LENGTH]);

/* Seal and open a hook's config (JSON) and signing key. */
enum err hook_seal(struct ctx *ctx, const char *what, struct str id, struct str plain,
                   struct str *sealed);
struct str hook_open(struct vault *vault, struct arena *arena, const char *what, struct str id,
                     struct str sealed);
/* The member config; for who only looks without the headers, which may hold credentials. */
void hook_put_config(struct ctx *ctx, struct json_out *out, struct str config);

/* The request that delivers payload (JSON): address and headers as config says, signed by key with
 * HMAC-SHA-256. All texts live in the arena. False when config cannot be used. */
bool hook_request(struct arena *arena, struct str config, struct str key, struct str payload,
                  struct outgoing *out);
/* Whether the receiver took it. */
static inline bool hook_was_taken(const struct outgoing *out)
{
    return out->status >= 200 && out->status < 300;
}

/* 2026-11-24T12:00:00.000Z, in the arena. */
struct str hook_time(struct arena *arena, int64_t ms);

#endif
