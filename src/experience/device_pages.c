/* The hosted pages of devices: /oidc/device asks for the code that a device shows, and whether to
 * go on with it; then it is a sign-in as any. They need no script. RFC 8628 3.3, 5.4 */
#include "domain/application_looks.h"
#include "domain/cookies.h"
#include "domain/device_codes.h"
#include "domain/interactions.h"
#include "domain/opaque.h"
#include "domain/page.h"
#include "domain/sessions.h"
#include "experience/consent.h"
#include "experience/lockout.h"

#define COOKIE STR("_device")

/* ---- The forms are this server's: each holds what only the browser's cookie gives ---- */

static struct str token_of(struct ctx *ctx, struct str cookie)
{
    return opaque_digest(ctx->arena, arena_printf(ctx->arena, "device.%.*s", STR_ARG(cookie)));
}

static enum err put_token(struct ctx *ctx)
{
    struct str cookie = cookie_get(ctx, COOKIE);
    enum err err = OK;
    if (cookie.n != OPAQUE_LENGTH) {
        cookie = opaque_new(ctx->arena);
        err = cookie.p ? cookie_set(ctx, COOKIE, cookie, DEVICE_CODE_TTL_MS / 1000)
                       : fail(ctx, ERR_NO_MEMORY);
    }
    page_hidden(ctx, STR("xsrf"), token_of(ctx, cookie));
    return err;
}

static bool is_own(struct ctx *ctx, const struct form *form)
{
    struct str cookie = cookie_get(ctx, COOKIE);
    return cookie.n == OPAQUE_LENGTH &&
           str_eq_secret(token_of(ctx, cookie), form_get(form, STR("xsrf"), NULL));
}

/* ---- Pages ---- */

static enum err ask_page(struct ctx *ctx, struct str code, const enum phrase *complaint)
{
    page_begin(ctx, PHRASE_DEVICE);
    if (complaint) {
        PAGE_LIT(ctx, "<p role=\"alert\" id=\"error\">");
        page_phrase(ctx, *complaint);
        PAGE_LIT(ctx, "</p>\n");
    }
    page_paragraph(ctx, PHRASE_DEVICE_HELP);
    PAGE_LIT(ctx, "<form method=\"post\" action=\"/oidc/device\">\n");
    enum err err = put_token(ctx);
    PAGE_LIT(ctx, "<label for=\"user_code\">");
    page_phrase(ctx, PHRASE_CODE);
    PAGE_LIT(ctx, "</label>\n<input id=\"user_code\" name=\"user_code\" type=\"text\" required "
                  "maxlength=\"64\" autocomplete=\"off\" autocapitalize=\"characters\" "
                  "spellcheck=\"false\" autofocus");
    if (complaint)
        PAGE_LIT(ctx, " aria-describedby=\"error\"");
    PAGE_LIT(ctx, " value=\"");
    page_text(ctx, code.n <= 64 ? code : STR(""));
    PAGE_LIT(ctx, "\">\n<button type=\"submit\">");
    page_phrase(ctx, PHRASE_CONTINUE);
    PAGE_LIT(ctx, "</button>\n</form>\n");
    return err ? err : page_end(ctx, complaint ? 400 : 200);
}

static enum err complain(struct ctx *ctx, struct str code, enum phrase complaint)
{
    return ask_page(ctx, code, &complaint);
}

static enum err confirm_page(struct ctx *ctx, const struct app *app, json *params, struct str code)
{
    struct application_looks looks;
    enum err err = application_looks_get(ctx, app, &looks);
    if (err)
        return err;
    page_begin(ctx, PHRASE_DEVICE_CONFIRM);
    PAGE_LIT(ctx, "<p><strong>");
    page_text(ctx, looks.name);
    PAGE_LIT(ctx, "</strong> ");
    page_phrase(ctx, PHRASE_DEVICE_ASKS);
    PAGE_LIT(ctx, "</p>\n<p><code>");
    page_text(ctx, code);
    PAGE_LIT(ctx, "</code></p>\n<ul>\n");
    consent_put_items(ctx, json_str(json_get(params, STR("scope"))));
    PAGE_LIT(ctx, "</ul>\n");
    page_paragraph(ctx, PHRASE_DEVICE_CONFIRM_HELP);
    PAGE_LIT(ctx, "<form method=\"post\" action=\"/oidc/device\">\n");
    err = put_token(ctx);
    page_hidden(ctx, STR("user_code"), code);
    PAGE_LIT(ctx, "<button type=\"submit\" name=\"confirm\" value=\"yes\">");
    page_phrase(ctx, PHRASE_CONTINUE);
    PAGE_LIT(ctx, "</button>\n<button class=\"second\" type=\"submit\" name=\"abort\" "
                  "value=\"yes\">");
    page_phrase(ctx, PHRASE_DENY);
    PAGE_LIT(ctx, "</button>\n</form>\n");
    return err ? err : page_end(ctx, 200);
}

static enum err ask_handle(struct ctx *ctx)
{
    return ask_page(ctx, ctx_query(ctx, STR("user_code")), NULL);
}

/* ---- The code ---- */

/* Wrong codes count against the address that they come from; nobody else is locked out by them. */
static enum err find_code(struct ctx *ctx, struct str typed, struct device_code *out)
{
    struct attempt attempt;
    enum err err = attempt_of(ctx, typed, &attempt);
    if (err)
        return err;
    attempt.account = arena_printf(ctx->arena, "device:%.*s", STR_ARG(ctx->address));
    if (!attempt.account.p)
        return fail(ctx, ERR_NO_MEMORY);
    if ((err = attempt_check(ctx, &attempt)))
        return err;
    err = device_code_find(ctx, typed, out);
    return err == ERR_NOT_FOUND ? attempt_failed(ctx, &attempt, err) : err;
}

