/* The kinds of objects in a tenant's file, and their members in the order of the file. */
#include "cli/tenant_file.h"

#define MEMBER(member, kind)                                                                       \
    {                                                                                              \
        .name = STR_INIT(member), .type = (kind)                                                   \
    }
#define PLAIN(member) MEMBER(member, MEMBER_PLAIN)
#define FIXED(member) MEMBER(member, MEMBER_FIXED)
#define MEMBERS_END                                                                                \
    {                                                                                              \
        .name = { NULL, 0 }                                                                        \
    }

static const struct tenant_member resources[] = {
    FIXED("indicator"),
    PLAIN("name"),
    PLAIN("accessTokenTtl"),
    {.name = STR_INIT("isDefault"), .type = MEMBER_DEFAULT, .path = "is-default"},
    {.name = STR_INIT("scopes"), .type = MEMBER_CHILDREN, .path = "scopes"},
    MEMBERS_END,
};

static const struct tenant_member roles[] = {
    PLAIN("name"),
    PLAIN("description"),
    FIXED("type"),
    PLAIN("isDefault"),
    {.name = STR_INIT("scopes"),
     .type = MEMBER_LINKS,
     .ref = REF_SCOPE,
     .path = "scopes",
     .body = STR_INIT("scopeIds")},
    MEMBERS_END,
};

static const struct tenant_member organization_scopes[] = {
    PLAIN("name"),
    PLAIN("description"),
    MEMBERS_END,
};

static const struct tenant_member organization_roles[] = {
    PLAIN("name"),
    PLAIN("description"),
    PLAIN("type"),
    {.name = STR_INIT("scopes"),
     .type = MEMBER_LINKS,
     .ref = REF_ORGANIZATION_SCOPE,
     .path = "scopes",
     .body = STR_INIT("organizationScopeIds"),
     .embedded = true,
     .replaced = true},
    {.name = STR_INIT("resourceScopes"),
     .type = MEMBER_LINKS,
     .ref = REF_SCOPE,
     .path = "resource-scopes",
     .body = STR_INIT("scopeIds"),
     .embedded = true,
     .replaced = true},
    MEMBERS_END,
};

static const struct tenant_member applications[] = {
    PLAIN("name"),
    PLAIN("description"),
    FIXED("type"),
    FIXED("isThirdParty"),
    PLAIN("oidcClientMetadata"),
    PLAIN("customClientMetadata"),
    PLAIN("customData"),
    {.name = STR_INIT("roles"),
     .type = MEMBER_LINKS,
     .ref = REF_ROLE,
     .path = "roles",
     .body = STR_INIT("roleIds"),
     .holder = "MachineToMachine",
     .replaced = true},
    {.name = STR_INIT("signInExperience"), .type = MEMBER_PART, .path = "sign-in-experience"},
    MEMBERS_END,
};

static const struct tenant_member custom_profile_fields[] = {
    PLAIN("name"),
    PLAIN("type"),
    MEMBER("label", MEMBER_OPTIONAL),
    MEMBER("description", MEMBER_OPTIONAL),
    PLAIN("required"),
    MEMBER("config", MEMBER_OPTIONAL),
    MEMBERS_END,
};

static const struct tenant_member custom_phrases[] = {
    PLAIN("languageTag"),
    PLAIN("translation"),
    MEMBERS_END,
};

static const struct tenant_member account_center[] = {
    PLAIN("enabled"),
    PLAIN("fields"),
    PLAIN("webauthnRelatedOrigins"),
    PLAIN("deleteAccountUrl"),
    PLAIN("customCss"),
    PLAIN("profileFields"),
    MEMBERS_END,
};

static const struct tenant_member hooks[] = {
    PLAIN("name"), PLAIN("enabled"), PLAIN("event"), PLAIN("events"), PLAIN("config"), MEMBERS_END,
};

static const struct tenant_member connectors[] = {
    FIXED("connectorId"), MEMBER("metadata", MEMBER_OPTIONAL),
    PLAIN("syncProfile"), PLAIN("enableTokenStorage"),
    PLAIN("config"),      MEMBERS_END,
};

