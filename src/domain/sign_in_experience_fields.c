/* The field rows of the sign-in experience. */
#include "domain/sign_in_experience.h"
#include "domain/sign_in_experience_parts.h"

bool field_is_color(json *value)
{
    struct str s = json_str(value);
    if ((s.n != 4 && s.n != 7) || s.p[0] != '#')
        return false;
    for (size_t i = 1; i < s.n; i++) {
        char c = (char)(s.p[i] | 32);
        if (!((s.p[i] >= '0' && s.p[i] <= '9') || (c >= 'a' && c <= 'f')))
            return false;
    }
    return true;
}

static bool url_or_empty(json *value)
{
    return !json_str(value).n || field_is_url(value);
}

static bool web_url_or_empty(json *value)
{
    return !json_str(value).n || field_is_web_url(value);
}

static bool is_map_of_texts(json *value)
{
    size_t i, n;
    json *key, *member;
    yyjson_obj_foreach(value, i, n, key, member)
    {
        if (!yyjson_is_str(member))
            return false;
    }
    return true;
}

static bool email_or_empty(json *value)
{
    return !json_str(value).n || field_is_email(value);
}

static bool is_language(json *value)
{
    return language_tag_is_known(json_str(value));
}

#define MEMBER(json_name, kind, extra, text, ...)                                                  \
    {                                                                                              \
        .name = STR_INIT(json_name), .type = (kind), .flags = FIELD_WRITE | (extra), __VA_ARGS__,  \
        .doc = (text)                                                                              \
    }
#define MAYBE(json_name, kind, text, ...) MEMBER(json_name, kind, FIELD_MAYBE, text, __VA_ARGS__)
#define MUST(json_name, kind, text, ...)  MEMBER(json_name, kind, FIELD_REQUIRED, text, __VA_ARGS__)
#define FLAG(json_name, text)             MAYBE(json_name, FIELD_BOOL, text, .min = 0)
#define MUST_FLAG(json_name, text)        MUST(json_name, FIELD_BOOL, text, .min = 0)

static const struct field color[] = {
    MUST("primaryColor", FIELD_STRING, "As #rgb or #rrggbb.", .check = field_is_color,
         .format = "regex"),
    MUST_FLAG("isDarkModeEnabled", "Whether there is a dark variant."),
    MUST("darkPrimaryColor", FIELD_STRING, "As #rgb or #rrggbb.", .check = field_is_color,
         .format = "regex"),
    FIELDS_END,
};

#define URL(json_name, text)                                                                       \
    MAYBE(json_name, FIELD_STRING, text, .check = field_is_url, .format = "url")
static const struct field branding[] = {
    URL("logoUrl", "Address of the logo."),
    URL("darkLogoUrl", "Address of the logo on a dark ground."),
    URL("favicon", "Address of the icon."),
    URL("darkFavicon", "Address of the icon on a dark ground."),
    FIELDS_END,
};

static const struct field language[] = {
    MUST_FLAG("autoDetect", "Whether the browser's language is taken where there is one."),
    MUST("fallbackLanguage", FIELD_STRING, "Language tag.", .check = is_language),
    FIELDS_END,
};

static const char *const identifiers[] = {"username", "email", "phone", NULL};
static const char *const sign_up_identifiers[] = {"username", "email", "phone", "emailOrPhone",
                                                  NULL};
static const struct field identifier = {.type = FIELD_ENUM, .options = identifiers};

static const struct field sign_in_method[] = {
    MUST("identifier", FIELD_ENUM, "By what users are found.", .options = identifiers),
    MUST_FLAG("password", "Whether a password proves who they are."),
    MUST_FLAG("verificationCode", "Whether a code that is sent to them does."),
    MUST_FLAG("isPasswordPrimary", "Whether the password is asked for first."),
    FIELDS_END,
};
static const struct field sign_in_item = {.type = FIELD_OBJECT, .fields = sign_in_method};
static const struct field sign_in[] = {
    MUST("methods", FIELD_ARRAY, "The ways to sign in, in the order shown.", .item = &sign_in_item),
    FIELDS_END,
};

