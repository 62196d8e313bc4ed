/* /social/{connectorId} and /callback/{connectorId}: to another provider and back, for browsers. */
#include "base/encoding.h"
#include "domain/opaque.h"
#include "domain/page.h"
#include "domain/sign_in_experience.h"
#include "experience/forms.h"
#include "experience/policy.h"
#include "experience/sso.h"

/* Looking for the provider comes before the writer is asked for. */
enum err social_start_page(struct ctx *ctx, const struct verification_kind *kind,
                           social_begin *begin)
{
    struct experience experience;
    struct verification made;
    struct str url;
    const struct social_trip wanted = {
        .redirect_uri = arena_printf(ctx->arena, "%.*s/callback/%.*s", STR_ARG(ctx->origin),
                                     STR_ARG(ctx->params[0])),
        .state = opaque_new(ctx->arena)};
    if (!wanted.redirect_uri.p || !wanted.state.p)
        return fail(ctx, ERR_NO_MEMORY);
    enum err err = experience_find(ctx, &experience);
    if (!err && ctx->can_write && experience.event != EVENT_SIGN_IN)
        err = experience_begin(ctx, &experience, EVENT_SIGN_IN);
    if (err)
        return err;
    err = begin(ctx, &experience, ctx->params[0], &wanted, &made, &url);
    experience_audit_connector(ctx, &experience, kind, "Create", ctx->params[0], err);
    return err ? err : answer_redirect(ctx, 303, url);
}

static enum err start_handle(struct ctx *ctx)
{
    return social_start_page(ctx, &social_verification, social_verification_begin);
}

static bool is_unknown(enum err err)
{
    return err == ERR_SOCIAL_UNKNOWN || err == ERR_SSO_UNKNOWN;
}

/* Whoever is not known yet becomes a new user, where the tenant lets people register; where they
 * have to agree to something first, they stay unknown. */
static enum err enter(struct ctx *ctx, struct experience *experience, struct str id)
{
    struct policy policy;
    enum err err = policy_load(ctx, &policy);
    if (!err)
        err = experience_identify(ctx, experience, id);
    if (is_unknown(err) && !(policy.allows_register && policy.agrees_to_register)) {
        experience->event = EVENT_REGISTER;
        err = experience_identify(ctx, experience, id);
    }
    if (err)
        experience_audit(ctx, experience, "Identifier.Submit", err);
    else
        err = experience_finish(ctx, experience);
    ctx->answer.body.n = 0;
    ctx->answer.content_type = STR_NONE;
    return err;
}

/* What the sign-in lacks at its end is made up for on a page of its own. */
static const char *page_for(enum err err)
{
    static const struct {
        enum err lack;
        const char *page;
    } pages[] = {
        {ERR_USER_MISSING_PROFILE, "/continue"},        {ERR_MFA_REQUIRED, "/mfa-verification"},
        {ERR_MFA_BACKUP_CODE_REQUIRED, "/mfa-binding"}, {ERR_MFA_SUGGESTED, "/mfa-binding"},
        {ERR_USER_MISSING_MFA, "/mfa-binding"},         {ERR_USER_SUGGEST_MFA, "/mfa-binding"},
        {ERR_USER_PASSKEY_PREFERRED, "/mfa-binding"},
    };
    for (size_t i = 0; i < sizeof pages / sizeof *pages; i++)
        if (pages[i].lack == err)
            return pages[i].page;
    return NULL;
}

static enum err go_on(struct ctx *ctx, const struct experience *experience, const char *page)
{
    return answer_redirect(ctx, 303,
                           arena_printf(ctx->arena, "%s?app_id=%.*s", page,
                                        STR_ARG(experience->interaction.application_id)));
}

/* The way to this connector that the browser went last. */
static struct verification *find_trip(struct experience *experience, struct str connector_id)
{
    const struct verification_kind *const kinds[] = {&social_verification, &sso_verification};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        struct verification *what = experience_find_kind(experience, kinds[i]);
        const struct social_own *own = what ? what->own : NULL;
        if (own && str_eq(own->connector_id, connector_id))
            return what;
    }
    return NULL;
}

static enum err end_trip(struct ctx *ctx, struct experience *experience, struct verification *what)
{
    const struct sso_answer answer = {.code = ctx_query(ctx, STR("code")),
                                      .state = ctx_query(ctx, STR("state")),
                                      .issuer = ctx_query(ctx, STR("iss"))};
    if (!what || !answer.state.n)
        return fail(ctx, ERR_SOCIAL_STATE);
    return verification_is(what, &sso_verification)
               ? sso_verification_end(ctx, experience, what, &answer)
               : social_verification_end(ctx, experience, what, answer.code, answer.state);
}

