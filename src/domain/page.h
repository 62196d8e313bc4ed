/* Hosted pages: HTML that is written piece by piece, with every value escaped, and the texts on
 * them in the user's language. */
#ifndef SIGNET_DOMAIN_PAGE_H
#define SIGNET_DOMAIN_PAGE_H

#include "domain/ctx.h"

enum phrase {
#define PHRASE(name, english) PHRASE_##name,
#include "domain/phrases.def"
#undef PHRASE
    PHRASE_COUNT
};

/* A parameter of the page's query, or else of the sign-in that it belongs to (app_id). {NULL,0}:
 * neither has it. */
struct str page_wish(struct ctx *ctx, struct str name);

/* The language of the request: of ui_locales (page_wish), then, when the settings let it be
 * detected, of Accept-Language, then the one that the settings fall back to, else English. */
const char *page_language(struct ctx *ctx);
/* The text in it, as the tenant's custom phrases have it where they do. */
struct str phrase(struct ctx *ctx, enum phrase which);

/* Whether the client shows pages rather than reads JSON. */
bool page_is_wanted(const struct ctx *ctx);

/* Starts a page with its title as heading. */
void page_begin(struct ctx *ctx, enum phrase title);
/* Of such a page only the beginning of its head, which is open for more. */
void page_head(struct ctx *ctx, enum phrase title);
/* Ends it; status 0: the route's. The answer is then complete. */
enum err page_end(struct ctx *ctx, int status);

/* Markup of ours, as it is. */
#define PAGE_LIT(ctx, literal) BUF_LIT(&(ctx)->answer.body, literal)
/* Any text: < > & " ' become entities. */
void page_text(struct ctx *ctx, struct str text);
void page_phrase(struct ctx *ctx, enum phrase which);
/* The same with a number where the text has place, as "{{count}}". */
void page_phrase_number(struct ctx *ctx, enum phrase which, struct str place, int64_t number);
/* <p>…</p> */
void page_paragraph(struct ctx *ctx, enum phrase which);
/* The same of what has just happened. */
void page_notice(struct ctx *ctx, enum phrase which);
/* <input type="hidden"> */
void page_hidden(struct ctx *ctx, struct str name, struct str value);

/* A whole page about an error: what failed, its OAuth error code. */
enum err page_error(struct ctx *ctx, int status, struct str code, struct str description);

/* "https://host:port" of an address, "app:" of one with a scheme of its own; for form_target.
 * Absent stays absent. */
struct str page_origin(struct arena *arena, struct str uri);

/* A redirect: status, Location (it must be a checked address), and a short text. */
enum err answer_redirect(struct ctx *ctx, int status, struct str location);

#endif