static const struct field secondary[] = {
    MUST("identifier", FIELD_ENUM, "What is asked for.", .options = sign_up_identifiers),
    FLAG("verify", "Whether it is verified."),
    FIELDS_END,
};
static const struct field secondary_item = {.type = FIELD_OBJECT, .fields = secondary};
static const struct field sign_up[] = {
    MUST("identifiers", FIELD_ARRAY, "One of these is needed.", .item = &identifier),
    MUST_FLAG("password", "Whether a password is set."),
    MUST_FLAG("verify", "Whether addresses and numbers are verified."),
    MAYBE("secondaryIdentifiers", FIELD_ARRAY, "All of these are needed, too.",
          .item = &secondary_item),
    FIELDS_END,
};

static const struct field social[] = {
    FLAG("automaticAccountLinking", "Whether an account with the same address is linked unasked."),
    FLAG("skipRequiredIdentifiers", "Whether sign-up through a provider needs no identifiers."),
    FIELDS_END,
};

static const struct field text_item = {.type = FIELD_STRING};

static const struct field ui_assets[] = {
    MUST("id", FIELD_STRING, "Identifier.", .max = 0),
    MUST("createdAt", FIELD_INT, "Milliseconds since 1970.", .max = 0),
    FIELDS_END,
};

static const struct field csp[] = {
    MAYBE("scriptSrc", FIELD_ARRAY, "Sources of scripts.", .item = &text_item),
    MAYBE("connectSrc", FIELD_ARRAY, "What scripts may connect to.", .item = &text_item),
    FIELDS_END,
};

static const struct field length[] = {
    MAYBE("min", FIELD_INT, "Characters at least; 8 when not set.", .min = 1, .max = FIELD_INT_MAX),
    MAYBE("max", FIELD_INT, "Characters at most; 256 when not set.", .min = 1,
          .max = FIELD_INT_MAX),
    FIELDS_END,
};
static const struct field character_types[] = {
    MAYBE("min", FIELD_INT, "Of lower case, upper case, digits and symbols; 1 when not set.",
          .min = 1, .max = 4),
    FIELDS_END,
};
static const struct field rejects[] = {
    FLAG("pwned", "Passwords known from breaches."),
    FLAG("repetitionAndSequence", "Passwords like aaaa or 1234; yes when not set."),
    FLAG("userInfo", "Passwords made of the user's own data; yes when not set."),
    MAYBE("words", FIELD_ARRAY, "Passwords made of these words.", .item = &text_item),
    FIELDS_END,
};
static const struct field password_policy[] = {
    MAYBE("length", FIELD_OBJECT, "Limits of length.", .fields = length),
    MAYBE("characterTypes", FIELD_OBJECT, "Kinds of characters.", .fields = character_types),
    MAYBE("rejects", FIELD_OBJECT, "What is refused.", .fields = rejects),
    FIELDS_END,
};

static const char *const factors[] = {
    "Totp", "WebAuthn", "BackupCode", "EmailVerificationCode", "PhoneVerificationCode", NULL};
static const char *const mfa_policies[] = {"UserControlled",
                                           "Mandatory",
                                           "PromptOnlyAtSignIn",
                                           "PromptAtSignInAndSignUp",
                                           "NoPrompt",
                                           "PromptAtSignInAndSignUpMandatory",
                                           "PromptOnlyAtSignInMandatory",
                                           NULL};
static const char *const organization_policies[] = {"NoPrompt", "Mandatory", NULL};
static const struct field factor = {.type = FIELD_ENUM, .options = factors};
static const struct field mfa[] = {
    MUST("factors", FIELD_ARRAY, "The second factors there are.", .item = &factor),
    MUST("policy", FIELD_ENUM, "When they are asked for.", .options = mfa_policies),
    MAYBE("organizationRequiredMfaPolicy", FIELD_ENUM, "For members of organizations that want it.",
          .options = organization_policies),
    FIELDS_END,
};

static const struct field enabled[] = {
    FLAG("enabled", "Whether it is on."),
    FIELDS_END,
};

