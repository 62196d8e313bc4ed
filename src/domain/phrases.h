/* Phrases: what sign-in pages say, built in and as a tenant has changed it. */
#ifndef SIGNET_DOMAIN_PHRASES_H
#define SIGNET_DOMAIN_PHRASES_H

#include "domain/ctx.h"

/* The built-in English phrases as one object, each as changes (nested objects of texts, or NULL)
 * has it where it does. */
void phrases_put(struct json_out *out, json *changes);
/* Whether changes name only phrases that there are, each with a text; empty texts and objects do
 * not count. */
bool phrases_fit(json *changes);
/* changes without empty texts and objects, as stored text. */
struct str phrases_clean(struct arena *arena, json *changes);

/* The language to talk to the browser in: wanted (may be absent) if there are phrases of it, else,
 * when the sign-in experience says so, what Accept-Language prefers, else the fallback; with the
 * tenant's changes (NULL when there are none). tag lives in the arena. */
enum err phrases_choose(struct ctx *ctx, struct str wanted, struct str *tag, json **changes);

#endif
