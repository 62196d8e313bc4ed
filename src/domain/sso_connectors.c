/* Enterprise connectors. */
#include "domain/sso_connectors.h"

#include "domain/saml_keys.h"
#include "domain/sealed.h"

/* ---- Kinds of providers ---- */

#define TEXT(json_name)                                                                            \
    {                                                                                              \
        .name = STR_INIT(json_name), .type = FIELD_STRING, .flags = FIELD_CREATE                   \
    }
#define FLAG(json_name)                                                                            \
    {                                                                                              \
        .name = STR_INIT(json_name), .type = FIELD_BOOL, .flags = FIELD_CREATE                     \
    }
#define NEEDED(json_name)                                                                          \
    {                                                                                              \
        .name = STR_INIT(json_name), .type = FIELD_STRING, .flags = FIELD_CREATE | FIELD_REQUIRED  \
    }
static const struct field oidc_config[] = {
    NEEDED("clientId"), NEEDED("clientSecret"),       NEEDED("issuer"),
    TEXT("scope"),      FLAG("trustUnverifiedEmail"), FIELDS_END,
};
/* Google's issuer is known. */
static const struct field google_config[] = {
    NEEDED("clientId"),           NEEDED("clientSecret"), TEXT("scope"),
    FLAG("trustUnverifiedEmail"), FLAG("offlineAccess"),  FIELDS_END,
};
#define SIGNATURE "http://www.w3.org/2001/04/xmldsig-more#rsa-"
static const char *const signatures[] = {SIGNATURE "sha256", SIGNATURE "sha512", NULL};
static const struct field saml_config[] = {
    TEXT("metadataUrl"),
    TEXT("metadata"),
    TEXT("signInEndpoint"),
    TEXT("entityId"),
    TEXT("x509Certificate"),
    {.name = STR_INIT("attributeMapping"), .type = FIELD_MAP, .flags = FIELD_CREATE},
    FLAG("signAuthnRequest"),
    {.name = STR_INIT("requestSignatureAlgorithm"),
     .type = FIELD_ENUM,
     .flags = FIELD_CREATE,
     .options = signatures},
    FIELDS_END,
};

const struct sso_provider sso_providers[] = {
    {"OIDC", "oidc", "OIDC", "Any provider of OpenID Connect.", oidc_config, NULL, NULL, NULL,
     false},
    {"SAML", "saml", "SAML", "Any provider of SAML 2.0.", saml_config, NULL, NULL, NULL, false},
    {"AzureAD", "saml", "Microsoft Entra ID (SAML)", "Microsoft's directory, by SAML.", saml_config,
     NULL, NULL, NULL, false},
    {"AzureAdOidc", "oidc", "Microsoft Entra ID (OIDC)",
     "Microsoft's directory, by OpenID Connect.", oidc_config, NULL, NULL, NULL, true},
    /* Without `hd` it is an account that anybody can open with an address of theirs. */
    {"GoogleWorkspace", "oidc", "Google Workspace", "Google's directory.", google_config,
     "https://accounts.google.com", "include_granted_scopes=true", "hd", false},
    {"Okta", "oidc", "Okta", "Okta's directory.", oidc_config, NULL, NULL, NULL, false},
    {NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, false},
};

const struct sso_provider *sso_provider_find(struct str name)
{
    for (const struct sso_provider *provider = sso_providers; provider->name; provider++) {
        if (str_eq(str_of(provider->name), name))
            return provider;
    }
    return NULL;
}

/* ---- Rules ---- */

enum err sso_check_config(struct ctx *ctx, const struct sso_provider *provider, json *config)
{
    const struct field *rows = provider->config;
    struct buf issues = buf_new(ctx->arena, 65536), details = buf_new(ctx->arena, 65536);
    if (schema_check(rows, BODY_CREATE, config, ctx->arena, &issues, &details))
        return OK;
    return fail(ctx, ERR_CONNECTOR_CONFIG);
}

struct str sso_clean_config(struct ctx *ctx, const struct sso_provider *provider, json *config)
{
    const struct field rows = {.type = FIELD_OBJECT, .fields = provider->config};
    return config ? field_clean(&rows, config, ctx->arena) : STR("{}");
}

static bool is_public(struct str domain)
{
    static const char list[] =
        "gmail.com googlemail.com yahoo.com ymail.com outlook.com hotmail.com live.com msn.com "
        "icloud.com me.com mac.com aol.com proton.me protonmail.com gmx.com gmx.net gmx.de web.de "
        "mail.com mail.ru yandex.com yandex.ru zoho.com fastmail.com qq.com 163.com 126.com "
        "sina.com naver.com t-online.de orange.fr free.fr laposte.net libero.it";
    return domain.n && str_has_word(STR(list), domain);
}