static const struct field sentinel[] = {
    MAYBE("maxAttempts", FIELD_INT, "Failed attempts an hour before the lock; 100 when not set.",
          .min = 0, .max = FIELD_INT_MAX),
    MAYBE("lockoutDuration", FIELD_INT, "Minutes; 60 when not set.", .min = 0,
          .max = FIELD_INT_MAX),
    FIELDS_END,
};

static const struct field blocklist[] = {
    FLAG("blockDisposableAddresses", "Not supported: only false."),
    FLAG("blockSubaddressing", "Whether addresses with `+` are refused."),
    MAYBE("customAllowlist", FIELD_ARRAY, "Only these addresses and domains; `*` stands for any.",
          .item = &text_item),
    MAYBE("customBlocklist", FIELD_ARRAY, "Not these addresses and domains; `*` stands for any.",
          .item = &text_item),
    FIELDS_END,
};

static const struct field code_policy[] = {
    MAYBE("expirationDuration", FIELD_INT, "Seconds; 600 when not set.", .min = 60, .max = 3600),
    MAYBE("maxRetryAttempts", FIELD_INT, "10 when not set.", .min = 1, .max = 100),
    FIELDS_END,
};

static const char *const methods[] = {"EmailVerificationCode", "PhoneVerificationCode", NULL};
static const struct field method = {.type = FIELD_ENUM, .options = methods};

static const struct field passkey[] = {
    FLAG("enabled", "Whether a passkey is a way to sign in."),
    FLAG("showPasskeyButton", "Whether there is a button for it."),
    FLAG("allowAutofill", "Whether the browser offers passkeys in the input field."),
    FIELDS_END,
};

static const struct field named[] = {
    MUST("name", FIELD_STRING, "Name of a profile field.", .max = 0),
    FIELDS_END,
};
const struct field profile_field_item = {.type = FIELD_OBJECT, .fields = named};

static const struct field expiration[] = {
    FLAG("enabled", "Whether passwords expire."),
    MAYBE("validPeriodDays", FIELD_INT, "Days a password is good for.", .min = 1,
          .max = FIELD_INT_MAX),
    MAYBE("enabledAt", FIELD_INT, "Set by the server: since when, ms since 1970.", .min = 0,
          .max = FIELD_INT_MAX),
    FIELDS_END,
};

static const struct field trusted_device[] = {
    FLAG("enabled", "Whether a browser may be trusted in place of a second factor."),
    MAYBE("durationDays", FIELD_INT, "Days that it is trusted for; 30 when not set.", .min = 1,
          .max = 365),
    FIELDS_END,
};

static const struct field characters[] = {
    MUST_FLAG("lowercase", "a to z."),
    MUST_FLAG("uppercase", "A to Z."),
    MUST_FLAG("numbers", "Digits, not as the first."),
    MUST_FLAG("underscore", "The sign `_`."),
    FIELDS_END,
};
static const struct field username_policy[] = {
    MUST_FLAG("caseSensitive", "Whether names differ that differ only in case."),
    MUST("minLength", FIELD_INT, "Characters at least.", .min = 1, .max = 128),
    MUST("maxLength", FIELD_INT, "Characters at most.", .min = 1, .max = 128),
    MUST("allowedChars", FIELD_OBJECT, "What names are made of.", .fields = characters),
    FIELDS_END,
};

static bool check_username_policy(json *value)
{
    json *allowed = json_get(value, STR("allowedChars"));
    int64_t min, max;
    return field_int(json_get(value, STR("minLength")), &min) &&
           field_int(json_get(value, STR("maxLength")), &max) && min <= max &&
           (yyjson_is_true(json_get(allowed, STR("lowercase"))) ||
            yyjson_is_true(json_get(allowed, STR("uppercase"))) ||
            yyjson_is_true(json_get(allowed, STR("underscore"))));
}

static const char *const agree[] = {"Automatic", "ManualRegistrationOnly", "Manual", NULL};
static const char *const modes[] = {"SignIn", "Register", "SignInAndRegister", NULL};

#define ROW(json_name, sql, kind, extra, text, ...)                                                \
    {                                                                                              \
        .name = STR_INIT(json_name), .column = (sql), .type = (kind),                              \
        .flags = FIELD_UPDATE | (extra), __VA_ARGS__, .doc = (text)                                \
    }
