CREATE TABLE sign_in_experiences (
    id text PRIMARY KEY,
    color text NOT NULL,
    branding text NOT NULL,
    hide_logto_branding bigint NOT NULL,
    language_info text NOT NULL,
    terms_of_use_url text,
    privacy_policy_url text,
    agree_to_terms_policy text NOT NULL,
    sign_in text NOT NULL,
    sign_up text NOT NULL,
    social_sign_in text NOT NULL,
    social_sign_in_connector_targets text NOT NULL,
    sign_in_mode text NOT NULL,
    custom_css text,
    custom_content text NOT NULL,
    custom_ui_assets text,
    custom_ui_csp text NOT NULL,
    password_policy text NOT NULL,
    mfa text NOT NULL,
    adaptive_mfa text NOT NULL,
    single_sign_on_enabled bigint NOT NULL,
    support_email text,
    support_website_url text,
    unknown_session_redirect_url text,
    captcha_policy text NOT NULL,
    sentinel_policy text NOT NULL,
    email_blocklist_policy text NOT NULL,
    verification_code_policy text NOT NULL,
    forgot_password_methods text,
    passkey_sign_in text NOT NULL,
    sign_up_profile_fields text,
    password_expiration text NOT NULL,
    username_policy text NOT NULL
) STRICT;

CREATE TABLE account_centers (
    id text PRIMARY KEY,
    enabled bigint NOT NULL,
    fields text NOT NULL,
    webauthn_related_origins text NOT NULL,
    delete_account_url text,
    custom_css text,
    profile_fields text
) STRICT;

CREATE TABLE custom_phrases (
    id text PRIMARY KEY,
    language_tag text NOT NULL UNIQUE,
    translation text NOT NULL
) STRICT;

CREATE TABLE custom_profile_fields (
    id text PRIMARY KEY,
    name text NOT NULL UNIQUE,
    type text NOT NULL,
    label text NOT NULL,
    description text,
    required bigint NOT NULL,
    config text NOT NULL,
    created_at bigint NOT NULL,
    sie_order bigint NOT NULL
) STRICT;

CREATE TABLE email_templates (
    id text PRIMARY KEY,
    language_tag text NOT NULL,
    template_type text NOT NULL,
    details text NOT NULL,
    created_at bigint NOT NULL,
    UNIQUE (language_tag, template_type)
) STRICT;
