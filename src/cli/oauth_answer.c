/* What the token endpoint says, and what it means to a person. RFC 6749 5 */
#include "base/clock.h"
#include "cli/cli.h"
#include "cli/oauth.h"
#include "cli/terminal.h"

#define SECONDS_MAX ((int64_t)100 * 365 * 86400)

/* Error codes, what to change, and the exit status. */
static const struct advice {
    struct str error;
    const char *text;
    int status;
} advices[] = {
    {STR_INIT("invalid_client"), "check --client-id, the secret and --client-auth", CLI_REFUSED},
    {STR_INIT("invalid_scope"), "ask for fewer with --scope, or give the client these scopes",
     CLI_REFUSED},
    {STR_INIT("invalid_target"), "name an API that the server knows with --resource", CLI_REFUSED},
    {STR_INIT("unauthorized_client"),
     "allow this client the grant at the server, or choose another --grant", CLI_REFUSED},
    {STR_INIT("unsupported_grant_type"), "choose another --grant", CLI_REFUSED},
    {STR_INIT("invalid_grant"),
     "the code, refresh token or password is used, expired or wrong: start anew", CLI_REFUSED},
    {STR_INIT("invalid_request"), "check the options against what the server expects", CLI_REFUSED},
    {STR_INIT("access_denied"), "somebody said no, or the server's rules do: ask there",
     CLI_REFUSED},
    {STR_INIT("server_error"), "look into the server's log", CLI_API_5XX},
    {STR_INIT("temporarily_unavailable"), "try again later", CLI_API_5XX},
    {STR_INIT("expired_token"), "nobody entered the code in time: run it again", CLI_INTERACTION},
    {STR_INIT("login_required"), "sign in with the browser", CLI_INTERACTION},
    {STR_INIT("consent_required"), "agree in the browser", CLI_INTERACTION},
    {STR_INIT("interaction_required"), "answer the server's questions in the browser",
     CLI_INTERACTION},
};

int oauth_refused(const struct oauth *oauth, struct str error, struct str description)
{
    const char *text = "see the server's documentation";
    int status = CLI_REFUSED;
    for (size_t i = 0; i < sizeof advices / sizeof *advices; i++) {
        if (str_eq(advices[i].error, error)) {
            text = advices[i].text;
            status = advices[i].status;
        }
    }
    struct str safe = terminal_safe(oauth->arena, description);
    if (oauth->quiet)
        return status;
    fprintf(stderr, "signet: the server refuses: %.*s%s%.*s%s (%s)\n",
            STR_ARG(terminal_safe(oauth->arena, error)), safe.n ? " (" : "", STR_ARG(safe),
            safe.n ? ")" : "", text);
    return status;
}

int oauth_answer_refused(const struct oauth *oauth, const struct oauth_answer *answer)
{
    struct str description = json_str(json_get(answer->json, STR("error_description")));
    return oauth_refused(oauth, answer->error, description);
}

/* An answer that is not what RFC 6749 5 knows. */
static int strange(const struct oauth *oauth, struct str url, const struct http_reply *reply)
{
    struct arena *arena = oauth->arena;
    if (reply->status >= 300 && reply->status < 400) {
        struct str location = terminal_safe(arena, http_reply_header(reply, STR("location")));
        fprintf(stderr,
                "signet: %.*s redirects to %.*s, where a secret must not follow: give the final "
                "address with --token-url or --issuer\n",
                STR_ARG(url), STR_ARG(location));
        return CLI_NETWORK;
    }
    if (reply->status >= 500) {
        fprintf(stderr, "signet: %.*s answers %ld: the server fails, look into its log\n",
                STR_ARG(url), reply->status);
        return CLI_API_5XX;
    }
    struct str type = terminal_safe(arena, http_reply_header(reply, STR("content-type")));
    fprintf(stderr,
            "signet: %.*s answers %ld with %.*s instead of the JSON of a token endpoint: check "
            "--token-url or --issuer\n",
            STR_ARG(url), reply->status, STR_ARG(type.n ? type : STR("no type")));
    return CLI_NETWORK;
}