#define OBJECT(json_name, sql, members, text)                                                      \
    ROW(json_name, sql, FIELD_OBJECT, 0, text, .fields = (members))
#define LINK(json_name, sql, text, rule)                                                           \
    ROW(json_name, sql, FIELD_STRING, FIELD_NULLABLE, text, .max = 2048, .check = (rule),          \
        .format = "url")
#define OWN(json_name, sql, text)                                                                  \
    {                                                                                              \
        .name = STR_INIT(json_name), .column = (sql), .type = FIELD_STRING, .doc = (text)          \
    }

#define ROWS_OF_LOOKS                                                                              \
    {.name = STR_INIT("tenantId"), .type = FIELD_STRING, .doc = "The tenant it is in."},           \
        OWN("id", "id", "Always `default`."), OBJECT("color", "color", color, "Colours."),         \
        OBJECT("branding", "branding", branding, "Logos and icons."),                              \
        ROW("hideLogtoBranding", "hide_logto_branding", FIELD_BOOL, 0, "Only false.", .min = 0),   \
        OBJECT("languageInfo", "language_info", language, "Languages."),                           \
        LINK("termsOfUseUrl", "terms_of_use_url",                                                  \
             "Address of the terms of use, of http or https. Empty: none.", web_url_or_empty),     \
        LINK("privacyPolicyUrl", "privacy_policy_url",                                             \
             "Address of the policy, of http or https. Empty: none.", web_url_or_empty),           \
        ROW("agreeToTermsPolicy", "agree_to_terms_policy", FIELD_ENUM, 0,                          \
            "How users agree to the terms.", .options = agree)
#define ROWS_OF_WAYS                                                                               \
    OBJECT("signIn", "sign_in", sign_in, "How users sign in."),                                    \
        OBJECT("signUp", "sign_up", sign_up, "How users sign up."),                                \
        OBJECT("socialSignIn", "social_sign_in", social, "Sign-in through providers."),            \
        ROW("socialSignInConnectorTargets", "social_sign_in_connector_targets", FIELD_ARRAY, 0,    \
            "Targets of the social connectors shown, in this order; unknown ones are dropped.",    \
            .item = &text_item),                                                                   \
        ROW("signInMode", "sign_in_mode", FIELD_ENUM, 0, "What is possible.", .options = modes),   \
        ROW("customCss", "custom_css", FIELD_STRING, FIELD_NULLABLE, "Style.", .max = 0),          \
        ROW("customContent", "custom_content", FIELD_MAP, 0, "HTML by page path.",                 \
            .check = is_map_of_texts),                                                             \
        ROW("customUiAssets", "custom_ui_assets", FIELD_OBJECT, FIELD_NULLABLE,                    \
            "Pages of one's own.", .fields = ui_assets),                                           \
        OBJECT("customUiCsp", "custom_ui_csp", csp, "Only empty.")
#define ROWS_OF_RULES                                                                              \
    OBJECT("passwordPolicy", "password_policy", password_policy, "Rules for new passwords."),      \
        OBJECT("mfa", "mfa", mfa, "Second factors."),                                              \
        OBJECT("adaptiveMfa", "adaptive_mfa", enabled,                                             \
               "Second factors by risk. Here they are asked for at every sign-in."),               \
        ROW("singleSignOnEnabled", "single_sign_on_enabled", FIELD_BOOL, 0,                        \
            "Whether enterprise connectors are used.", .min = 0),                                  \
        ROW("supportEmail", "support_email", FIELD_STRING, FIELD_NULLABLE, "Empty: none.",         \
            .check = email_or_empty, .format = "email"),                                           \
        LINK("supportWebsiteUrl", "support_website_url", "Of http or https. Empty: none.",         \
             web_url_or_empty),                                                                    \
        LINK("unknownSessionRedirectUrl", "unknown_session_redirect_url",                          \
             "Where to go when nothing is known of the sign-in. Empty: nowhere.", url_or_empty),   \
        OBJECT("captchaPolicy", "captcha_policy", enabled, "Captcha."),                            \
        OBJECT("sentinelPolicy", "sentinel_policy", sentinel, "When identifiers are locked.")
