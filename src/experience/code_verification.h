/* Verifications by a code that is sent to an email address or a phone. */
#ifndef SIGNET_EXPERIENCE_CODE_VERIFICATION_H
#define SIGNET_EXPERIENCE_CODE_VERIFICATION_H

#include "experience/experience.h"

extern const struct verification_kind email_code_verification, phone_code_verification;

/* Adds a verification and sends a code for it, and uses one up for it. usage is the message's. Both
 * on the writer's connection; errors of code_send and code_use. */
enum err experience_send_code(struct ctx *ctx, struct experience *experience,
                              struct verification *what, const char *usage, bool pretend);
enum err experience_use_code(struct ctx *ctx, struct experience *experience,
                             struct verification *what, struct str code);

/* Members of bodies about codes: whose address, and the code. */
#define CODE_IDENTIFIER_FIELD                                                                      \
    {                                                                                              \
        .name = STR_INIT("identifier"), .type = FIELD_OBJECT,                                      \
        .flags = FIELD_CREATE | FIELD_REQUIRED, .fields = identifier_code_fields,                  \
        .doc = "Where the code is sent."                                                           \
    }
#define CODE_FIELDS(id_doc)                                                                        \
    {.name = STR_INIT("verificationId"),                                                           \
     .type = FIELD_STRING,                                                                         \
     .flags = FIELD_CREATE | FIELD_REQUIRED,                                                       \
     .doc = (id_doc)},                                                                             \
    {                                                                                              \
        .name = STR_INIT("code"), .type = FIELD_STRING,                                            \
        .flags = FIELD_CREATE | FIELD_REQUIRED | FIELD_SECRET, .max = 32,                          \
        .doc = "The code that was received."                                                       \
    }

/* Tokens of magic links, which bring an address as codes do. */
extern const struct verification_kind one_time_token_verification;

#endif
