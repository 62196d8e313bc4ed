/* GET and POST /oidc/auth, and /oidc/auth/:uid, where a request goes on after the pages. */
#include "oidc/authorize.h"

#include "base/encoding.h"
#include "domain/page.h"
#include "domain/user_access.h"

static enum err read_form(struct ctx *ctx, struct form *form)
{
    *form = (struct form){0};
    if (ctx->request->method == HTTP_M_POST)
        return oauth_request_parse(ctx, "/auth", form);
    if (!form_parse(ctx->request->query, ctx->arena, form))
        return fail(ctx, ERR_OAUTH_INVALID_REQUEST,
                    "the query is not a form of at most 100 UTF-8 parameters");
    return OK;
}

/* ---- To the pages ---- */

static void pass_on(struct buf *url, char *separator, struct str name, struct str value)
{
    if (!value.p)
        return;
    buf_byte(url, *separator);
    *separator = '&';
    buf_str(url, name);
    buf_byte(url, '=');
    form_encode(url, value);
}

static struct str first_screen(json *params)
{
    struct str first = json_str(json_get(params, STR("first_screen")));
    struct str mode = json_str(json_get(params, STR("interaction_mode")));
    if (json_str(json_get(params, STR("one_time_token"))).n)
        return STR("/one-time-token");
    if (str_eq(first, STR("single_sign_on")))
        return STR("/single-sign-on");
    if (str_eq(first, STR("reset_password")))
        return STR("/forgot-password");
    bool registers = str_eq(first, STR("register")) || str_eq(first, STR("identifier:register")) ||
                     (!first.p && str_eq(mode, STR("signUp")));
    return registers ? STR("/register") : STR("/sign-in");
}

static enum err show_sign_in(struct ctx *ctx, json *params)
{
    static const struct str names[] = {STR_INIT("organization_id"), STR_INIT("ui_locales"),
                                       STR_INIT("login_hint"), STR_INIT("identifier")};
    struct buf url = buf_new(ctx->arena, (size_t)32 * 1024);
    char separator = '?';
    buf_str(&url, first_screen(params));
    pass_on(&url, &separator, STR("app_id"), json_str(json_get(params, STR("client_id"))));
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        pass_on(&url, &separator, names[i], json_str(json_get(params, names[i])));
    return answer_redirect(ctx, 303, buf_view(&url));
}

static enum err show_consent(struct ctx *ctx, const struct app *app)
{
    struct buf url = buf_new(ctx->arena, 1024);
    char separator = '?';
    BUF_LIT(&url, "/consent");
    pass_on(&url, &separator, STR("app_id"), app->id);
    return answer_redirect(ctx, 303, buf_view(&url));
}

/* ---- The request ---- */

static bool needs_login(const struct ctx *ctx, const struct authorization *request,
                        const struct session *session)
{
    return !session->uid.p || authorize_prompts(request, STR("login")) ||
           (request->max_age >= 0 && session->login_at + request->max_age * 1000 <= ctx->now) ||
           (request->hint_user.p && !str_eq(request->hint_user, session->user_id));
}

static enum err decide(struct ctx *ctx, const struct authorization *request)
{
    struct session session;
    json *params = NULL;
    struct str uid, text = authorize_params(ctx, request);
    if (!text.p || json_parse(ctx->arena, text, &params, NULL) != JSON_OK)
        return fail(ctx, ERR_NO_MEMORY);
    enum err err = user_check_openid_scope(ctx, request->reply.app, request->scope);
    if (!err)
        err = session_find(ctx, &session);
    if (err)
        return err;
    bool silent = authorize_prompts(request, STR("none")), ask = false;
    const struct app *app = request->reply.app;
    if (needs_login(ctx, request, &session)) {
        struct interaction new = {.application_id = app->id};
        if (silent)
            return fail(ctx, ERR_OAUTH_LOGIN_REQUIRED);
        err = interaction_create(ctx, &new, text, &uid);
        return err ? err : show_sign_in(ctx, params);
    }
    if ((err = authorize_needs_consent(ctx, app, params, &session, &ask)))
        return err;
    if (!ask)
        return authorize_finish(ctx, &request->reply, params, &session);
    if (silent)
        return fail(ctx, ERR_OAUTH_CONSENT_REQUIRED);
    struct interaction new = {
        .application_id = app->id, .user_id = session.user_id, .session_uid = session.uid};
    err = interaction_create(ctx, &new, text, &uid);
    return err ? err : show_consent(ctx, app);
}