#define ROW_BLOCKLIST                                                                              \
    OBJECT("emailBlocklistPolicy", "email_blocklist_policy", blocklist, "Addresses refused.")
#define ROW_CODES                                                                                  \
    OBJECT("verificationCodePolicy", "verification_code_policy", code_policy, "Codes sent.")
#define ROW_FORGOTTEN                                                                              \
    ROW("forgotPasswordMethods", "forgot_password_methods", FIELD_ARRAY, FIELD_NULLABLE,           \
        "How a forgotten password is set anew.", .item = &method)
#define ROWS_OF_THE_REST                                                                           \
    OBJECT("passkeySignIn", "passkey_sign_in", passkey, "Passkeys."),                              \
        ROW("signUpProfileFields", "sign_up_profile_fields", FIELD_ARRAY, FIELD_NULLABLE,          \
            "Profile fields of sign-up, in this order; null: all there are.",                      \
            .item = &profile_field_item),                                                          \
        OBJECT("passwordExpiration", "password_expiration", expiration,                            \
               "Age of passwords: an older one is right, but does not sign in any more."),         \
        ROW("trustedDevice", "trusted_device", FIELD_OBJECT, FIELD_MAYBE,                          \
            "Browsers that are asked for no second factor for a while.",                           \
            .fields = trusted_device),                                                             \
        ROW("usernamePolicy", "username_policy", FIELD_OBJECT, 0, "Rules for new usernames.",      \
            .fields = username_policy, .check = check_username_policy)

const struct field sign_in_experience_fields[] = {
    ROWS_OF_LOOKS, ROWS_OF_WAYS,  ROWS_OF_RULES,    ROW_BLOCKLIST,
    ROW_CODES,     ROW_FORGOTTEN, ROWS_OF_THE_REST, FIELDS_END,
};

/* ---- What anyone may read ---- */

#define SHOWN(json_name, kind, extra, text, ...)                                                   \
    {                                                                                              \
        .name = STR_INIT(json_name), .type = (kind), .flags = (extra), __VA_ARGS__, .doc = (text)  \
    }
static const struct field sso_connector[] = {
    SHOWN("id", FIELD_STRING, 0, "Identifier.", .max = 0),
    SHOWN("connectorName", FIELD_STRING, 0, "Name shown.", .max = 0),
    SHOWN("logo", FIELD_STRING, 0, "Address of the logo.", .max = 0),
    SHOWN("darkLogo", FIELD_STRING, FIELD_MAYBE, "The same on a dark ground.", .max = 0),
    FIELDS_END,
};
static const struct field sso_item = {.type = FIELD_OBJECT, .fields = sso_connector};
static const struct field map_item = {.type = FIELD_MAP};
static const struct field forgot_password[] = {
    SHOWN("phone", FIELD_BOOL, 0, "By a code to the phone.", .max = 0),
    SHOWN("email", FIELD_BOOL, 0, "By a code to the address.", .max = 0),
    FIELDS_END,
};

const struct field sign_in_experience_public_fields[] = {
    ROWS_OF_LOOKS,
    ROWS_OF_WAYS,
    ROWS_OF_RULES,
    ROW_CODES,
    ROWS_OF_THE_REST,
    SHOWN("socialConnectors", FIELD_ARRAY, 0, "Providers to sign in with.", .item = &map_item),
    SHOWN("ssoConnectors", FIELD_ARRAY, 0, "Enterprise connectors.", .item = &sso_item),
    SHOWN("forgotPassword", FIELD_OBJECT, 0, "What is possible.", .fields = forgot_password),
    SHOWN("isDevelopmentTenant", FIELD_BOOL, 0, "Always false.", .max = 0),
    SHOWN("googleOneTap", FIELD_MAP, FIELD_MAYBE, "Google's prompt.", .max = 0),
    SHOWN("captchaConfig", FIELD_MAP, FIELD_MAYBE, "Captcha, when it is on.", .max = 0),
    SHOWN("customProfileFields", FIELD_ARRAY, 0, "Of the sign-up.", .item = &map_item),
    SHOWN("customProfileFieldCatalog", FIELD_ARRAY, 0, "All there are.", .item = &map_item),
    FIELDS_END,
};
