/* /oidc/session/end: sign-out that an application begins. OpenID Connect RP-Initiated Logout 2 */
#include "base/encoding.h"
#include "domain/cookies.h"
#include "domain/opaque.h"
#include "domain/page.h"
#include "domain/sessions.h"
#include "oidc/request.h"

struct logout {
    struct form form;
    const struct app *app; /* who asks; NULL: it did not say */
    struct str return_to;  /* checked; {NULL,0}: nowhere */
    struct str hint_user;  /* of id_token_hint; {NULL,0}: none */
};

static struct str param(const struct logout *request, struct str name)
{
    return form_get(&request->form, name, NULL);
}

static enum err read_form(struct ctx *ctx, struct form *form)
{
    static const char *const once[] = {
        "id_token_hint", "client_id", "post_logout_redirect_uri", "state", "xsrf", "logout", NULL};
    enum err err = OK;
    *form = (struct form){0};
    if (ctx->request->method == HTTP_M_POST)
        err = oauth_request_parse(ctx, "/session/end", form);
    else if (!form_parse(ctx->request->query, ctx->arena, form))
        err = fail(ctx, ERR_OAUTH_INVALID_REQUEST,
                   "the query is not a form of at most 100 UTF-8 parameters");
    return err ? err : oauth_refuse_repeats(ctx, form, once);
}

/* An expired one will do; one that is not ours is refused. */
static enum err read_hint(struct ctx *ctx, struct logout *request, struct str *client_id)
{
    struct str hint = param(request, STR("id_token_hint"));
    json *claims = NULL;
    if (!hint.p)
        return OK;
    enum jws_error error =
        keyring_verify(snapshot_keys(ctx->snapshot), hint, STR_NONE, ctx->arena, &claims);
    if (error == JWS_NO_MEMORY)
        return fail(ctx, ERR_NO_MEMORY);
    struct str audience = json_str(json_get(claims, STR("aud")));
    request->hint_user = json_str(json_get(claims, STR("sub")));
    if (error || !request->hint_user.n || !audience.n ||
        !str_eq(json_str(json_get(claims, STR("iss"))), ctx->issuer))
        return fail(ctx, ERR_OAUTH_INVALID_REQUEST, "could not decode id_token_hint");
    if (client_id->p && !str_eq(*client_id, audience))
        return fail(ctx, ERR_OAUTH_INVALID_REQUEST, "client_id does not match the provided hint");
    *client_id = audience;
    return OK;
}

static enum err check_return(struct ctx *ctx, struct logout *request)
{
    struct str uri = param(request, STR("post_logout_redirect_uri"));
    if (!uri.p)
        return OK;
    for (size_t i = 0; request->app && i < request->app->logout_count; i++)
        if (str_eq(request->app->logout_uris[i], uri)) {
            request->return_to = uri;
            return OK;
        }
    return fail(ctx, ERR_OAUTH_INVALID_REQUEST, "post_logout_redirect_uri not registered");
}

static enum err check(struct ctx *ctx, struct logout *request)
{
    struct str client_id = param(request, STR("client_id"));
    enum err err = read_hint(ctx, request, &client_id);
    if (err)
        return err;
    request->app = client_id.p ? snapshot_app(ctx->snapshot, client_id) : NULL;
    if (client_id.p && !request->app)
        return fail_text(ctx, ERR_OAUTH_UNKNOWN_CLIENT, "invalid client %.*s",
                         STR_ARG(client_id.n <= 256 ? client_id : STR("")));
    return check_return(ctx, request);
}

static enum err refuse(struct ctx *ctx, enum err err)
{
    const struct error_info *info = error_info(err);
    if (!info->oauth || info->status >= 500 || !page_is_wanted(ctx))
        return err;
    return page_error(ctx, info->status, str_of(info->oauth), ctx->failure.message);
}

/* ---- Answers ---- */

static enum err done(struct ctx *ctx, const struct logout *request, enum phrase title)
{
    if (request->return_to.p) {
        struct buf url = buf_new(ctx->arena, (size_t)96 * 1024);
        struct str state = param(request, STR("state"));
        buf_str(&url, request->return_to);
        if (state.p) {
            buf_str(&url, str_find(request->return_to, '?') < request->return_to.n
                              ? STR("&state=")
                              : STR("?state="));
            form_encode(&url, state);
        }
        return answer_redirect(ctx, 303, buf_view(&url));
    }
    page_begin(ctx, title);
    page_paragraph(ctx, PHRASE_SIGNED_OUT_HELP);
    return page_end(ctx, 200);
}