static const char *register_page(struct ctx *ctx)
{
    return arena_printf(ctx->arena, "/social/register/%.*s", STR_ARG(ctx->params[0])).p;
}

/* Before an account is made of another one: what has to be agreed to. */
static enum err register_handle(struct ctx *ctx)
{
    struct experience experience;
    enum err err = experience_load_page(ctx, &experience);
    bool none = err == ERR_SESSION_NOT_FOUND || err == ERR_INTERACTION_NOT_FOUND;
    if (err && !none)
        return err;
    const struct verification *what = none ? NULL : find_trip(&experience, ctx->params[0]);
    if (!what)
        return answer_redirect(
            ctx, 302, arena_printf(ctx->arena, "%.*s/unknown-session", STR_ARG(ctx->origin)));
    page_begin(ctx, PHRASE_REGISTER);
    form_begin(ctx, "agree", experience.interaction.uid);
    page_hidden(ctx, STR("verificationId"), what->id);
    form_terms(ctx, true);
    form_end(ctx, PHRASE_REGISTER);
    form_link(ctx, "/sign-in", PHRASE_BACK_TO_SIGN_IN);
    return page_end(ctx, 0);
}

/* What a provider answers with. RFC 6749 4.1.2, RFC 9207 */
static const struct str answer_members[] = {STR_INIT("code"), STR_INIT("state"), STR_INIT("error"),
                                            STR_INIT("iss")};

/* What the account page began ends there: it has the state, and the user's token. The answer goes
 * along in the fragment, which no log has. */
static enum err to_account(struct ctx *ctx)
{
    struct buf url = buf_new(ctx->arena, (size_t)16 * 1024);
    BUF_LIT(&url, "/account#linked=");
    form_encode(&url, ctx->params[0]);
    for (size_t i = 0; i < sizeof answer_members / sizeof *answer_members; i++) {
        struct str value = ctx_query(ctx, answer_members[i]);
        if (!value.p)
            continue;
        buf_printf(&url, "&%.*s=", STR_ARG(answer_members[i]));
        form_encode(&url, value);
    }
    struct str text = buf_view(&url);
    return text.p ? answer_redirect(ctx, 303, text) : fail(ctx, ERR_SOCIAL_STATE);
}

/* The state is this browser's own, kept with its sign-in: an answer to another's is refused. */
static enum err callback_handle(struct ctx *ctx)
{
    struct experience experience;
    if (str_starts(ctx_query(ctx, STR("state")), STR(SOCIAL_ACCOUNT_STATE)))
        return to_account(ctx);
    enum err err = experience_load(ctx, &experience);
    if (err)
        return err;
    struct verification *what = find_trip(&experience, ctx->params[0]);
    err = end_trip(ctx, &experience, what);
    experience_audit_connector(ctx, &experience, what ? what->kind : &social_verification, "Submit",
                               ctx->params[0], err);
    if (!err)
        err = enter(ctx, &experience, what->id);
    const char *page = is_unknown(err) ? register_page(ctx) : page_for(err);
    if (page)
        return go_on(ctx, &experience, page);
    if (err)
        return err;
    return answer_redirect(ctx, 303, interaction_resume_url(ctx, &experience.interaction));
}

/* ---- From the page to sign in ---- */

static enum err find_connectors(struct ctx *ctx, struct db_rows *rows)
{
    enum err err =
        crud_list(ctx->db, &connector_entity, &(struct crud_filter){"type = 'Social'", NULL, 0}, 1,
                  &(struct crud_page){0}, ctx->arena, rows, NULL);
    return err ? fail(ctx, err) : OK;
}

void social_put_provider(struct ctx *ctx, const char *path, struct str id, struct str name)
{
    PAGE_LIT(ctx, "<p><a class=\"provider\" href=\"");
    page_text(ctx, str_of(path));
    page_text(ctx, id);
    PAGE_LIT(ctx, "\">");
    page_phrase(ctx, PHRASE_CONTINUE_WITH);
    PAGE_LIT(ctx, " ");
    page_text(ctx, name);
    PAGE_LIT(ctx, "</a></p>\n");
}

static struct str name_of(struct ctx *ctx, const struct db_rows *rows, size_t row)
{
    json *metadata = NULL;
    const struct connector_factory *factory =
        connector_factory_find(db_text(rows, row, CONNECTOR_FACTORY));
    json_parse(ctx->arena, db_text(rows, row, CONNECTOR_METADATA), &metadata, NULL);
    struct str name = json_str(json_get(json_get(metadata, STR("name")), STR("en")));
    return name.n ? name : str_of(factory ? factory->name : "");
}

