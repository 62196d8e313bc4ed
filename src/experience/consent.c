/* /consent and /api/interaction/consent: what a third-party application wants of the user. */
#include "experience/consent.h"

#include "domain/application_looks.h"
#include "domain/grants.h"
#include "domain/organization_relation.h"
#include "domain/organizations.h"
#include "domain/user_access.h"
#include "domain/users.h"
#include "experience/forms.h"

struct consent {
    struct interaction interaction;
    struct session session;
    const struct app *app;
    struct str scope, resources;
};

/* The sign-in that waits for consent, of the user whose session this is. */
static enum err find(struct ctx *ctx, struct str uid, struct str app_id, struct consent *out)
{
    *out = (struct consent){0};
    enum err err = interaction_find(ctx, uid.n ? uid : STR_NONE, app_id.n ? app_id : STR_NONE,
                                    &out->interaction);
    if (err == ERR_NOT_FOUND)
        return fail(ctx, ERR_SESSION_NOT_FOUND);
    if (!err)
        err = session_find(ctx, &out->session);
    if (err)
        return err;
    out->app = snapshot_app(ctx->snapshot, out->interaction.application_id);
    bool same = out->session.uid.p && out->interaction.session_uid.p &&
                str_eq(out->session.uid, out->interaction.session_uid);
    if (!same || !out->app)
        return fail(ctx, ERR_SESSION_NOT_FOUND);
    out->scope = json_str(json_get(out->interaction.params, STR("scope")));
    out->resources = json_str(json_get(out->interaction.params, STR("resources")));
    return OK;
}

/* openid and offline_access say nothing of data. */
static bool is_named(struct str word)
{
    return !str_eq(word, STR("openid")) && !str_eq(word, STR("offline_access"));
}

/* The organizations that the application may be let see, when it asks for any. */
static enum err find_organizations(struct ctx *ctx, const struct consent *consent,
                                   struct db_rows *rows)
{
    *rows = (struct db_rows){0};
    if (!str_has_word(consent->scope, STR(SCOPE_ORGANIZATIONS)))
        return OK;
    enum err err = db_query(
        ctx->db,
        "SELECT o.id, o.name, (SELECT COUNT(*)"
        " FROM application_consent_organizations c WHERE c.user_id = $1"
        " AND c.organization_id = o.id AND c.application_id = $2)"
        " FROM organization_users u"
        " JOIN organizations o ON o.id = u.organization_id"
        " WHERE u.user_id = $1 ORDER BY o.name, o.id",
        DB_PARAMS(db_text_value(consent->session.user_id), db_text_value(consent->app->id)),
        ctx->arena, rows);
    return err ? fail(ctx, err) : OK;
}

/* What the user can let it have of one resource: by their own roles, or in an organization. */
static enum err find_scope(struct ctx *ctx, const struct consent *consent, struct str indicator,
                           struct str organization_id, struct str *granted)
{
    bool in_organizations = organization_id.p || str_eq(indicator, STR(ORGANIZATION_RESOURCE));
    const struct user_access who = {.app = consent->app,
                                    .user_id = consent->session.user_id,
                                    .organization_id = organization_id,
                                    .by = in_organizations ? ACCESS_ORGANIZATIONS : ACCESS_OWN};
    return user_scope(ctx, &who, indicator, consent->scope, granted);
}

/* ---- The page ---- */

static const struct {
    const char *scope;
    enum phrase text;
} scope_texts[] = {
    {"openid", PHRASE_SCOPE_OPENID},
    {"offline_access", PHRASE_SCOPE_OFFLINE},
    {"profile", PHRASE_SCOPE_PROFILE},
    {"email", PHRASE_SCOPE_EMAIL},
    {"phone", PHRASE_SCOPE_PHONE},
    {"address", PHRASE_SCOPE_ADDRESS},
    {"custom_data", PHRASE_SCOPE_CUSTOM_DATA},
    {"identities", PHRASE_SCOPE_IDENTITIES},
    {"roles", PHRASE_SCOPE_ROLES},
    {"urn:logto:scope:organizations", PHRASE_SCOPE_ORGANIZATIONS},
    {"urn:logto:scope:organization_roles", PHRASE_SCOPE_ORGANIZATION_ROLES},
    {"urn:logto:scope:sessions", PHRASE_SCOPE_SESSIONS},
    {"urn:logto:scope:trusted_devices", PHRASE_SCOPE_DEVICES},
};