/* What only this browser's session knows: no other site can send it. */
static struct str token_of(struct ctx *ctx)
{
    struct str cookie = cookie_get(ctx, STR("_session"));
    return opaque_digest(ctx->arena, arena_printf(ctx->arena, "logout.%.*s", STR_ARG(cookie)));
}

static enum err ask(struct ctx *ctx, const struct logout *request)
{
    page_begin(ctx, PHRASE_SIGN_OUT);
    page_paragraph(ctx, PHRASE_SIGN_OUT_ASK);
    PAGE_LIT(ctx, "<form method=\"post\" action=\"/oidc/session/end/confirm\">\n");
    page_hidden(ctx, STR("xsrf"), token_of(ctx));
    if (request->app)
        page_hidden(ctx, STR("client_id"), request->app->id);
    if (request->return_to.p)
        page_hidden(ctx, STR("post_logout_redirect_uri"), request->return_to);
    if (param(request, STR("state")).p)
        page_hidden(ctx, STR("state"), param(request, STR("state")));
    PAGE_LIT(ctx, "<button type=\"submit\" name=\"logout\" value=\"yes\" autofocus>");
    page_phrase(ctx, PHRASE_SIGN_OUT);
    PAGE_LIT(ctx, "</button>\n<button class=\"second\" type=\"submit\">");
    page_phrase(ctx, PHRASE_SIGN_OUT_NO);
    PAGE_LIT(ctx, "</button>\n</form>\n");
    /* Browsers hold redirects of a form against form-action, too. */
    ctx->answer.form_target = page_origin(ctx->arena, request->return_to);
    return page_end(ctx, 200);
}

static enum err end(struct ctx *ctx, const struct logout *request, const struct session *session)
{
    if (!ctx->can_write)
        return ERR_NEEDS_WRITER;
    enum err err = session_end(ctx, session);
    return err ? err : done(ctx, request, PHRASE_SIGNED_OUT);
}

/* ---- Handlers ---- */

static enum err steps(struct ctx *ctx, struct logout *request)
{
    struct session session;
    enum err err = read_form(ctx, &request->form);
    if (!err)
        err = check(ctx, request);
    if (!err)
        err = session_find(ctx, &session);
    if (err)
        return err;
    /* The ID token shows that the application asks for this user; else the user is asked. */
    bool proven = request->hint_user.p && str_eq(request->hint_user, session.user_id);
    return !session.uid.p || proven ? end(ctx, request, &session) : ask(ctx, request);
}

static enum err end_handle(struct ctx *ctx)
{
    struct logout request = {0};
    ctx->answer.no_store = true;
    enum err err = steps(ctx, &request);
    return err && err != ERR_NEEDS_WRITER ? refuse(ctx, err) : err;
}

static enum err confirm_steps(struct ctx *ctx, struct logout *request)
{
    struct session session;
    enum err err = read_form(ctx, &request->form);
    if (!err)
        err = check(ctx, request);
    if (!err)
        err = session_find(ctx, &session);
    if (err)
        return err;
    struct str token = token_of(ctx);
    if (!token.p || !str_eq_secret(token, param(request, STR("xsrf"))))
        return fail(ctx, ERR_OAUTH_INVALID_REQUEST, "the sign-out was not asked for on its page");
    if (!str_eq(param(request, STR("logout")), STR("yes")))
        return done(ctx, request, PHRASE_STAYED);
    err = session_end(ctx, &session);
    return err ? err : done(ctx, request, PHRASE_SIGNED_OUT);
}

static enum err confirm_handle(struct ctx *ctx)
{
    struct logout request = {0};
    ctx->answer.no_store = true;
    enum err err = confirm_steps(ctx, &request);
    return err ? refuse(ctx, err) : OK;
}

#define END(method_value, mode, text)                                                              \
    {                                                                                              \
        .method = method_value, .path = STR_INIT("/oidc/session/end"), .guard = GUARD_BROWSER,     \
        .run = RUN_READ, .body_mode = mode, .status = 200, .reply = REPLY_FREE, .summary = text,   \
        .handle = end_handle                                                                       \
    }

ROUTES(logout) = {
    END(HTTP_M_GET, BODY_NONE, "Sign out"),
    END(HTTP_M_POST, BODY_RAW, "Sign out, with a form"),
    /* The form's token stands for its origin, which browsers do not tell of pages that send no
     * referrer (Fetch 3.2). */
    {.method = HTTP_M_POST,
     .path = STR_INIT("/oidc/session/end/confirm"),
     .guard = GUARD_BROWSER,
     .run = RUN_WRITE,
     .body_mode = BODY_RAW,
     .status = 303,
     .reply = REPLY_FREE,
     .summary = "Sign out after being asked",
     .handle = confirm_handle},
    ROUTES_END,
};