/* Each connector whose target the tenant shows, in the order of the targets. */
static enum err each_offered(struct ctx *ctx,
                             void (*put)(struct ctx *ctx, const struct db_rows *rows, size_t row,
                                         struct json_out *out),
                             struct json_out *out)
{
    struct db_rows rows, experience;
    json *targets;
    enum err err = sign_in_experience_get(ctx, &experience);
    if (!err)
        err = sign_in_experience_json(ctx, &experience, STR("socialSignInConnectorTargets"),
                                      &targets);
    if (!err)
        err = find_connectors(ctx, &rows);
    if (err)
        return err;
    yyjson_arr_iter items = yyjson_arr_iter_with(targets);
    for (json *item; (item = yyjson_arr_iter_next(&items));)
        for (size_t row = 0; row < rows.count; row++)
            if (str_eq(db_text(&rows, row, CONNECTOR_TARGET), json_str(item)))
                put(ctx, &rows, row, out);
    return OK;
}

static void put_link(struct ctx *ctx, const struct db_rows *rows, size_t row, struct json_out *out)
{
    (void)out;
    social_put_provider(ctx, "/social/", db_text(rows, row, CONNECTOR_ID), name_of(ctx, rows, row));
}

enum err social_put_links(struct ctx *ctx)
{
    return each_offered(ctx, put_link, NULL);
}

static void put_offer(struct ctx *ctx, const struct db_rows *rows, size_t row, struct json_out *out)
{
    json_open_object(out);
    JSON_STR(out, "id", db_text(rows, row, CONNECTOR_ID));
    JSON_STR(out, "target", db_text(rows, row, CONNECTOR_TARGET));
    JSON_STR(out, "name", name_of(ctx, rows, row));
    json_close_object(out);
}

enum err social_offers(struct ctx *ctx, struct str *out)
{
    struct buf buf = buf_new(ctx->arena, (size_t)64 * 1024);
    struct json_out list = json_out(&buf);
    json_open_array(&list);
    enum err err = each_offered(ctx, put_offer, &list);
    json_close_array(&list);
    *out = buf_view(&buf);
    return err || out->p ? err : fail(ctx, ERR_NO_MEMORY);
}

static enum err direct_sso(struct ctx *ctx, struct str id, struct str *url)
{
    struct sso_list list;
    enum err err = sso_list(ctx, STR_NONE, &list);
    for (size_t i = 0; !err && i < list.count && !url->p; i++)
        if (str_eq(list.items[i].id, id))
            *url = arena_printf(ctx->arena, "/sso/%.*s", STR_ARG(id));
    return err;
}

enum err social_direct(struct ctx *ctx, const struct interaction *interaction, struct str *url)
{
    struct db_rows rows;
    struct str wish = json_str(json_get(interaction->params, STR("direct_sign_in")));
    *url = STR_NONE;
    if (str_starts(wish, STR("sso:")))
        return direct_sso(ctx, str_from(wish, strlen("sso:")), url);
    if (!str_starts(wish, STR("social:")))
        return OK;
    enum err err = find_connectors(ctx, &rows);
    for (size_t row = 0; !err && row < rows.count && !url->p; row++)
        if (str_eq(db_text(&rows, row, CONNECTOR_TARGET), str_from(wish, strlen("social:"))))
            *url = arena_printf(ctx->arena, "/social/%.*s",
                                STR_ARG(db_text(&rows, row, CONNECTOR_ID)));
    return err;
}

ROUTES(social_pages) = {
    {.method = HTTP_M_GET,
     .path = STR_INIT("/social/:connectorId"),
     .guard = GUARD_BROWSER,
     .run = RUN_WRITE,
     .status = 303,
     .reply = REPLY_TEXT,
     .summary = "Go to another provider to sign in",
     .handle = start_handle},
    {.method = HTTP_M_GET,
     .path = STR_INIT("/callback/:connectorId"),
     .guard = GUARD_BROWSER,
     .run = RUN_READ,
     .status = 303,
     .reply = REPLY_TEXT,
     .summary = "Come back from another provider",
     .handle = callback_handle},
    {.method = HTTP_M_GET,
     .path = STR_INIT("/social/register/:connectorId"),
     .guard = GUARD_BROWSER,
     .run = RUN_READ,
     .status = 200,
     .reply = REPLY_TEXT,
     .summary = "Page to agree to terms before an account is made",
     .handle = register_handle},
    ROUTES_END,
};