static const struct tenant_member sign_in_experience[] = {
    PLAIN("color"),
    PLAIN("branding"),
    PLAIN("hideLogtoBranding"),
    PLAIN("languageInfo"),
    PLAIN("termsOfUseUrl"),
    PLAIN("privacyPolicyUrl"),
    PLAIN("agreeToTermsPolicy"),
    PLAIN("signIn"),
    PLAIN("signUp"),
    PLAIN("socialSignIn"),
    PLAIN("socialSignInConnectorTargets"),
    PLAIN("signInMode"),
    PLAIN("customCss"),
    PLAIN("customContent"),
    PLAIN("customUiCsp"),
    PLAIN("passwordPolicy"),
    PLAIN("mfa"),
    PLAIN("adaptiveMfa"),
    PLAIN("singleSignOnEnabled"),
    PLAIN("supportEmail"),
    PLAIN("supportWebsiteUrl"),
    PLAIN("unknownSessionRedirectUrl"),
    PLAIN("captchaPolicy"),
    PLAIN("sentinelPolicy"),
    PLAIN("emailBlocklistPolicy"),
    PLAIN("verificationCodePolicy"),
    PLAIN("forgotPasswordMethods"),
    PLAIN("passkeySignIn"),
    PLAIN("signUpProfileFields"),
    PLAIN("passwordExpiration"),
    PLAIN("usernamePolicy"),
    MEMBERS_END,
};

/* In this order they are made, so that what a list names is there before it; deleted backwards. */
const struct tenant_kind tenant_kinds[TENANT_KINDS] = {
    {.name = STR_INIT("resources"),
     .path = "/api/resources",
     .query = "includeScopes=true",
     .key = STR_INIT("indicator"),
     .paged = true,
     .built_in_member = STR_INIT("id"),
     .built_in = STR_INIT("management-api"),
     .members = resources},
    {.name = STR_INIT("roles"),
     .path = "/api/roles",
     .key = STR_INIT("name"),
     .ref = REF_ROLE,
     .paged = true,
     .built_in_member = STR_INIT("name"),
     .built_in = STR_INIT("Logto Management API access"),
     .members = roles},
    {.name = STR_INIT("organizationScopes"),
     .path = "/api/organization-scopes",
     .key = STR_INIT("name"),
     .ref = REF_ORGANIZATION_SCOPE,
     .paged = true,
     .members = organization_scopes},
    {.name = STR_INIT("organizationRoles"),
     .path = "/api/organization-roles",
     .key = STR_INIT("name"),
     .paged = true,
     .members = organization_roles},
    {.name = STR_INIT("applications"),
     .path = "/api/applications",
     .key = STR_INIT("name"),
     .paged = true,
     .members = applications},
    {.name = STR_INIT("hooks"),
     .path = "/api/hooks",
     .key = STR_INIT("name"),
     .has_secrets = true,
     .paged = true,
     .members = hooks},
    {.name = STR_INIT("connectors"),
     .path = "/api/connectors",
     .key = STR_INIT("connectorId"),
     .has_secrets = true,
     .room_first = true,
     .members = connectors},
    {.name = STR_INIT("customProfileFields"),
     .path = "/api/custom-profile-fields",
     .key = STR_INIT("name"),
     .by_name = true,
     .replaced = true,
     .members = custom_profile_fields},
    {.name = STR_INIT("customPhrases"),
     .path = "/api/custom-phrases",
     .key = STR_INIT("languageTag"),
     .by_name = true,
     .replaced = true,
     .bare = STR_INIT("translation"),
     .members = custom_phrases},
    {.name = STR_INIT("signInExperience"),
     .path = "/api/sign-in-exp",
     .members = sign_in_experience},
    {.name = STR_INIT("accountCenter"), .path = "/api/account-center", .members = account_center},
};

const struct tenant_member *tenant_member_find(const struct tenant_kind *kind, struct str name)
{
    for (const struct tenant_member *row = kind->members; row->name.p; row++) {
        if (str_eq(row->name, name))
            return row;
    }
    return NULL;
}

/* There may be several connectors of one standard kind, each with a target of its own. */
struct str tenant_key(const struct tenant_kind *kind, json *value, struct arena *arena)
{
    struct str name = json_str(json_get(value, kind->key));
    struct str target = json_str(json_get(json_get(value, STR("metadata")), STR("target")));
    if (!name.n)
        return STR_NONE;
    return kind->room_first && target.n
               ? arena_printf(arena, "%.*s:%.*s", STR_ARG(name), STR_ARG(target))
               : name;
}

/* Applications that are more than their row here are made elsewhere. */
bool tenant_is_left_out(const struct tenant_kind *kind, json *raw)
{
    struct str type = json_str(json_get(raw, STR("type")));
    if (kind->built_in.n && str_eq(json_str(json_get(raw, kind->built_in_member)), kind->built_in))
        return true;
    return str_eq(type, STR("Protected")) || str_eq(type, STR("SAML"));
}
