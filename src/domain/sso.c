/* Sign-in at the identity providers of enterprises. */
#include "domain/sso.h"

#include "base/unicode.h"
#include "domain/sealed.h"
#include "domain/sign_in_experience.h"

#define DETAILS_MAX ((size_t)8 * 1024) /* bytes of what is kept of an account's claims */

/* ---- Connectors ---- */

/* The scopes that are always asked for, and the config's. */
static struct str scope_of(struct ctx *ctx, struct str wanted)
{
    static const char always[] = "openid profile email";
    struct buf buf = buf_new(ctx->arena, 4096);
    struct str word;
    buf_str(&buf, STR(always));
    while ((word = str_split(&wanted, ' ')).p) {
        if (!word.n || str_has_word(STR(always), word))
            continue;
        buf_byte(&buf, ' ');
        buf_str(&buf, word);
    }
    return buf_view(&buf);
}

static struct str extra_of(struct ctx *ctx, const struct sso_provider *kind, json *config)
{
    if (!kind->extra)
        return STR_NONE;
    bool offline = yyjson_get_bool(json_get(config, STR("offlineAccess")));
    return arena_printf(ctx->arena, "%s&prompt=%s", kind->extra,
                        offline ? "consent%20select_account&access_type=offline"
                                : "select_account");
}

static void read_client(struct ctx *ctx, json *config, struct sso *out)
{
    const struct sso_provider *kind = out->kind;
    struct str issuer = json_str(json_get(config, STR("issuer")));
    out->issuer = kind->issuer ? str_of(kind->issuer) : issuer;
    out->client = (struct social_provider){
        .target = out->id,
        .issuer = out->issuer,
        .client_id = json_str(json_get(config, STR("clientId"))),
        .client_secret = json_str(json_get(config, STR("clientSecret"))),
        .scope = scope_of(ctx, json_str(json_get(config, STR("scope")))),
        .extra = extra_of(ctx, kind, config),
        .basic = true,
        .basic_alone = true,
        .pkce = true,
        .trusts_email = yyjson_get_bool(json_get(config, STR("trustUnverifiedEmail"))),
        .any_directory = kind->directories,
        .merges = kind->directories,
        .mapping = {"sub", "email", "email_verified", "name", "picture"},
    };
}

/* ERR_CONNECTOR_UNAVAILABLE, ERR_CONNECTOR_CONFIG; not yet told to the client. */
static enum err read_row(struct ctx *ctx, const struct db_rows *rows, size_t row, struct sso *out)
{
    struct str text;
    json *config = NULL;
    *out = (struct sso){.id = db_text(rows, row, SSO_ID),
                        .kind = sso_provider_find(db_text(rows, row, SSO_PROVIDER)),
                        .syncs = db_int(rows, row, SSO_SYNC) != 0,
                        .keeps_tokens = db_int(rows, row, SSO_TOKENS) != 0};
    if (!out->kind || strcmp(out->kind->type, "oidc") != 0)
        return ERR_CONNECTOR_UNAVAILABLE;
    enum err err = sealed_open(ctx, SSO_CONFIG, out->id, db_text(rows, row, SSO_SEALED), &text);
    if (err)
        return err;
    if (json_parse(ctx->arena, text, &config, NULL) ||
        json_parse(ctx->arena, db_text(rows, row, SSO_DOMAINS), &out->domains, NULL))
        return ERR_INTERNAL;
    read_client(ctx, config, out);
    bool complete = out->issuer.n && out->client.client_id.n && out->client.client_secret.n;
    return complete ? OK : ERR_CONNECTOR_CONFIG;
}

enum err sso_open(struct ctx *ctx, struct str id, struct sso *out)
{
    struct db_rows rows;
    enum err err = entity_get(ctx, &sso_connector_entity, id, &rows);
    if (err)
        return err;
    err = read_row(ctx, &rows, 0, out);
    return err ? fail(ctx, err) : OK;
}