static void put_item(struct ctx *ctx, struct str text)
{
    PAGE_LIT(ctx, "<li>");
    page_text(ctx, text);
    PAGE_LIT(ctx, "</li>\n");
}

void consent_put_items(struct ctx *ctx, struct str scope)
{
    for (size_t i = 0; i < sizeof scope_texts / sizeof *scope_texts; i++)
        if (str_has_word(scope, str_of(scope_texts[i].scope)))
            put_item(ctx, phrase(ctx, scope_texts[i].text));
}

/* Scopes of organizations stand with the organizations. */
static enum err put_resource_items(struct ctx *ctx, const struct consent *consent)
{
    struct str rest = consent->resources, indicator, granted;
    while ((indicator = str_split(&rest, ' ')).p) {
        if (str_eq(indicator, STR(ORGANIZATION_RESOURCE)))
            continue;
        enum err err = find_scope(ctx, consent, indicator, STR_NONE, &granted);
        if (err)
            return err;
        if (granted.n)
            put_item(ctx,
                     arena_printf(ctx->arena, "%.*s: %.*s", STR_ARG(indicator), STR_ARG(granted)));
    }
    return OK;
}

static enum err put_user(struct ctx *ctx, struct str id)
{
    struct db_rows rows;
    enum err err = user_get(ctx, id, &rows);
    if (err)
        return err;
    struct str name = db_text(&rows, 0, USER_USERNAME);
    if (!name.p)
        name = db_text(&rows, 0, USER_EMAIL);
    PAGE_LIT(ctx, "<p class=\"quiet\">");
    page_phrase(ctx, PHRASE_CONSENT_AS);
    PAGE_LIT(ctx, " ");
    page_text(ctx, name.p ? name : id);
    PAGE_LIT(ctx, "</p>\n");
    return OK;
}

/* What it may do there, below the name. */
static enum err put_organization_scopes(struct ctx *ctx, const struct consent *consent,
                                        struct str organization_id)
{
    struct str rest = consent->resources, indicator, granted;
    while ((indicator = str_split(&rest, ' ')).p) {
        enum err err = find_scope(ctx, consent, indicator, organization_id, &granted);
        if (err)
            return err;
        if (!granted.n)
            continue;
        PAGE_LIT(ctx, "<br><small>");
        if (!str_eq(indicator, STR(ORGANIZATION_RESOURCE))) {
            page_text(ctx, indicator);
            PAGE_LIT(ctx, ": ");
        }
        page_text(ctx, granted);
        PAGE_LIT(ctx, "</small>");
    }
    return OK;
}

/* One that it sees already stays seen until that is taken back elsewhere. */
static enum err put_choices(struct ctx *ctx, const struct consent *consent)
{
    struct db_rows rows;
    enum err err = find_organizations(ctx, consent, &rows);
    if (err || !rows.count)
        return err;
    PAGE_LIT(ctx, "<fieldset>\n<legend>");
    page_phrase(ctx, PHRASE_CONSENT_ORGANIZATIONS);
    PAGE_LIT(ctx, "</legend>\n");
    for (size_t i = 0; i < rows.count && !err; i++) {
        PAGE_LIT(ctx, "<label><input type=\"checkbox\" name=\"organization\" value=\"");
        page_text(ctx, db_text(&rows, i, 0));
        PAGE_LIT(ctx, "\"");
        if (db_int(&rows, i, 2))
            PAGE_LIT(ctx, " checked disabled");
        PAGE_LIT(ctx, "> ");
        page_text(ctx, db_text(&rows, i, 1));
        err = put_organization_scopes(ctx, consent, db_text(&rows, i, 0));
        PAGE_LIT(ctx, "</label>\n");
    }
    PAGE_LIT(ctx, "</fieldset>\n");
    return err;
}

static void put_buttons(struct ctx *ctx)
{
    PAGE_LIT(ctx, "<button type=\"submit\" name=\"decision\" value=\"allow\">");
    page_phrase(ctx, PHRASE_ALLOW);
    PAGE_LIT(ctx, "</button>\n<button class=\"second\" type=\"submit\" name=\"decision\" "
                  "value=\"deny\">");
    page_phrase(ctx, PHRASE_DENY);
    PAGE_LIT(ctx, "</button>\n");
}

