/* Decoding a token, and laying it out. */
#include "cli/token_view.h"

#include "base/clock.h"
#include "base/encoding.h"
#include "cli/cli.h"
#include "cli/terminal.h"
#include "cli/token_verify.h"
#include "crypto/keyring.h"

#define NAME_WIDTH 12
#define TEXT_MAX   ((size_t)1 << 20)
#define MINUTE     INT64_C(60)
#define HOUR       (60 * MINUTE)
#define DAY        (24 * HOUR)

static json *decode_header(struct str token, struct arena *arena)
{
    size_t n;
    json *header = NULL;
    struct str part = {token.p, str_find(token, '.')};
    char *text = arena_bytes(arena, part.n + 1);
    if (!text || !base64url_decode(part, text, part.n, &n) ||
        json_parse(arena, (struct str){text, n}, &header, NULL) != JSON_OK)
        return NULL;
    return yyjson_is_obj(header) ? header : NULL;
}

/* The words of wanted that are not among have. */
static struct str without(struct arena *arena, struct str wanted, struct str have)
{
    struct buf out = buf_new(arena, TEXT_MAX);
    struct str word;
    while ((word = str_split(&wanted, ' ')).p) {
        if (!word.n || str_has_word(have, word))
            continue;
        if (out.n)
            buf_byte(&out, ' ');
        buf_str(&out, word);
    }
    return buf_view(&out);
}

void token_view_make(struct oauth *oauth, bool check, struct token_view *view)
{
    const struct profile *profile = oauth->profile;
    bool id = str_eq(profile_get(profile, SET_USE), STR("id_token"));
    *view = (struct token_view){.checked = check, .why = STR("it was not checked")};
    view->token = profile_get(profile, id ? SET_ID_TOKEN : SET_ACCESS_TOKEN);
    view->header = decode_header(view->token, oauth->arena);
    view->claims = view->header ? jws_peek(view->token, oauth->arena) : NULL;
    view->requested = profile_get(profile, SET_SCOPE);
    /* Without scope in the answer what was asked for is granted (RFC 6749 5.1), unless the token
     * itself says otherwise. */
    struct str told = json_str(json_get(view->claims, STR("scope")));
    view->granted = profile_get_or(profile, SET_GRANTED_SCOPE, told.n ? told : view->requested);
    view->missing = without(oauth->arena, view->requested, view->granted);
    if (!view->claims)
        view->why = STR("it is opaque: only its issuer can read it");
    else if (check)
        view->verified = token_verify(oauth, view->token, &view->why);
}

/* "in 59 min", "3 h ago". */
static struct str distance(struct arena *arena, int64_t seconds)
{
    int64_t size = seconds < 0 ? -seconds : seconds;
    const char *before = seconds < 0 ? "" : "in ", *after = seconds < 0 ? " ago" : "";
    if (!seconds)
        return STR("now");
    int64_t unit_s = size < MINUTE ? 1 : size < HOUR ? MINUTE : size < DAY ? HOUR : DAY;
    int64_t count = (size + unit_s / 2) / unit_s;
    const char *unit = size < MINUTE ? "s" : size < HOUR ? "min" : size < DAY ? "h" : "d";
    return arena_printf(arena, "%s%lld %s%s", before, (long long)count, unit, after);
}

static void line(const char *name, enum terminal_style style, struct str value)
{
    printf("%s%-*s%s %s%.*s%s\n", terminal_style(stdout, STYLE_DIM), NAME_WIDTH, name,
           terminal_style(stdout, STYLE_PLAIN), terminal_style(stdout, style), STR_ARG(value),
           terminal_style(stdout, STYLE_PLAIN));
}

static bool is_time(struct str name)
{
    static const char *const names[] = {"iat", "exp", "nbf", "auth_time", "updated_at"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (str_eq(name, str_of(names[i])))
            return true;
    }
    return false;
}

/* The members of a header or of claims, one a line; numbers that are times are put into words. */
static void print_members(struct arena *arena, const char *title, json *object)
{
    size_t i, n;
    yyjson_val *key, *value;
    printf("\n%s\n", title);
    yyjson_obj_foreach(object, i, n, key, value)
    {
        struct str name = terminal_safe(arena, json_str(key));
        struct str text = terminal_safe(arena, json_text(arena, value));
        printf("  %s%-*.*s%s %.*s", terminal_style(stdout, STYLE_KEY), NAME_WIDTH - 2,
               STR_ARG(name), terminal_style(stdout, STYLE_PLAIN), STR_ARG(text));
        if (is_time(name) && yyjson_is_num(value)) {
            int64_t seconds = (int64_t)yyjson_get_num(value);
            printf("  %.*s, %.*s", STR_ARG(profile_time(arena, seconds * 1000)),
                   STR_ARG(distance(arena, seconds - clock_now_ms() / 1000)));
        }
        putchar('\n');
    }
}