enum err sso_discover(struct ctx *ctx, struct sso *sso)
{
    return social_discover(ctx, &sso->client);
}

/* What an issuer of many directories says of an address may be any directory's word. */
void sso_return_to(struct sso *sso, const struct sso_place *place)
{
    static const char any[] = "{tenantid}";
    sso->client.issuer = place->issuer;
    sso->client.token_url = place->token_url;
    sso->client.userinfo_url = place->userinfo_url;
    sso->client.jwks_url = place->jwks_url;
    if (place->issuer.n && memmem(place->issuer.p, place->issuer.n, any, sizeof any - 1))
        sso->client.trusts_email = false;
}

/* ---- Lists of them ---- */

static bool has_domain(json *domains, struct str email)
{
    yyjson_arr_iter items = yyjson_arr_iter_with(domains);
    struct str domain = str_from(email, str_find(email, '@') + 1);
    for (json *item; (item = yyjson_arr_iter_next(&items));)
        if (domain.n && str_eq_nocase(json_str(item), domain))
            return true;
    return false;
}

static struct sso_shown shown_of(struct ctx *ctx, const struct sso *sso, struct str looks)
{
    json *branding = NULL;
    json_parse(ctx->arena, looks, &branding, NULL);
    struct str name = json_str(json_get(branding, STR("displayName")));
    struct str logo = json_str(json_get(branding, STR("logo")));
    struct str dark = json_str(json_get(branding, STR("darkLogo")));
    return (struct sso_shown){.id = sso->id,
                              .name = name.n ? name : str_of(sso->kind->title),
                              .logo = logo.n ? logo : STR(SSO_LOGO),
                              .dark_logo = dark.n ? dark : STR(SSO_LOGO)};
}

static enum err is_on(struct ctx *ctx, bool *on)
{
    struct db_rows rows;
    enum err err = sign_in_experience_get(ctx, &rows);
    size_t column = sign_in_experience_column(STR("singleSignOnEnabled"));
    *on = !err && ctx->tenant->tag != TENANT_ADMIN && db_int(&rows, 0, column) != 0;
    return err;
}

enum err sso_list(struct ctx *ctx, struct str email, struct sso_list *out)
{
    const struct crud_page all = {0};
    struct db_rows rows;
    bool on;
    *out = (struct sso_list){0};
    enum err err = is_on(ctx, &on);
    if (err || !on)
        return err;
    err = crud_list(ctx->db, &sso_connector_entity, NULL, 0, &all, ctx->arena, &rows, NULL);
    if (err)
        return fail(ctx, err);
    out->items = ARENA_ARRAY(ctx->arena, struct sso_shown, rows.count);
    if (rows.count && !out->items)
        return fail(ctx, ERR_NO_MEMORY);
    for (size_t i = 0; i < rows.count; i++) {
        struct sso sso;
        err = read_row(ctx, &rows, i, &sso);
        if (err == ERR_CONNECTOR_UNAVAILABLE || err == ERR_CONNECTOR_CONFIG)
            continue;
        if (err)
            return fail(ctx, err);
        if (email.p ? has_domain(sso.domains, email) : yyjson_arr_size(sso.domains) > 0)
            out->items[out->count++] = shown_of(ctx, &sso, db_text(&rows, i, SSO_BRANDING));
    }
    return OK;
}

void sso_list_put(struct json_out *out, const struct sso_list *list)
{
    json_open_array(out);
    for (size_t i = 0; i < list->count; i++) {
        json_open_object(out);
        JSON_STR(out, "id", list->items[i].id);
        JSON_STR(out, "connectorName", list->items[i].name);
        JSON_STR(out, "logo", list->items[i].logo);
        JSON_STR(out, "darkLogo", list->items[i].dark_logo);
        json_close_object(out);
    }
    json_close_array(out);
}