/* Its logo and name, as users know it. */
static void put_asker(struct ctx *ctx, const struct application_looks *looks)
{
    if (str_starts(looks->logo_url, STR("https://"))) {
        PAGE_LIT(ctx, "<p><img height=\"48\" alt=\"\" src=\"");
        page_text(ctx, looks->logo_url);
        PAGE_LIT(ctx, "\"></p>\n");
    }
    PAGE_LIT(ctx, "<p><strong>");
    page_text(ctx, looks->name);
    PAGE_LIT(ctx, "</strong> ");
    page_phrase(ctx, PHRASE_CONSENT_ASKS);
    PAGE_LIT(ctx, "</p>\n<ul>\n");
}

/* Where it will use what it gets, and by which rules. */
static void put_destination(struct ctx *ctx, struct str to, const struct application_looks *looks)
{
    if (to.p) {
        PAGE_LIT(ctx, "<p class=\"quiet\">");
        page_phrase(ctx, PHRASE_CONSENT_RETURN);
        PAGE_LIT(ctx, " ");
        page_text(ctx, page_origin(ctx->arena, to));
        PAGE_LIT(ctx, "</p>\n");
    }
    if (looks->terms_url.n || looks->privacy_url.n) {
        PAGE_LIT(ctx, "<p class=\"quiet\">");
        page_text(ctx, looks->name);
        PAGE_LIT(ctx, ":");
        form_terms_links(ctx, looks->terms_url, looks->privacy_url);
        PAGE_LIT(ctx, "</p>\n");
    }
}

static enum err put_page(struct ctx *ctx, const struct consent *consent)
{
    struct str to = json_str(json_get(consent->interaction.params, STR("redirect_uri")));
    struct application_looks looks;
    enum err err = application_looks_get(ctx, consent->app, &looks);
    if (err)
        return err;
    page_begin(ctx, PHRASE_CONSENT);
    put_asker(ctx, &looks);
    consent_put_items(ctx, consent->scope);
    err = put_resource_items(ctx, consent);
    PAGE_LIT(ctx, "</ul>\n");
    if (!err)
        err = put_user(ctx, consent->session.user_id);
    if (err)
        return err;
    put_destination(ctx, to, &looks);
    form_begin(ctx, "consent", consent->interaction.uid);
    if ((err = put_choices(ctx, consent)))
        return err;
    put_buttons(ctx);
    form_close(ctx);
    return page_end(ctx, 0);
}

static enum err page_handle(struct ctx *ctx)
{
    struct consent consent;
    enum err err = find(ctx, STR_NONE, ctx_query(ctx, STR("app_id")), &consent);
    if (err == ERR_SESSION_NOT_FOUND)
        return answer_redirect(
            ctx, 302, arena_printf(ctx->arena, "%.*s/unknown-session", STR_ARG(ctx->origin)));
    return err ? err : put_page(ctx, &consent);
}

/* ---- The API ---- */

static enum err put_scopes(struct ctx *ctx, const struct consent *consent)
{
    struct json_out *out = &ctx->answer.json;
    struct str rest, word;
    enum err err = user_openid_scope(ctx, consent->app, consent->scope, &rest);
    if (err)
        return err;
    json_key(out, STR("missingOIDCScope"));
    json_open_array(out);
    while ((word = str_split(&rest, ' ')).p)
        if (word.n && is_named(word))
            json_put_str(out, word);
    json_close_array(out);
    return OK;
}

/* $1 the resource's indicator. */
#define DETAILS                                                                                    \
    "SELECT s.id, s.name, s.description, r.id, r.name FROM scopes s JOIN resources r"              \
    " ON r.id = s.resource_id WHERE r.indicator = $1 ORDER BY s.name"
#define ORGANIZATION_DETAILS                                                                       \
    "SELECT id, name, description, CAST($1 AS text), CAST($1 AS text) FROM organization_scopes"    \
    " ORDER BY name"

static enum err put_resource(struct ctx *ctx, struct str indicator, struct str granted)
{
    struct db_rows rows;
    struct json_out *out = &ctx->answer.json;
    bool organization = str_eq(indicator, STR(ORGANIZATION_RESOURCE));
    enum err err = db_query(ctx->db, organization ? ORGANIZATION_DETAILS : DETAILS,
                            DB_PARAMS(db_text_value(indicator)), ctx->arena, &rows);
    if (err)
        return fail(ctx, err);
    if (!rows.count)
        return OK;
    json_open_object(out);
    json_key(out, STR("resource"));
    json_open_object(out);
    JSON_STR(out, "id", db_text(&rows, 0, 3));
    JSON_STR(out, "name", db_text(&rows, 0, 4));
    JSON_STR(out, "indicator", indicator);
    json_close_object(out);
    json_key(out, STR("scopes"));
    json_open_array(out);
    for (size_t i = 0; i < rows.count; i++) {
        if (!str_has_word(granted, db_text(&rows, i, 1)))
            continue;
        json_open_object(out);
        JSON_STR(out, "id", db_text(&rows, i, 0));
        JSON_STR(out, "name", db_text(&rows, i, 1));
        JSON_STR(out, "description", db_text(&rows, i, 2));
        json_close_object(out);
    }
    json_close_array(out);
    json_close_object(out);
    return OK;
}

