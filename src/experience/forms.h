/* Parts of forms on the hosted pages; the script takes the steps that flow names. */
#ifndef SIGNET_EXPERIENCE_FORMS_H
#define SIGNET_EXPERIENCE_FORMS_H

#include "domain/interactions.h"
#include "domain/page.h"

/* interaction: its uid; {NULL,0}: none. */
void form_begin(struct ctx *ctx, const char *flow, struct str interaction);
/* What acts for a form (form_begin has it): before its fields and buttons, so that whoever presses
 * one as soon as it is there is heard. */
void form_script(struct ctx *ctx);
/* value may be absent. new: of an account to be made. */
void form_username(struct ctx *ctx, struct str value, bool new);
/* One of several kinds of identifiers: blank-separated words of "username", "email" and "phone". */
void form_identifier(struct ctx *ctx, struct str kinds, struct str value);
/* A code that was received or is shown elsewhere. */
void form_code(struct ctx *ctx);
void form_password(struct ctx *ctx, bool new);
/* Where the tenant wants a captcha: the place of its provider's widget. For forms that begin a
 * sign-in; nothing when the settings cannot be read. */
void form_captcha(struct ctx *ctx);
/* An attribute for scripts, behind the name of an element: data-NAME. */
void form_data(struct ctx *ctx, const char *name, struct str value);
/* Where the script says that another code is on its way. */
void form_resent(struct ctx *ctx);
/* A button that tells the script of a decision; second: beside the first one, and without its
 * fields. */
void form_button(struct ctx *ctx, const char *decision, enum phrase text, bool second);
/* The button, the texts of errors, and the end of the form. */
void form_end(struct ctx *ctx, enum phrase button);
/* An item of a list for each error that scripts explain, by its code; the last one is for all
 * others. */
void form_put_errors(struct ctx *ctx);
/* The texts of errors and the end, after buttons of one's own. */
void form_close(struct ctx *ctx);
/* The whole form that asks where to send a code (code_pages.c); event: as the API names it. */
void form_ask_code(struct ctx *ctx, struct str interaction, struct str event, struct str kinds,
                   struct str value);
/* The addresses of terms and privacy policy, with a box to agree by where the tenant wants one;
 * registers: for an account to be made. Nothing when there are none, or the settings cannot be
 * read.
 */
void form_terms(struct ctx *ctx, bool registers);
/* Links to them; empty or absent: none. */
void form_terms_links(struct ctx *ctx, struct str terms_url, struct str privacy_url);
/* A line with a link to another page of the same sign-in. */
void form_link(struct ctx *ctx, const char *path, enum phrase text);

#endif
