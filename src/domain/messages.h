/* Messages to people, by email or to their phones: rows of an outbox, which jobs/delivery.c sends
 * through the connector that there is by then. */
#ifndef SIGNET_DOMAIN_MESSAGES_H
#define SIGNET_DOMAIN_MESSAGES_H

#include "domain/connectors.h"
#include "http/outgoing.h"

struct message {
    const char *usage; /* what it is for: "SignIn", "Generic"…, as templates are named */
    struct str to;     /* an email address, or a phone number */
    bool by_phone;
    struct str code, link; /* {NULL,0}: it has none */
    json *more;            /* object of further texts for the template; NULL: none */
    struct str locale;     /* language wanted; {NULL,0}: the tenant's */
    struct str application_id, organization_id; /* what it is about; {NULL,0}: none */
    struct str inviter_id; /* the user who asks for it; {NULL,0}: nobody is named */
};

/* Within the change's transaction. ERR_NO_CONNECTOR when there is nothing to send it with,
 * ERR_MESSAGE_RATE when this recipient has got ten in ten minutes; the first time of a user's
 * request, what it has written so far stays (ctx_keep_writes), as webhooks are told. */
enum err message_send(struct ctx *ctx, const struct message *message);
/* Tells the owner of an address that the account was changed in what it is signed in with; change
 * ("password", "email", "phone", "mfa") is told to the template, which is that of the first of the
 * languages (blank-separated tags), else of the one that the request's browser wants. Nothing
 * happens where there is no address ({NULL,0}) or nothing to send with. ASVS 6.3.7 */
enum err message_notice(struct ctx *ctx, struct str address, const char *change,
                        struct str languages);
/* Counts one against the recipient without sending it, so that nothing tells the two apart. The
 * same errors. */
enum err message_pretend(struct ctx *ctx, const struct message *message);

/* ---- For who sends (message_request.c) ---- */

/* What is told, as JSON: {"to", "type", "payload", "ip", "template"}; made by message_send and
 * message_text, opened with the place "messages|sealed" and the row's id. */
enum err message_text(struct ctx *ctx, const struct message *message, struct str *text);

/* Makes the request of a message: for a connector of this factory, with its config. NULL, or why it
 * cannot be made: a static text. */
const char *message_request(struct arena *arena, const struct connector_factory *factory,
                            struct str config, struct str text, struct outgoing *out);
/* Whether messages can be sent with connectors of this factory. */
bool message_is_supported(const struct connector_factory *factory);

/* template with {{name}} and {{name.member}} taken from payload; what payload does not have at all
 * stays as it is. html: values are escaped. */
struct str message_fill(struct arena *arena, struct str template, json *payload, bool html);

#endif
