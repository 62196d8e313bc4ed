/* How an authorization request ends: with a code, or with an error. */
#include "base/encoding.h"
#include "domain/application_access.h"
#include "domain/consents.h"
#include "domain/device_codes.h"
#include "domain/grants.h"
#include "domain/page.h"
#include "domain/sealed.h"
#include "oidc/authorize.h"

#define MAX_PARAMS ((size_t)128 * 1024)

/* Parameters of the request that pages and the experience API look at. */
static const struct str passed_on[] = {
    STR_INIT("login_hint"),     STR_INIT("ui_locales"),       STR_INIT("first_screen"),
    STR_INIT("direct_sign_in"), STR_INIT("identifier"),       STR_INIT("organization_id"),
    STR_INIT("one_time_token"), STR_INIT("interaction_mode"), STR_INIT("nonce"),
    STR_INIT("code_challenge"), STR_INIT("prompt"),           STR_INIT("response_mode"),
};

/* A magic link's token is a secret as long as it is not used. */
static struct str kept(struct ctx *ctx, const struct authorization *request, struct str name)
{
    struct str value = form_get(&request->form, name, NULL), sealed;
    if (!value.n || !str_eq(name, STR("one_time_token")))
        return value;
    return sealed_make(ctx, INTERACTION_LINK_TOKEN, request->reply.app->id, value, &sealed)
               ? STR_NONE
               : sealed;
}

struct str authorize_params(struct ctx *ctx, const struct authorization *request)
{
    struct buf buf = buf_new(ctx->arena, MAX_PARAMS);
    struct json_out out = json_out(&buf);
    bool wants_auth_time = request->max_age >= 0 || authorize_prompts(request, STR("login"));
    json_open_object(&out);
    JSON_STR(&out, "client_id", request->reply.app->id);
    if (request->device.p)
        JSON_STR(&out, "device_code", request->device);
    else
        JSON_STR(&out, "redirect_uri", request->reply.redirect_uri);
    if (request->reply.state.p)
        JSON_STR(&out, "state", request->reply.state);
    JSON_STR(&out, "scope", request->scope);
    JSON_STR(&out, "resources", request->resources);
    JSON_BOOL(&out, "auth_time", wants_auth_time);
    if (request->hint_user.p)
        JSON_STR(&out, "hint_user", request->hint_user);
    if (request->device.p && request->max_age >= 0)
        JSON_INT(&out, "max_age", request->max_age);
    for (size_t i = 0; i < sizeof passed_on / sizeof *passed_on; i++) {
        struct str value = kept(ctx, request, passed_on[i]);
        if (!value.p)
            continue;
        json_key(&out, passed_on[i]);
        json_put_str(&out, value);
    }
    json_close_object(&out);
    return buf_view(&buf);
}

enum err authorize_reply_to(struct ctx *ctx, json *params, struct reply_to *out)
{
    struct str id = json_str(json_get(params, STR("client_id")));
    *out = (struct reply_to){
        .app = snapshot_app(ctx->snapshot, id),
        .redirect_uri = json_str(json_get(params, STR("redirect_uri"))),
        .state = json_str(json_get(params, STR("state"))),
    };
    if (!out->app)
        return fail_text(ctx, ERR_OAUTH_UNKNOWN_CLIENT, "invalid client %.*s", STR_ARG(id));
    out->proven = out->redirect_uri.p != NULL;
    authorize_reply_mode(json_str(json_get(params, STR("response_mode"))), &out->mode);
    return OK;
}

/* ---- Answers to the client ---- */

bool authorize_reply_mode(struct str text, enum reply_mode *mode)
{
    static const struct str names[] = {
        [REPLY_IN_QUERY] = STR_INIT("query"),
        [REPLY_IN_FRAGMENT] = STR_INIT("fragment"),
        [REPLY_BY_FORM_POST] = STR_INIT("form_post"),
    };
    if (!text.p)
        return true;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (!str_eq(text, names[i]))
            continue;
        *mode = (enum reply_mode)i;
        return true;
    }
    return false;
}

/* What the client gets besides state and iss. */
struct reply_param {
    struct str name, value;
};
#define REPLY_PARAMS 4

static void add_param(struct buf *url, char *separator, struct str name, struct str value)
{
    if (!value.p)
        return;
    buf_byte(url, *separator);
    *separator = '&';
    buf_str(url, name);
    buf_byte(url, '=');
    form_encode(url, value);
}

static enum err redirect(struct ctx *ctx, const struct reply_to *reply,
                         const struct reply_param *params)
{
    struct buf url = buf_new(ctx->arena, MAX_PARAMS);
    struct str uri = reply->redirect_uri;
    bool in_fragment = reply->mode == REPLY_IN_FRAGMENT;
    char separator = (char)(in_fragment ? '#' : str_find(uri, '?') < uri.n ? '&' : '?');
    buf_str(&url, uri);
    for (size_t i = 0; i < REPLY_PARAMS; i++)
        add_param(&url, &separator, params[i].name, params[i].value);
    return answer_redirect(ctx, 303, buf_view(&url));
}