/* {"data":["a.example"]} */
static struct str list_of(struct ctx *ctx, struct str domain)
{
    struct buf buf = buf_new(ctx->arena, 4096);
    struct json_out out = json_out(&buf);
    json_open_object(&out);
    json_key(&out, STR("data"));
    json_open_array(&out);
    json_put_str(&out, domain);
    json_close_array(&out);
    json_close_object(&out);
    return buf_view(&buf);
}

/* Letters A to Z of domain made small. {NULL,0} when memory is out. */
static struct str lowered(struct arena *arena, struct str domain)
{
    char *text = arena_bytes(arena, domain.n + 1);
    for (size_t i = 0; text && i < domain.n; i++)
        text[i] = (char)(domain.p[i] >= 'A' && domain.p[i] <= 'Z' ? domain.p[i] + 32 : domain.p[i]);
    return text ? (struct str){text, domain.n} : STR_NONE;
}

enum err sso_read_domains(struct ctx *ctx, json *domains, struct str *out)
{
    size_t i, n;
    json *item;
    struct buf buf = buf_new(ctx->arena, SIZE_MAX);
    struct json_out list = json_out(&buf);
    json_open_array(&list);
    yyjson_arr_foreach(domains, i, n, item)
    {
        struct str domain = lowered(ctx->arena, json_str(item));
        if (!domain.p)
            return fail(ctx, ERR_NO_MEMORY);
        if (is_public(domain))
            return fail_data(ctx, fail(ctx, ERR_SSO_DOMAINS_PUBLIC), list_of(ctx, domain));
        for (size_t k = 0; k < i; k++) {
            if (str_eq_nocase(json_str(yyjson_arr_get(domains, k)), domain))
                return fail_data(ctx, fail(ctx, ERR_SSO_DOMAINS_TWICE), list_of(ctx, domain));
        }
        json_put_str(&list, domain);
    }
    json_close_array(&list);
    *out = buf_view(&buf);
    return OK;
}

/* ---- The table ---- */

#define LOOK(json_name, text)                                                                      \
    {                                                                                              \
        .name = STR_INIT(json_name), .type = FIELD_STRING, .flags = FIELD_WRITE | FIELD_MAYBE,     \
        .doc = (text)                                                                              \
    }
static const struct field sso_branding_fields[] = {
    LOOK("displayName", "Shown name."),
    LOOK("logo", "Address of the logo."),
    LOOK("darkLogo", "The same on a dark ground."),
    FIELDS_END,
};
static const struct field domain_item = {.type = FIELD_STRING};

static const struct field fields[] = {
    {.name = STR_INIT("id"), .column = "id", .type = FIELD_STRING},
    {.name = STR_INIT("providerName"),
     .column = "provider_name",
     .type = FIELD_STRING,
     .flags = FIELD_CREATE},
    {.name = STR_INIT("connectorName"),
     .column = "connector_name",
     .type = FIELD_STRING,
     .flags = FIELD_WRITE},
    {.name = STR_INIT("sealedConfig"), .column = "sealed_config", .type = FIELD_STRING},
    {.name = STR_INIT("domains"), .column = "domains", .type = FIELD_ARRAY, .item = &domain_item},
    {.name = STR_INIT("branding"),
     .column = "branding",
     .type = FIELD_OBJECT,
     .flags = FIELD_WRITE,
     .fields = sso_branding_fields,
     .fallback = "{}"},
    {.name = STR_INIT("syncProfile"),
     .column = "sync_profile",
     .type = FIELD_BOOL,
     .flags = FIELD_WRITE,
     .fallback = "false"},
    {.name = STR_INIT("enableTokenStorage"),
     .column = "enable_token_storage",
     .type = FIELD_BOOL,
     .flags = FIELD_WRITE,
     .fallback = "false"},
    {.name = STR_INIT("createdAt"), .column = "created_at", .type = FIELD_INT},
    FIELDS_END,
};

#define SHOWN(json_name, kind, extra, text)                                                        \
    {                                                                                              \
        .name = STR_INIT(json_name), .type = (kind), .flags = (extra), .doc = (text)               \
    }