static struct str expiry(const struct oauth *oauth)
{
    int64_t at = profile_int(oauth->profile, SET_EXPIRES_AT, 0);
    if (!at)
        return STR("the server did not say");
    struct str in = distance(oauth->arena, (at - clock_now_ms()) / 1000);
    return arena_printf(oauth->arena, "%.*s, %.*s", STR_ARG(profile_time(oauth->arena, at)),
                        STR_ARG(in));
}

void token_view_print(const struct oauth *oauth, const struct token_view *view)
{
    struct arena *arena = oauth->arena;
    const struct profile *profile = oauth->profile;
    struct str kind = profile_get_or(profile, SET_USE, STR("access_token"));
    struct str type = terminal_safe(arena, profile_get(profile, SET_TOKEN_TYPE));
    line("token", STYLE_PLAIN,
         arena_printf(arena, "%.*s, %.*s, %zu characters", STR_ARG(kind), STR_ARG(type),
                      view->token.n));
    line("expires", STYLE_PLAIN, expiry(oauth));
    line("requested", STYLE_PLAIN, view->requested.n ? view->requested : STR("no scope"));
    line("granted", STYLE_PLAIN,
         view->granted.n ? terminal_safe(arena, view->granted) : STR("no scope"));
    if (view->missing.n)
        line("not granted", STYLE_BAD, view->missing);
    line("refresh", STYLE_PLAIN,
         profile_get(profile, SET_REFRESH_TOKEN).n ? STR("by refresh token")
                                                   : STR("by a new request"));
    if (view->checked || !view->claims)
        line("signature", view->verified ? STYLE_GOOD : STYLE_BAD,
             arena_printf(arena, "%s %.*s",
                          view->verified ? "verified" : "not verified:", STR_ARG(view->why)));
    if (!view->claims)
        return;
    print_members(arena, "Header", view->header);
    print_members(arena, "Claims", view->claims);
}

static void put_words(struct json_out *out, struct str words)
{
    struct str word;
    json_open_array(out);
    while ((word = str_split(&words, ' ')).p) {
        if (word.n)
            json_put_str(out, word);
    }
    json_close_array(out);
}

static void put_decoded(struct json_out *out, const struct token_view *view)
{
    json_key(out, STR("header"));
    json_put_value(out, view->header);
    json_key(out, STR("claims"));
    json_put_value(out, view->claims);
    json_key(out, STR("signature"));
    json_open_object(out);
    JSON_BOOL(out, "verified", view->verified);
    JSON_STR(out, "why", view->why);
    json_close_object(out);
}

int token_view_print_json(const struct oauth *oauth, const struct token_view *view)
{
    const struct profile *profile = oauth->profile;
    int64_t expires = profile_int(profile, SET_EXPIRES_AT, 0);
    struct buf buf = buf_new(oauth->arena, TEXT_MAX);
    struct json_out out = json_out(&buf);
    json_open_object(&out);
    JSON_STR(&out, "access_token", profile_get(profile, SET_ACCESS_TOKEN));
    JSON_STR(&out, "token_type", profile_get(profile, SET_TOKEN_TYPE));
    JSON_STR(&out, "refresh_token", profile_get(profile, SET_REFRESH_TOKEN));
    JSON_STR(&out, "id_token", profile_get(profile, SET_ID_TOKEN));
    JSON_STR(&out, "expires_at", expires ? profile_time(oauth->arena, expires) : STR_NONE);
    JSON_STR(&out, "scope", view->granted);
    JSON_STR(&out, "requested_scope", view->requested);
    json_key(&out, STR("missing_scopes"));
    put_words(&out, view->missing);
    if (view->claims)
        put_decoded(&out, view);
    json_close_object(&out);
    struct str text = buf_view(&buf);
    if (!text.p)
        return cli_fail("memory is out");
    printf("%.*s\n", STR_ARG(text));
    return CLI_OK;
}
