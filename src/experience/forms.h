/* Parts of forms on the hosted pages; the script takes the steps that flow names. */
#ifndef SIGNET_EXPERIENCE_FORMS_H
#define SIGNET_EXPERIENCE_FORMS_H

#include "domain/interactions.h"
#include "domain/page.h"

/* interaction: its uid; {NULL,0}: none. */
void form_begin(struct ctx *ctx, const char *flow, struct str interaction);
/* value may be absent. new: of an account to be made. */
void form_username(struct ctx *ctx, struct str value, bool new);
void form_password(struct ctx *ctx, bool new);
/* The button, the texts of errors, and the end of the form. */
void form_end(struct ctx *ctx, enum phrase button);
/* The texts of errors and the end, after buttons of one's own. */
void form_close(struct ctx *ctx);

#endif