int oauth_send(struct oauth *oauth, struct oauth_form *form, struct oauth_answer *answer)
{
    struct http_reply reply;
    struct str why, url = form->call.url;
    form->call.url = oauth_form_url(form, oauth->arena);
    form->call.body = form->body.n ? buf_view(&form->body) : STR("");
    if (form->body.failed || form->query.failed)
        return cli_fail("the request is too large");
    http_call_header(&form->call, oauth->arena, STR("Content-Type"),
                     STR("application/x-www-form-urlencoded"));
    http_call_header(&form->call, oauth->arena, STR("Accept"), STR("application/json"));
    if (!http_client_send(&form->call, oauth->arena, &reply, &why)) {
        fprintf(stderr, "signet: %.*s\n", STR_ARG(why));
        return CLI_NETWORK;
    }
    *answer = (struct oauth_answer){.http_status = reply.status};
    bool is_json = json_parse(oauth->arena, reply.body, &answer->json, NULL) == JSON_OK &&
                   yyjson_is_obj(answer->json);
    answer->error = is_json ? json_str(json_get(answer->json, STR("error"))) : STR_NONE;
    bool fine = is_json && (answer->error.n || reply.status == 200);
    return fine ? CLI_OK : strange(oauth, url, &reply);
}

static void keep_text(struct oauth *oauth, enum setting setting, const struct oauth_answer *answer,
                      const char *member)
{
    profile_set(oauth->profile, setting, json_str(json_get(answer->json, str_of(member))));
}

/* Some servers send the number as text. */
int64_t oauth_answer_seconds(const struct oauth_answer *answer, struct str member, int64_t fallback)
{
    json *value = json_get(answer->json, member);
    struct str text = json_str(value);
    int64_t whole = 0;
    double seconds = yyjson_is_num(value)         ? yyjson_get_num(value)
                     : str_to_int64(text, &whole) ? (double)whole
                                                  : -1;
    if (seconds > (double)SECONDS_MAX)
        return SECONDS_MAX;
    return seconds >= 0 ? (int64_t)seconds : fallback;
}

/* RFC 6749 A.12: it goes into a header, and to a terminal. */
static bool is_token(struct str token)
{
    for (size_t i = 0; i < token.n; i++) {
        if (token.p[i] < ' ' || token.p[i] > '~')
            return false;
    }
    return token.n > 0;
}

int oauth_keep(struct oauth *oauth, const struct oauth_answer *answer, bool keep_refresh)
{
    struct profile *profile = oauth->profile;
    struct str refresh = json_str(json_get(answer->json, STR("refresh_token")));
    struct str token = json_str(json_get(answer->json, STR("access_token")));
    int64_t now = clock_now_ms(), seconds = oauth_answer_seconds(answer, STR("expires_in"), 0);
    if (token.n && !is_token(token)) {
        fputs("signet: the server's access_token has characters that no token has: check "
              "--token-url\n",
              stderr);
        return CLI_NETWORK;
    }
    if (!token.n) {
        fputs("signet: the server's answer has no access_token: check --token-url\n", stderr);
        return CLI_NETWORK;
    }
    keep_text(oauth, SET_ACCESS_TOKEN, answer, "access_token");
    keep_text(oauth, SET_ID_TOKEN, answer, "id_token");
    keep_text(oauth, SET_TOKEN_TYPE, answer, "token_type");
    keep_text(oauth, SET_GRANTED_SCOPE, answer, "scope");
    if (refresh.n || !keep_refresh)
        profile_set(profile, SET_REFRESH_TOKEN, refresh.n ? refresh : STR_NONE);
    profile_set_int(profile, SET_RECEIVED_AT, now);
    profile_set(profile, SET_EXPIRES_AT, STR_NONE);
    if (seconds > 0)
        profile_set_int(profile, SET_EXPIRES_AT, now + seconds * 1000);
    return CLI_OK;
}

int oauth_token_request(struct oauth *oauth, struct oauth_form *form, bool keep_refresh)
{
    struct oauth_answer answer = {.json = NULL};
    int status = oauth_authenticate(oauth, form);
    if (!status)
        status = oauth_send(oauth, form, &answer);
    if (status)
        return status;
    return answer.error.n ? oauth_answer_refused(oauth, &answer)
                          : oauth_keep(oauth, &answer, keep_refresh);
}
