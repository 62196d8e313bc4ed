/* A token as a person reads it. */
#ifndef SIGNET_CLI_TOKEN_VIEW_H
#define SIGNET_CLI_TOKEN_VIEW_H

#include "cli/oauth.h"

struct token_view {
    struct str token;
    json *header, *claims; /* NULL: it is no JWT */
    bool checked, verified;
    struct str why;                         /* with which key, or why not */
    struct str requested, granted, missing; /* scopes; granted is requested when nothing was said */
};

/* Decodes the token that the profile uses, and checks its signature with the issuer's keys when
 * check is set. */
void token_view_make(struct oauth *oauth, bool check, struct token_view *view);
/* For people, and as one JSON object with the OAuth answer's own names. */
void token_view_print(const struct oauth *oauth, const struct token_view *view);
int token_view_print_json(const struct oauth *oauth, const struct token_view *view);

#endif