const struct field sso_connector_fields[] = {
    SHOWN("tenantId", FIELD_STRING, 0, "The tenant it is in."),
    SHOWN("id", FIELD_STRING, 0, "Identifier."),
    SHOWN("providerName", FIELD_STRING, FIELD_CREATE | FIELD_REQUIRED, "Kind of the provider."),
    {.name = STR_INIT("connectorName"),
     .type = FIELD_STRING,
     .flags = FIELD_WRITE | FIELD_REQUIRED,
     .max = 128,
     .doc = "Unique name."},
    SHOWN("config", FIELD_MAP, FIELD_WRITE | FIELD_SECRET, "The provider's; encrypted at rest."),
    {.name = STR_INIT("domains"),
     .type = FIELD_ARRAY,
     .flags = FIELD_WRITE,
     .item = &domain_item,
     .doc = "Domains of email addresses whose owners sign in there."},
    {.name = STR_INIT("branding"),
     .type = FIELD_OBJECT,
     .flags = FIELD_WRITE,
     .fields = sso_branding_fields,
     .doc = "How it is shown."},
    SHOWN("syncProfile", FIELD_BOOL, FIELD_WRITE, "Whether each sign-in takes the profile over."),
    SHOWN("enableTokenStorage", FIELD_BOOL, FIELD_WRITE, "Whether its tokens are kept."),
    SHOWN("createdAt", FIELD_INT, 0, "Milliseconds since 1970."),
    SHOWN("name", FIELD_STRING, FIELD_MAYBE, "The provider's name."),
    SHOWN("providerType", FIELD_STRING, FIELD_MAYBE, "oidc or saml."),
    SHOWN("providerLogo", FIELD_STRING, FIELD_MAYBE, "Address of the provider's logo."),
    SHOWN("providerLogoDark", FIELD_STRING, FIELD_MAYBE, "The same on a dark ground."),
    SHOWN("providerConfig", FIELD_MAP, FIELD_MAYBE, "What the provider has to be told."),
    FIELDS_END,
};
const struct entity sso_connector_entity = {
    .name = STR_INIT("sso_connectors"),
    .table = "sso_connectors",
    .fields = fields,
    .order = "created_at DESC, id",
};

enum err sso_put_members(struct ctx *ctx, const struct db_rows *rows, size_t row)
{
    struct json_out *out = &ctx->answer.json;
    struct str id = db_text(rows, row, SSO_ID), config;
    enum err err = sealed_open(ctx, SSO_CONFIG, id, db_text(rows, row, SSO_SEALED), &config);
    if (err)
        return err;
    ctx->answer.no_store = true;
    JSON_STR(out, "tenantId", ctx->tenant->id);
    JSON_STR(out, "id", id);
    JSON_STR(out, "providerName", db_text(rows, row, SSO_PROVIDER));
    JSON_STR(out, "connectorName", db_text(rows, row, SSO_NAME));
    JSON_RAW(out, "config", ctx_may_write(ctx, STR("sso-connectors")) ? config : STR("{}"));
    JSON_RAW(out, "domains", db_text(rows, row, SSO_DOMAINS));
    JSON_RAW(out, "branding", db_text(rows, row, SSO_BRANDING));
    JSON_BOOL(out, "syncProfile", db_int(rows, row, SSO_SYNC) != 0);
    JSON_BOOL(out, "enableTokenStorage", db_int(rows, row, SSO_TOKENS) != 0);
    JSON_INT(out, "createdAt", db_int(rows, row, SSO_CREATED_AT));
    return OK;
}

/* ---- Signed requests ---- */

static bool wants_signature(json *config)
{
    return yyjson_is_true(json_get(config, STR("signAuthnRequest")));
}

bool sso_is_saml(const struct db_rows *rows)
{
    const struct sso_provider *provider = sso_provider_find(db_text(rows, 0, SSO_PROVIDER));
    return provider && strcmp(provider->type, "saml") == 0;
}

enum err sso_signs_requests(struct ctx *ctx, const struct db_rows *rows, bool *signs)
{
    struct str text;
    json *config = NULL;
    enum err err =
        sealed_open(ctx, SSO_CONFIG, db_text(rows, 0, SSO_ID), db_text(rows, 0, SSO_SEALED), &text);
    if (!err && json_parse(ctx->arena, text, &config, NULL))
        err = fail(ctx, ERR_INTERNAL);
    if (!err)
        *signs = wants_signature(config);
    return err;
}

enum err sso_check_signing(struct ctx *ctx, const struct sso_provider *provider, struct str id,
                           json *config)
{
    struct db_rows rows;
    if (!provider || strcmp(provider->type, "saml") != 0 || !wants_signature(config))
        return OK;
    enum err err = saml_key_find_active(ctx, &saml_keys_of_connectors, id, &rows);
    return err || rows.count ? err : fail(ctx, ERR_SSO_KEY_NEEDED);
}