static enum err put_resources(struct ctx *ctx, const struct consent *consent,
                              struct str organization_id)
{
    struct json_out *out = &ctx->answer.json;
    struct str rest = consent->resources, indicator, granted;
    json_key(out, STR("missingResourceScopes"));
    json_open_array(out);
    while ((indicator = str_split(&rest, ' ')).p) {
        enum err err = find_scope(ctx, consent, indicator, organization_id, &granted);
        if (!err && granted.n)
            err = put_resource(ctx, indicator, granted);
        if (err)
            return err;
    }
    json_close_array(out);
    return OK;
}

static enum err put_organizations(struct ctx *ctx, const struct consent *consent)
{
    struct db_rows rows;
    struct json_out *out = &ctx->answer.json;
    enum err err = find_organizations(ctx, consent, &rows);
    if (err)
        return err;
    json_key(out, STR("organizations"));
    json_open_array(out);
    for (size_t i = 0; i < rows.count && !err; i++) {
        json_open_object(out);
        JSON_STR(out, "name", db_text(&rows, i, 1));
        JSON_STR(out, "id", db_text(&rows, i, 0));
        err = put_resources(ctx, consent, db_text(&rows, i, 0));
        json_close_object(out);
    }
    json_close_array(out);
    return err;
}

static enum err put_who(struct ctx *ctx, const struct consent *consent)
{
    struct db_rows rows;
    struct json_out *out = &ctx->answer.json;
    enum err err = user_get(ctx, consent->session.user_id, &rows);
    if (err)
        return err;
    json_key(out, STR("user"));
    json_open_object(out);
    JSON_STR(out, "id", consent->session.user_id);
    JSON_STR(out, "name", db_text(&rows, 0, USER_NAME));
    JSON_STR(out, "avatar", db_text(&rows, 0, USER_AVATAR));
    JSON_STR(out, "username", db_text(&rows, 0, USER_USERNAME));
    JSON_STR(out, "primaryEmail", db_text(&rows, 0, USER_EMAIL));
    JSON_STR(out, "primaryPhone", db_text(&rows, 0, USER_PHONE));
    json_close_object(out);
    return OK;
}

/* The application as its own sign-in experience shows it. */
static enum err put_application(struct ctx *ctx, const struct app *app)
{
    struct db_rows rows;
    struct json_out *out = &ctx->answer.json;
    enum err err = db_query(ctx->db,
                            "SELECT branding, display_name, privacy_policy_url, terms_of_use_url "
                            "FROM application_sign_in_experiences WHERE application_id = $1",
                            DB_PARAMS(db_text_value(app->id)), ctx->arena, &rows);
    if (err)
        return fail(ctx, err);
    json_key(out, STR("application"));
    json_open_object(out);
    JSON_STR(out, "id", app->id);
    JSON_STR(out, "name", app->name);
    if (rows.count) {
        JSON_RAW(out, "branding", db_text(&rows, 0, 0));
        JSON_STR(out, "displayName", db_text(&rows, 0, 1));
        JSON_STR(out, "privacyPolicyUrl", db_text(&rows, 0, 2));
        JSON_STR(out, "termsOfUseUrl", db_text(&rows, 0, 3));
    }
    json_close_object(out);
    return OK;
}

static enum err get_handle(struct ctx *ctx)
{
    struct consent consent;
    struct json_out *out = &ctx->answer.json;
    struct str uid = http_header_get(ctx->request, STR("interaction"), NULL);
    ctx->answer.no_store = true;
    enum err err = find(ctx, uid, STR_NONE, &consent);
    if (err)
        return err;
    json_open_object(out);
    if ((err = put_application(ctx, consent.app)) || (err = put_who(ctx, &consent)))
        return err;
    if ((err = put_organizations(ctx, &consent)) || (err = put_scopes(ctx, &consent)) ||
        (err = put_resources(ctx, &consent, STR_NONE)))
        return err;
    JSON_STR(out, "redirectUri",
             json_str(json_get(consent.interaction.params, STR("redirect_uri"))));
    json_close_object(out);
    return OK;
}