/* Whether the user has signed in as lately as the device asks for: with prompt=login never. */
static bool is_recent(const struct ctx *ctx, const struct session *session, json *params)
{
    json *age = json_get(params, STR("max_age"));
    if (str_has_word(json_str(json_get(params, STR("prompt"))), STR("login")))
        return false;
    return !yyjson_is_int(age) || session->login_at + yyjson_get_sint(age) * 1000 > ctx->now;
}

/* The interaction that stands for the device's request; it goes on with the browser's session. */
static enum err begin(struct ctx *ctx, const struct device_code *code, json *params)
{
    struct session session;
    bool mine = false;
    enum err err = device_code_begin(ctx, code->digest, &mine);
    if (!err && !mine)
        return complain(ctx, STR(""), PHRASE_DEVICE_USED);
    if (!err)
        err = session_find(ctx, &session);
    if (err)
        return err;
    struct interaction made = {.application_id = code->application_id};
    if (session.uid.p && is_recent(ctx, &session, params)) {
        made.user_id = session.user_id;
        made.session_uid = session.uid;
    }
    err = interaction_create(ctx, &made, code->params, &made.uid);
    return err ? err : answer_redirect(ctx, 303, interaction_resume_url(ctx, &made));
}

static enum err deny(struct ctx *ctx, const struct device_code *code)
{
    enum err err = device_code_deny(ctx, code->digest);
    return err ? err : answer_redirect(ctx, 303, STR("/device/denied"));
}

static enum err go_on(struct ctx *ctx, const struct form *form, struct str typed)
{
    struct device_code code;
    json *params = NULL;
    enum err err = find_code(ctx, typed, &code);
    if (err == ERR_TOO_MANY_ATTEMPTS)
        return complain(ctx, typed, PHRASE_TOO_MANY_ATTEMPTS);
    if (err == ERR_NOT_FOUND)
        return complain(ctx, typed, PHRASE_DEVICE_UNKNOWN);
    if (err)
        return err;
    const struct app *app = snapshot_app(ctx->snapshot, code.application_id);
    if (code.expired || !app)
        return complain(ctx, typed, PHRASE_DEVICE_EXPIRED);
    if (code.state != DEVICE_WAITING)
        return complain(ctx, typed, PHRASE_DEVICE_USED);
    if (json_parse(ctx->arena, code.params, &params, NULL) != JSON_OK)
        return fail(ctx, ERR_INTERNAL);
    if (form_get(form, STR("abort"), NULL).n)
        return deny(ctx, &code);
    return form_get(form, STR("confirm"), NULL).n ? begin(ctx, &code, params)
                                                  : confirm_page(ctx, app, params, code.user_code);
}

static enum err enter_handle(struct ctx *ctx)
{
    struct form form;
    ctx->answer.no_store = true;
    if (!form_parse(ctx->request->body, ctx->arena, &form))
        return fail_text(ctx, ERR_INVALID_BODY, "the body is not a form");
    struct str typed = form_get(&form, STR("user_code"), NULL);
    if (!is_own(ctx, &form))
        return complain(ctx, typed.p ? typed : STR(""), PHRASE_DEVICE_AGAIN);
    if (!typed.n)
        return complain(ctx, STR(""), PHRASE_DEVICE_UNKNOWN);
    return go_on(ctx, &form, typed);
}

/* ---- The short address, and the ends ---- */

static enum err short_handle(struct ctx *ctx)
{
    struct str query = ctx->request->query;
    return answer_redirect(ctx, 302,
                           query.n ? arena_printf(ctx->arena, "/oidc/device?%.*s", STR_ARG(query))
                                   : STR("/oidc/device"));
}

static enum err end_page(struct ctx *ctx, enum phrase title)
{
    page_begin(ctx, title);
    page_paragraph(ctx, PHRASE_DEVICE_DONE_HELP);
    return page_end(ctx, 0);
}

static enum err success_handle(struct ctx *ctx)
{
    return end_page(ctx, PHRASE_DEVICE_DONE);
}

static enum err denied_handle(struct ctx *ctx)
{
    return end_page(ctx, PHRASE_DEVICE_DENIED);
}

#define PAGE(address, function, code, text)                                                        \
    {                                                                                              \
        .method = HTTP_M_GET, .path = STR_INIT(address), .guard = GUARD_BROWSER,                   \
        .run = RUN_INLINE, .status = code, .reply = REPLY_TEXT, .summary = text,                   \
        .handle = function                                                                         \
    }

ROUTES(device_pages) = {
    PAGE("/device", short_handle, 302, "Short address of the page for a device's code"),
    PAGE("/device/success", success_handle, 200, "Page for a device that is signed in"),
    PAGE("/device/denied", denied_handle, 200, "Page for a device that was refused"),
    PAGE("/oidc/device", ask_handle, 200, "Page to enter the code that a device shows"),
    {.method = HTTP_M_POST,
     .path = STR_INIT("/oidc/device"),
     .guard = GUARD_BROWSER,
     .run = RUN_WRITE,
     .body_mode = BODY_RAW,
     .status = 200,
     .reply = REPLY_FREE,
     .summary = "Go on with the code that a device shows, or refuse it",
     .handle = enter_handle},
    ROUTES_END,
};