/* A form that the page's script sends on; without scripts its button does. */
static enum err post(struct ctx *ctx, const struct reply_to *reply,
                     const struct reply_param *params, int status)
{
    page_begin(ctx, PHRASE_CONTINUE);
    PAGE_LIT(ctx, "<form method=\"post\" action=\"");
    page_text(ctx, reply->redirect_uri);
    PAGE_LIT(ctx, "\">\n");
    for (size_t i = 0; i < REPLY_PARAMS; i++)
        if (params[i].value.p)
            page_hidden(ctx, params[i].name, params[i].value);
    PAGE_LIT(ctx, "<button type=\"submit\">");
    page_phrase(ctx, PHRASE_CONTINUE);
    PAGE_LIT(ctx, "</button>\n</form>\n<script src=\"/assets/post.js\" defer></script>\n");
    ctx->answer.form_target = page_origin(ctx->arena, reply->redirect_uri);
    return page_end(ctx, status);
}

/* Sends a code, or an error with its description; then state and iss (RFC 9207). */
static enum err send_reply(struct ctx *ctx, const struct reply_to *reply, struct reply_param first,
                           struct str description)
{
    const struct reply_param params[REPLY_PARAMS] = {
        first,
        {STR("error_description"), description},
        {STR("state"), reply->state},
        {STR("iss"), ctx->issuer},
    };
    return reply->mode == REPLY_BY_FORM_POST ? post(ctx, reply, params, description.p ? 400 : 200)
                                             : redirect(ctx, reply, params);
}

/* state and iss stand in the error document, too. */
static struct str shown_with(struct ctx *ctx, struct str state)
{
    struct buf buf = buf_new(ctx->arena, MAX_PARAMS);
    struct json_out out = json_out(&buf);
    json_open_object(&out);
    if (state.p)
        JSON_STR(&out, "state", state);
    JSON_STR(&out, "iss", ctx->issuer);
    json_close_object(&out);
    return buf_view(&buf);
}

enum err authorize_refuse(struct ctx *ctx, const struct reply_to *reply, enum err err)
{
    const struct error_info *info = error_info(err);
    if (!info->oauth || info->status >= 500)
        return err;
    struct str code = str_of(info->oauth), description = ctx->failure.message;
    if (!reply->proven)
        return page_is_wanted(ctx) ? page_error(ctx, info->status, code, description)
                                   : fail_data(ctx, err, shown_with(ctx, reply->state));
    return send_reply(ctx, reply, (struct reply_param){STR("error"), code}, description);
}

/* ---- Success ---- */

static struct consent_request consent_asked(const struct app *app, json *params,
                                            const struct session *session)
{
    return (struct consent_request){.who = {.app = app, .user_id = session->user_id},
                                    .scope = json_str(json_get(params, STR("scope"))),
                                    .resources = json_str(json_get(params, STR("resources")))};
}

enum err authorize_needs_consent(struct ctx *ctx, const struct app *app, json *params,
                                 const struct session *session, bool *needed)
{
    struct grant_record had;
    *needed = app->third_party;
    if (!app->third_party ||
        str_has_word(json_str(json_get(params, STR("prompt"))), STR("consent")))
        return OK;
    const struct consent_request asked = consent_asked(app, params, session);
    enum err err = grant_find(ctx, session->uid, app->id, &had);
    *needed =
        !err && (!had.id.p || !words_cover(had.scope, scope_openid(ctx->arena, asked.scope)) ||
                 !words_cover(had.resources, asked.resources));
    if (err || *needed)
        return err;
    bool given = false;
    err = consent_is_given(ctx, &asked, had.id, &given);
    *needed = !given;
    return err;
}

static enum err finish_device(struct ctx *ctx, struct str digest, struct str grant_id,
                              const struct session *session)
{
    bool granted = false;
    enum err err = device_code_grant(ctx, digest, grant_id, session->login_at / 1000, &granted);
    if (err)
        return err;
    return granted ? answer_redirect(ctx, 303, STR("/device/success"))
                   : fail(ctx, ERR_OAUTH_EXPIRED);
}

enum err authorize_reject(struct ctx *ctx, json *params)
{
    struct str device = json_str(json_get(params, STR("device_code")));
    if (!device.p)
        return fail(ctx, ERR_OAUTH_ACCESS_DENIED, "End-User aborted interaction");
    enum err err = device_code_deny(ctx, device);
    return err ? err : answer_redirect(ctx, 303, STR("/device/denied"));
}

enum err authorize_finish(struct ctx *ctx, const struct reply_to *reply, json *params,
                          const struct session *session)
{
    struct str text, device = json_str(json_get(params, STR("device_code")));
    const struct consent_request asked = consent_asked(reply->app, params, session);
    struct grant_record wanted = {.scope = asked.scope, .resources = asked.resources};
    struct code code = {
        .application_id = reply->app->id,
        .user_id = session->user_id,
        .redirect_uri = reply->redirect_uri,
        .scope = wanted.scope,
        .resources = wanted.resources,
        .challenge = json_str(json_get(params, STR("code_challenge"))),
        .nonce = json_str(json_get(params, STR("nonce"))),
    };
    if (yyjson_get_bool(json_get(params, STR("auth_time"))))
        code.auth_time = session->login_at / 1000;
    enum err err = access_rules_check_user(ctx, code.application_id, code.user_id);
    if (!err)
        err = grant_give(ctx, session, reply->app->id, &wanted, &code.grant_id);
    if (!err && reply->app->third_party)
        err = consent_give(ctx, &asked, code.grant_id);
    if (!err && reply->app->max_grants > 0)
        err = grant_keep_newest(ctx, code.grant_id, reply->app->max_grants);
    if (!err && device.p)
        return finish_device(ctx, device, code.grant_id, session);
    if (!err)
        err = code_create(ctx, &code, &text);
    if (err)
        return err;
    return send_reply(ctx, reply, (struct reply_param){STR("code"), text}, STR_NONE);
}