enum err sso_check_free(struct ctx *ctx, struct str email)
{
    struct sso_list list;
    struct buf buf = buf_new(ctx->arena, SIZE_MAX);
    struct json_out out = json_out(&buf);
    if (!email.n)
        return OK;
    struct str folded = unicode_fold(ctx->arena, email); /* as users are looked up */
    enum err err = folded.p ? sso_list(ctx, folded, &list) : fail(ctx, ERR_NO_MEMORY);
    if (err || !list.count)
        return err;
    json_open_object(&out);
    json_key(&out, STR("ssoConnectors"));
    sso_list_put(&out, &list);
    json_close_object(&out);
    return fail_data(ctx, fail(ctx, ERR_SSO_NEEDED), buf_view(&buf));
}

/* ---- Who came back ---- */

/* "given_name" as "givenName". */
static struct str camel(struct arena *arena, struct str name)
{
    char *text = arena_bytes(arena, name.n + 1);
    size_t n = 0;
    bool upper = false;
    for (size_t i = 0; text && i < name.n; i++) {
        char c = name.p[i];
        if (c == '_' || c == '-') {
            upper = n > 0;
            continue;
        }
        text[n++] = (char)(upper && c >= 'a' && c <= 'z' ? c - 32 : c);
        upper = false;
    }
    return text ? (struct str){text, n} : STR_NONE;
}

/* What the account is shown with instead, or what says nothing about the person. */
static bool is_left_out(struct str claim)
{
    static const char words[] = "sub name picture avatar id email email_verified phone "
                                "phone_verified nonce at_hash c_hash s_hash";
    return str_has_word(STR(words), claim);
}

static struct str details_of(struct ctx *ctx, const struct social_identity *who, struct str told,
                             json *claims)
{
    struct buf buf = buf_new(ctx->arena, DETAILS_MAX);
    struct json_out out = json_out(&buf);
    json *key, *value;
    size_t index, max;
    json_open_object(&out);
    JSON_STR(&out, "id", who->id);
    if (who->name.p)
        JSON_STR(&out, "name", who->name);
    if (who->avatar.p)
        JSON_STR(&out, "avatar", who->avatar);
    if (who->email.p)
        JSON_STR(&out, "email", who->email);
    else if (told.n)
        JSON_STR(&out, "unverifiedEmail", told);
    yyjson_obj_foreach(claims, index, max, key, value)
    {
        if (is_left_out(json_str(key)))
            continue;
        json_key_escaped(&out, camel(ctx->arena, json_str(key)));
        json_put_value(&out, value);
    }
    json_close_object(&out);
    return buf_view(&buf);
}

/* Whether its issuer vouches for more than the enterprise: an account of none of the connector's
 * domains is then no one's of the enterprise. */
static bool is_everybodys(const struct sso *sso)
{
    struct str issuer = sso->client.issuer;
    return sso->kind->authority || (issuer.n && memmem(issuer.p, issuer.n, "{tenantid}", 10));
}

enum err sso_finish(struct ctx *ctx, const struct sso *sso, const struct social_trip *trip,
                    struct str code, struct social_identity *out)
{
    struct social_identity who;
    enum err err = social_finish(ctx, &sso->client, trip, code, &who);
    if (err)
        return err;
    const char *authority = sso->kind->authority;
    struct str told = json_str(json_get(who.claims, STR("email")));
    bool has_authority = !authority || json_str(json_get(who.claims, str_of(authority))).n > 0;
    if (!has_authority || !has_domain(sso->domains, who.email))
        who.email = STR_NONE;
    if (is_everybodys(sso) && !who.email.p)
        return fail(ctx, ERR_VERIFICATION_FAILED);
    who.details = details_of(ctx, &who, told, who.claims);
    if (!who.details.p) /* there is too much of it */
        who.details = details_of(ctx, &who, told, NULL);
    if (!who.details.p)
        return fail(ctx, ERR_NO_MEMORY);
    *out = who;
    return OK;
}
