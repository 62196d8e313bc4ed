/* The parameters of a request: in its body, its URL or its headers. */
#include "base/encoding.h"
#include "cli/cli.h"
#include "cli/oauth.h"

#define FORM_MAX ((size_t)1 << 20)

void oauth_form_open(struct oauth_form *form, struct oauth *oauth, const char *method,
                     struct str url)
{
    *form = (struct oauth_form){.body = buf_new(oauth->arena, FORM_MAX),
                                .query = buf_new(oauth->arena, FORM_MAX),
                                .call = oauth_call(oauth, method, url)};
}

static void add_pair(struct buf *buf, struct str name, struct str value)
{
    if (buf->n)
        buf_byte(buf, '&');
    percent_encode(buf, name);
    buf_byte(buf, '=');
    percent_encode(buf, value);
}

void oauth_form_add(struct oauth_form *form, const char *name, struct str value)
{
    bool in_url = strcmp(form->call.method, "GET") == 0;
    if (value.p)
        add_pair(in_url ? &form->query : &form->body, str_of(name), value);
}

void oauth_form_add_all(struct oauth_form *form, const struct profile *profile, const char *name,
                        enum setting setting)
{
    const struct profile_values *values = &profile->values[setting];
    for (size_t i = 0; i < values->count; i++)
        oauth_form_add(form, name, values->items[i]);
}

/* Takes ",in=PLACE" off the end of text. */
static struct str take_place(struct str *text)
{
    static const struct str places[] = {STR_INIT(",in=body"), STR_INIT(",in=url"),
                                        STR_INIT(",in=header")};
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        if (str_ends(*text, places[i])) {
            text->n -= places[i].n;
            return str_from(places[i], sizeof ",in=" - 1);
        }
    }
    return STR_NONE;
}

int oauth_form_params(struct oauth_form *form, struct oauth *oauth, enum setting setting)
{
    const struct profile_values *values = &oauth->profile->values[setting];
    for (size_t i = 0; i < values->count; i++) {
        struct str text = values->items[i], place = take_place(&text);
        size_t equals = str_find(text, '=');
        struct str name = {text.p, equals}, value = str_from(text, equals + 1);
        if (str_eq(place, STR("header"))) {
            if (!http_call_header(&form->call, oauth->arena, name, value))
                return cli_fail("%.*s cannot be a header", STR_ARG(name));
        } else {
            bool in_url = str_eq(place, STR("url")) || strcmp(form->call.method, "GET") == 0;
            add_pair(in_url ? &form->query : &form->body, name, value);
        }
    }
    return CLI_OK;
}

struct str oauth_form_url(const struct oauth_form *form, struct arena *arena)
{
    struct str url = form->call.url;
    if (!form->query.n)
        return url;
    char joint = str_find(url, '?') < url.n ? '&' : '?';
    return arena_printf(arena, "%.*s%c%.*s", STR_ARG(url), joint, (int)form->query.n,
                        form->query.p);
}