static const struct relation seen_organizations = RELATION_OF_PAIR(
    "application_consent_organizations", "application_id", "user_id", "organization_id");

static enum err let_see(struct ctx *ctx, const struct consent *consent)
{
    struct id_list ids;
    const struct str owner[] = {consent->app->id, consent->session.user_id};
    enum err err = id_list_parse(ctx_body(ctx, STR("organizationIds")), ctx->arena, &ids);
    if (!err && ids.count)
        err = relation_add(ctx->db, &seen_organizations, owner, &ids, ctx->arena, NULL);
    return err == ERR_DB_FOREIGN_KEY ? fail(ctx, ERR_ORGANIZATION_MEMBERSHIP) : err;
}

static enum err post_handle(struct ctx *ctx)
{
    struct consent consent;
    struct json_out *out = &ctx->answer.json;
    struct str uid = http_header_get(ctx->request, STR("interaction"), NULL);
    bool reject = yyjson_get_bool(ctx_body(ctx, STR("reject")));
    enum err err = find(ctx, uid, STR_NONE, &consent);
    if (!err && !reject)
        err = let_see(ctx, &consent);
    if (!err)
        err = interaction_decide(ctx, &consent.interaction,
                                 reject ? DECISION_REJECT : DECISION_CONSENT);
    if (err)
        return err;
    json_open_object(out);
    JSON_STR(out, "redirectTo", interaction_resume_url(ctx, &consent.interaction));
    json_close_object(out);
    return OK;
}

static const struct field id_item = {.type = FIELD_STRING, .flags = FIELD_CREATE};

static const struct field post_body[] = {
    {.name = STR_INIT("organizationIds"),
     .type = FIELD_ARRAY,
     .flags = FIELD_CREATE,
     .item = &id_item,
     .doc = "Organizations of the user that the application may see."},
    {.name = STR_INIT("reject"),
     .type = FIELD_BOOL,
     .flags = FIELD_CREATE,
     .doc = "The user does not let the application have it."},
    FIELDS_END,
};

static const struct field post_reply[] = {
    {.name = STR_INIT("redirectTo"), .type = FIELD_STRING, .doc = "Where the browser goes on."},
    FIELDS_END,
};

static const struct field any_item = {.type = FIELD_ANY};

static const struct field get_reply[] = {
    {.name = STR_INIT("application"), .type = FIELD_MAP, .doc = "Who asks."},
    {.name = STR_INIT("user"), .type = FIELD_MAP, .doc = "Who is asked."},
    {.name = STR_INIT("organizations"),
     .type = FIELD_ARRAY,
     .item = &any_item,
     .doc = "To choose."},
    {.name = STR_INIT("missingOIDCScope"),
     .type = FIELD_ARRAY,
     .item = &any_item,
     .doc = "Scopes."},
    {.name = STR_INIT("missingResourceScopes"),
     .type = FIELD_ARRAY,
     .item = &any_item,
     .doc = "Scopes of resources."},
    {.name = STR_INIT("redirectUri"), .type = FIELD_STRING, .doc = "Where it leads."},
    FIELDS_END,
};

ROUTES(consent) = {
    {.method = HTTP_M_GET,
     .path = STR_INIT("/consent"),
     .guard = GUARD_BROWSER,
     .run = RUN_READ,
     .status = 200,
     .reply = REPLY_TEXT,
     .summary = "Page that asks for consent",
     .handle = page_handle},
    {.method = HTTP_M_GET,
     .path = STR_INIT("/api/interaction/consent"),
     .guard = GUARD_OWN_PAGE,
     .run = RUN_READ,
     .status = 200,
     .reply = REPLY_OBJECT,
     .reply_fields = get_reply,
     .summary = "What an application asks the user for",
     .handle = get_handle},
    {.method = HTTP_M_POST,
     .path = STR_INIT("/api/interaction/consent"),
     .guard = GUARD_OWN_PAGE,
     .run = RUN_WRITE,
     .body_mode = BODY_CREATE,
     .body = post_body,
     .status = 200,
     .reply = REPLY_OBJECT,
     .reply_fields = post_reply,
     .summary = "Let an application have what it asks for, or not",
     .handle = post_handle},
    ROUTES_END,
};
