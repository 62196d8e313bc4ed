/* Codes that are sent to an email address or a phone number, to see whether it is the user's. */
#ifndef SIGNET_DOMAIN_VERIFICATION_CODES_H
#define SIGNET_DOMAIN_VERIFICATION_CODES_H

#include "domain/messages.h"

/* Makes a code of six digits in place of the scope's earlier one and sends it with the message;
 * pretend: sends nothing, though all looks as if. scope: what it is good for, such as the id of a
 * verification. The errors of message_send. */
enum err code_send(struct ctx *ctx, struct str scope, struct message *message, bool pretend);

/* Uses the scope's code up when it was sent to this recipient: one of several at once succeeds.
 * Each wrong one counts, though the request is refused. ERR_CODE_NOT_FOUND, _EMAIL, _PHONE,
 * _EXPIRED, _TRIES, _WRONG. On the writer's connection. */
enum err code_use(struct ctx *ctx, struct str scope, struct str recipient, bool by_phone,
                  struct str code);

#endif