/* The checks need no database, so a refused request never reaches the writer. */
static enum err authorize_handle(struct ctx *ctx)
{
    struct authorization request = {.max_age = -1};
    ctx->answer.no_store = true;
    enum err err = read_form(ctx, &request.form);
    if (!err)
        err = authorize_check(ctx, &request);
    if (!err)
        err = ctx->can_write ? decide(ctx, &request) : ERR_NEEDS_WRITER;
    if (!err || err == ERR_NEEDS_WRITER)
        return err;
    return authorize_refuse(ctx, &request.reply, err);
}

/* ---- After the pages ---- */

static enum err join_session(struct ctx *ctx, struct interaction *interaction,
                             struct session *session)
{
    enum err err = user_check_active(ctx, interaction->user_id);
    if (err == ERR_OAUTH_INVALID_GRANT)
        return fail(ctx, ERR_OAUTH_ACCESS_DENIED, "the user may not sign in");
    if (err)
        return err;
    if (!interaction->session_uid.p) {
        err = session_start(ctx, interaction->user_id, interaction->application_id, session);
        return err ? err : interaction_set_session(ctx, interaction, session->uid);
    }
    if ((err = session_find(ctx, session)))
        return err;
    if (!session->uid.p || !str_eq(session->uid, interaction->session_uid) ||
        !str_eq(session->user_id, interaction->user_id))
        return fail(ctx, ERR_OAUTH_LOGIN_REQUIRED);
    return OK;
}

static enum err go_on(struct ctx *ctx, struct interaction *interaction, struct reply_to *reply)
{
    struct session session;
    bool ask = false, ended = false;
    enum err err = authorize_reply_to(ctx, interaction->params, reply);
    if (err)
        return err;
    if (!interaction->user_id.p)
        return show_sign_in(ctx, interaction->params);
    if ((err = join_session(ctx, interaction, &session)))
        return err;
    struct str hinted = json_str(json_get(interaction->params, STR("hint_user")));
    if (hinted.p && !str_eq(hinted, session.user_id)) /* OpenID Connect Core 3.1.2.1 */
        return fail(ctx, ERR_OAUTH_LOGIN_REQUIRED,
                    "id_token_hint and authenticated subject do not match");
    if (interaction->decision == DECISION_NONE)
        err = authorize_needs_consent(ctx, reply->app, interaction->params, &session, &ask);
    if (err || ask)
        return err ? err : show_consent(ctx, reply->app);
    if ((err = interaction_end(ctx, interaction, &ended)))
        return err;
    if (!ended)
        return fail(ctx, ERR_OAUTH_INVALID_REQUEST, "the authorization request has ended");
    if (interaction->decision == DECISION_REJECT)
        return authorize_reject(ctx, interaction->params);
    return authorize_finish(ctx, reply, interaction->params, &session);
}

static enum err resume_handle(struct ctx *ctx)
{
    struct interaction interaction;
    struct reply_to reply = {0};
    ctx->answer.no_store = true;
    enum err err = interaction_find(ctx, ctx->params[0], STR_NONE, &interaction);
    if (err == ERR_NOT_FOUND)
        err = fail(ctx, ERR_OAUTH_INVALID_REQUEST, "the authorization request has ended");
    else if (!err)
        err = go_on(ctx, &interaction, &reply);
    return err ? authorize_refuse(ctx, &reply, err) : OK;
}

#define AUTHORIZE(method_value, mode, text)                                                        \
    {                                                                                              \
        .method = method_value, .path = STR_INIT("/oidc/auth"), .guard = GUARD_BROWSER,            \
        .run = RUN_INLINE, .body_mode = mode, .status = 303, .reply = REPLY_FREE, .summary = text, \
        .handle = authorize_handle                                                                 \
    }

ROUTES(authorize) = {
    AUTHORIZE(HTTP_M_GET, BODY_NONE, "Begin an authorization"),
    AUTHORIZE(HTTP_M_POST, BODY_RAW, "Begin an authorization with a form"),
    {.method = HTTP_M_GET,
     .path = STR_INIT("/oidc/auth/:uid"),
     .guard = GUARD_BROWSER,
     .run = RUN_WRITE,
     .status = 303,
     .reply = REPLY_FREE,
     .summary = "Go on with an authorization after signing in or consenting",
     .handle = resume_handle},
    ROUTES_END,
};
