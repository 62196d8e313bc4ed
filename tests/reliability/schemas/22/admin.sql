PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
CREATE TABLE schema_versions (version INTEGER PRIMARY KEY, name text NOT NULL, applied_at INTEGER NOT NULL) STRICT;
INSERT INTO schema_versions VALUES(1,'foundation',1795892579806);
INSERT INTO schema_versions VALUES(2,'seeds',1795892579807);
INSERT INTO schema_versions VALUES(4,'organizations',1795892579808);
INSERT INTO schema_versions VALUES(5,'users',1795892579809);
INSERT INTO schema_versions VALUES(6,'organization_users',1795892579818);
INSERT INTO schema_versions VALUES(7,'sign_in_experience',1795892579819);
INSERT INTO schema_versions VALUES(8,'connectors',1795892579819);
INSERT INTO schema_versions VALUES(9,'configs',1795892579819);
INSERT INTO schema_versions VALUES(10,'hooks',1795892579820);
INSERT INTO schema_versions VALUES(11,'services',1795892579820);
INSERT INTO schema_versions VALUES(12,'sign_in',1795892579853);
INSERT INTO schema_versions VALUES(13,'sign_in_failures',1795892579853);
INSERT INTO schema_versions VALUES(15,'application_settings',1795892579859);
INSERT INTO schema_versions VALUES(16,'changes',1795892579860);
INSERT INTO schema_versions VALUES(17,'logout_deliveries',1795892579861);
INSERT INTO schema_versions VALUES(18,'verification_records',1795892579862);
INSERT INTO schema_versions VALUES(19,'user_imports',1795892579885);
INSERT INTO schema_versions VALUES(20,'factors',1795892579893);
INSERT INTO schema_versions VALUES(21,'username_case',1795892579915);
INSERT INTO schema_versions VALUES(22,'messages',1795892579916);
CREATE TABLE applications (
    id text PRIMARY KEY,
    name text NOT NULL,
    description text,
    type text NOT NULL,
    oidc_client_metadata text NOT NULL,
    custom_client_metadata text NOT NULL,
    protected_app_metadata text,
    custom_data text NOT NULL,
    is_third_party INTEGER NOT NULL,
    app_level_access_control_enabled INTEGER NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;
INSERT INTO applications VALUES('admin-console','Admin Console',NULL,'SPA','{"redirectUris":["http://localhost:26361/console/callback"],"postLogoutRedirectUris":["http://localhost:26361/console"]}','{}',NULL,'{}',0,0,1795892579954);
CREATE TABLE application_secrets (
    application_id text NOT NULL REFERENCES applications (id) ON DELETE CASCADE,
    name text NOT NULL,
    digest text NOT NULL,
    sealed text NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER,
    PRIMARY KEY (application_id, name)
) STRICT;
CREATE TABLE resources (
    id text PRIMARY KEY,
    name text NOT NULL,
    indicator text NOT NULL UNIQUE,
    is_default INTEGER NOT NULL,
    access_token_ttl INTEGER NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;
INSERT INTO resources VALUES('management-api','Logto Management API','https://admin.logto.app/api',0,3600,1795892579954);
INSERT INTO resources VALUES('default-management-api','Logto Management API for tenant default','https://default.logto.app/api',0,3600,1795892579954);
INSERT INTO resources VALUES('me-api','Logto Me API','https://admin.logto.app/me',0,3600,1795892579954);
CREATE TABLE scopes (
    id text PRIMARY KEY,
    resource_id text NOT NULL REFERENCES resources (id) ON DELETE CASCADE,
    name text NOT NULL,
    description text,
    created_at INTEGER NOT NULL,
    UNIQUE (resource_id, name)
) STRICT;
INSERT INTO scopes VALUES('management-api-all','management-api','all','Default scope for Management API, allows all permissions.',1795892579954);
INSERT INTO scopes VALUES('default-management-api-all','default-management-api','all','Default scope for Management API, allows all permissions.',1795892579954);
INSERT INTO scopes VALUES('me-api-all','me-api','all','Default scope for Me API, allows all permissions.',1795892579954);
CREATE TABLE roles (
    id text PRIMARY KEY,
    name text NOT NULL UNIQUE,
    description text NOT NULL,
    type text NOT NULL,
    is_default INTEGER NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;
INSERT INTO roles VALUES('default-admin-role','default:admin','Operators: full access to the default tenant.','User',0,1795892579954);
CREATE TABLE roles_scopes (
    role_id text NOT NULL REFERENCES roles (id) ON DELETE CASCADE,
    scope_id text NOT NULL REFERENCES scopes (id) ON DELETE CASCADE,
    PRIMARY KEY (role_id, scope_id)
) STRICT;
INSERT INTO roles_scopes VALUES('default-admin-role','default-management-api-all');
INSERT INTO roles_scopes VALUES('default-admin-role','me-api-all');
CREATE TABLE applications_roles (
    application_id text NOT NULL REFERENCES applications (id) ON DELETE CASCADE,
    role_id text NOT NULL REFERENCES roles (id) ON DELETE CASCADE,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (application_id, role_id)
) STRICT;
CREATE TABLE signing_keys (
    id text PRIMARY KEY,
    alg text NOT NULL,
    sealed text NOT NULL,
    state text NOT NULL,
    signs_at INTEGER NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;
INSERT INTO signing_keys VALUES('6zo4g7d3vpvkda4qg55e1','ES256','ARFNnTNET-dqa5x_XxcMU3pbLtcQbD-mrk4zyWzWqQO8PTSAZhqokcvwHNxeU_roiL2VuXKkTyc3FKDBmitWRoQSUieaiP6vZSY3wROTbC32CN2m5VhvxvUbkpUIbCXs6aFCnI1L-EzHHg5YobSPpnhxMorkA3_IXUU0oPWnjHKnGxejhEQDU-pZsLi662c7kUR0kcmUEy5z634KkoGbW1K6E9VR61YqhszUCSu_DqFXKkf-wUP0Nk07gLeLimuleAM_Xf7eieQqZWDSkzuVU_3lExAZD_e8avMaJqjMMVaTRysZ161CrVguv8UTJc0tSwhW5RGK0ohTKYD6tWI9COKUHu3PdqBSqCP1y5xb','Current',1795892579954,1795892579954);
CREATE TABLE refresh_tokens (
    digest text PRIMARY KEY,
    family text NOT NULL,
    application_id text NOT NULL REFERENCES applications (id) ON DELETE CASCADE,
    resource text NOT NULL,
    scope text NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    consumed_at INTEGER
, organization_id text, grant_id text REFERENCES grants (id) ON DELETE CASCADE, user_id text, nonce text, auth_time INTEGER, started_at INTEGER) STRICT;
CREATE TABLE revoked_tokens (
    jti text PRIMARY KEY,
    expires_at INTEGER NOT NULL
) STRICT;
CREATE TABLE invitations (
    digest text PRIMARY KEY,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    consumed_at INTEGER
) STRICT;
INSERT INTO invitations VALUES('Kph4owjoHfi8B2GzR2TrEYVZQ6pT_yINFMFGHLRM0gk',1795892580013,1795896180013,NULL);
CREATE TABLE changes (
    id text PRIMARY KEY,
    origin text NOT NULL,
    kind text NOT NULL,
    entity text NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;
INSERT INTO changes VALUES('0mx0s2naq0000jgluujuh','v58weuon5pyfif7wl1cmj','keys','6zo4g7d3vpvkda4qg55e1',1795892579954);
INSERT INTO changes VALUES('0mx0s2naq001xtfedbp5y','v58weuon5pyfif7wl1cmj','application','admin-console',1795892579954);
INSERT INTO changes VALUES('0mx0s2naq002l7n1grm25','v58weuon5pyfif7wl1cmj','access','seed',1795892579954);
CREATE TABLE change_logs (
    id text PRIMARY KEY,
    key text NOT NULL,
    application_id text,
    user_id text,
    payload text NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;
CREATE TABLE seeds (
    name text PRIMARY KEY,
    value text NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;
INSERT INTO seeds VALUES('signing-key','made',1795892579954);
INSERT INTO seeds VALUES('cookie-key','made',1795892579954);
INSERT INTO seeds VALUES('content','3:account-center,applications,captcha-provider,configs,connector-factories,connectors,custom-phrases,custom-profile-fields,dashboard,domains,email-templates,hooks,logs,one-time-tokens,organization-invitations,organization-roles,organization-scopes,organizations,resources,roles,sentinel-activities,sign-in-exp,sso-connector-providers,sso-connectors,subject-tokens,systems,user-assets,users,verification-codes;read:secrets,write:users@http://localhost:26361',1795892579954);
CREATE TABLE organizations (
    id text PRIMARY KEY,
    name text NOT NULL,
    description text,
    custom_data text NOT NULL,
    is_mfa_required INTEGER NOT NULL,
    color text NOT NULL,
    branding text NOT NULL,
    custom_css text,
    created_at INTEGER NOT NULL
) STRICT;
CREATE TABLE organization_scopes (
    id text PRIMARY KEY,
    name text NOT NULL UNIQUE,
    description text
) STRICT;
CREATE TABLE organization_roles (
    id text PRIMARY KEY,
    name text NOT NULL UNIQUE,
    description text,
    type text NOT NULL
) STRICT;
CREATE TABLE organization_role_scopes (
    organization_role_id text NOT NULL REFERENCES organization_roles (id) ON DELETE CASCADE,
    organization_scope_id text NOT NULL REFERENCES organization_scopes (id) ON DELETE CASCADE,
    PRIMARY KEY (organization_role_id, organization_scope_id)
) STRICT;
CREATE TABLE organization_role_resource_scopes (
    organization_role_id text NOT NULL REFERENCES organization_roles (id) ON DELETE CASCADE,
    scope_id text NOT NULL REFERENCES scopes (id) ON DELETE CASCADE,
    PRIMARY KEY (organization_role_id, scope_id)
) STRICT;
CREATE TABLE organization_applications (
    organization_id text NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
    application_id text NOT NULL REFERENCES applications (id) ON DELETE CASCADE,
    PRIMARY KEY (organization_id, application_id)
) STRICT;
CREATE TABLE organization_application_roles (
    organization_id text NOT NULL,
    application_id text NOT NULL,
    organization_role_id text NOT NULL REFERENCES organization_roles (id) ON DELETE CASCADE,
    PRIMARY KEY (organization_id, application_id, organization_role_id),
    FOREIGN KEY (organization_id, application_id)
        REFERENCES organization_applications (organization_id, application_id) ON DELETE CASCADE
) STRICT;
CREATE TABLE organization_jit_email_domains (
    organization_id text NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
    email_domain text NOT NULL,
    PRIMARY KEY (organization_id, email_domain)
) STRICT;
CREATE TABLE organization_jit_roles (
    organization_id text NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
    organization_role_id text NOT NULL REFERENCES organization_roles (id) ON DELETE CASCADE,
    PRIMARY KEY (organization_id, organization_role_id)
) STRICT;
CREATE TABLE users (
     number INTEGER PRIMARY KEY, 
    id text NOT NULL UNIQUE,
    username text UNIQUE,
    primary_email text,
    email_key text UNIQUE,
    primary_phone text UNIQUE,
    password_digest text,
    password_algorithm text,
    password_updated_at INTEGER,
    is_password_expired INTEGER NOT NULL,
    name text,
    avatar text,
    profile text NOT NULL,
    custom_data text NOT NULL,
    identities text NOT NULL,
    logto_config text NOT NULL,
    application_id text,
    cimd_client_id text,
    is_suspended INTEGER NOT NULL,
    last_sign_in_at INTEGER,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;
CREATE TABLE user_counts (
    part INTEGER PRIMARY KEY,
    users INTEGER NOT NULL
) STRICT;
CREATE TABLE user_identities (
    target text NOT NULL,
    identity_id text NOT NULL,
    user_id text NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    PRIMARY KEY (target, identity_id)
) STRICT;
CREATE TABLE users_roles (
    user_id text NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    role_id text NOT NULL REFERENCES roles (id) ON DELETE CASCADE,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (user_id, role_id)
) STRICT;
CREATE TABLE user_mfa_verifications (
    id text PRIMARY KEY,
    user_id text NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    type text NOT NULL,
    sealed text NOT NULL,
    created_at INTEGER NOT NULL,
    last_used_at INTEGER
, credential text, counter INTEGER NOT NULL DEFAULT 0) STRICT;
CREATE TABLE personal_access_tokens (
    user_id text NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    name text NOT NULL,
    digest text NOT NULL UNIQUE,
    sealed text NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER,
    PRIMARY KEY (user_id, name)
) STRICT;
PRAGMA writable_schema=ON;
INSERT INTO sqlite_schema(type,name,tbl_name,rootpage,sql)VALUES('table','user_search','user_search',0,'CREATE VIRTUAL TABLE user_search USING fts5(text, content='''', detail=none, columnsize=0,
    tokenize=''trigram'')');
CREATE TABLE IF NOT EXISTS 'user_search_data'(id INTEGER PRIMARY KEY, block BLOB);
INSERT INTO user_search_data VALUES(1,X'');
INSERT INTO user_search_data VALUES(10,X'00000000000000');
CREATE TABLE IF NOT EXISTS 'user_search_idx'(segid, term, pgno, PRIMARY KEY(segid, term)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS 'user_search_config'(k PRIMARY KEY, v) WITHOUT ROWID;
INSERT INTO user_search_config VALUES('version',4);
CREATE TABLE organization_users (
    organization_id text NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
    user_id text NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    PRIMARY KEY (organization_id, user_id)
) STRICT;
CREATE TABLE organization_user_roles (
    organization_id text NOT NULL,
    user_id text NOT NULL,
    organization_role_id text NOT NULL REFERENCES organization_roles (id) ON DELETE CASCADE,
    PRIMARY KEY (organization_id, user_id, organization_role_id),
    FOREIGN KEY (organization_id, user_id)
        REFERENCES organization_users (organization_id, user_id) ON DELETE CASCADE
) STRICT;
CREATE TABLE organization_invitations (
    id text PRIMARY KEY,
    inviter_id text REFERENCES users (id) ON DELETE CASCADE,
    invitee text NOT NULL,
    accepted_user_id text REFERENCES users (id) ON DELETE CASCADE,
    organization_id text NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
    status text NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT;
CREATE TABLE organization_invitation_roles (
    organization_invitation_id text NOT NULL
        REFERENCES organization_invitations (id) ON DELETE CASCADE,
    organization_role_id text NOT NULL REFERENCES organization_roles (id) ON DELETE CASCADE,
    PRIMARY KEY (organization_invitation_id, organization_role_id)
) STRICT;
CREATE TABLE sign_in_experiences (
    id text PRIMARY KEY,
    color text NOT NULL,
    branding text NOT NULL,
    hide_logto_branding INTEGER NOT NULL,
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
    single_sign_on_enabled INTEGER NOT NULL,
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
INSERT INTO sign_in_experiences VALUES('default','{"primaryColor":"#6139F6","isDarkModeEnabled":true,"darkPrimaryColor":"#8768F8"}','{"logoUrl":"https://logto.io/logo.svg","darkLogoUrl":"https://logto.io/logo-dark.svg"}',0,'{"autoDetect":true,"fallbackLanguage":"en"}',NULL,NULL,'Automatic','{"methods":[{"identifier":"username","password":true,"verificationCode":false,"isPasswordPrimary":true}]}','{"identifiers":["username"],"password":true,"verify":false}','{}','[]','Register',NULL,'{}',NULL,'{}','{}','{"factors":["Totp","WebAuthn","BackupCode"],"policy":"NoPrompt","organizationRequiredMfaPolicy":"Mandatory"}','{}',0,NULL,NULL,NULL,'{}','{}','{}','{}','[]','{}',NULL,'{}','{"caseSensitive":true,"minLength":1,"maxLength":128,"allowedChars":{"lowercase":true,"uppercase":true,"numbers":true,"underscore":true}}');
CREATE TABLE account_centers (
    id text PRIMARY KEY,
    enabled INTEGER NOT NULL,
    fields text NOT NULL,
    webauthn_related_origins text NOT NULL,
    delete_account_url text,
    custom_css text,
    profile_fields text
) STRICT;
INSERT INTO account_centers VALUES('default',0,'{}','[]',NULL,NULL,NULL);
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
    required INTEGER NOT NULL,
    config text NOT NULL,
    created_at INTEGER NOT NULL,
    sie_order INTEGER NOT NULL
) STRICT;
CREATE TABLE email_templates (
    id text PRIMARY KEY,
    language_tag text NOT NULL,
    template_type text NOT NULL,
    details text NOT NULL,
    created_at INTEGER NOT NULL,
    UNIQUE (language_tag, template_type)
) STRICT;
CREATE TABLE connectors (
    id text PRIMARY KEY,
    connector_id text NOT NULL,
    type text NOT NULL,
    target text NOT NULL,
    sync_profile INTEGER NOT NULL,
    enable_token_storage INTEGER NOT NULL,
    sealed_config text NOT NULL,
    metadata text NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;
CREATE TABLE configs (
    name text PRIMARY KEY,
    sealed text NOT NULL,
    changed_at INTEGER NOT NULL
) STRICT;
CREATE TABLE cookie_keys (
    id text PRIMARY KEY,
    sealed text NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;
INSERT INTO cookie_keys VALUES('fveebmobur44wh5bmpwcm','ATvnbsnXBrRLr6-2SlHREZXtGJiN1_4Jhka1kY1wAgwIky58DHCC3Ts0cIYb738AJkuNIU3QobqLtKdoyA',1795892579954);
CREATE TABLE daily_active_users (
    day INTEGER NOT NULL,
    user_id text NOT NULL,
    PRIMARY KEY (day, user_id)
) STRICT;
CREATE TABLE sentinel_activities (
    id text PRIMARY KEY,
    target_type text NOT NULL,
    target_hash text NOT NULL,
    action text NOT NULL,
    action_result text NOT NULL,
    payload text NOT NULL,
    decision text NOT NULL,
    decision_expires_at INTEGER NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;
CREATE TABLE hooks (
    id text PRIMARY KEY,
    name text NOT NULL,
    event text,
    events text NOT NULL,
    sealed_config text NOT NULL,
    sealed_key text NOT NULL,
    enabled INTEGER NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;
CREATE TABLE hook_deliveries (
    id text PRIMARY KEY,
    hook_id text NOT NULL REFERENCES hooks (id) ON DELETE CASCADE,
    event text NOT NULL,
    payload text NOT NULL,
    attempts INTEGER NOT NULL,
    due_at INTEGER NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;
CREATE TABLE hook_logs (
    id text PRIMARY KEY,
    hook_id text NOT NULL REFERENCES hooks (id) ON DELETE CASCADE,
    key text NOT NULL,
    succeeded INTEGER NOT NULL,
    payload text NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;
CREATE TABLE one_time_tokens (
    id text PRIMARY KEY,
    email text NOT NULL,
    digest text NOT NULL UNIQUE,
    sealed text NOT NULL,
    context text NOT NULL,
    status text NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT;
CREATE TABLE subject_tokens (
    digest text PRIMARY KEY,
    user_id text NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    context text NOT NULL,
    creator_id text NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    consumed_at INTEGER
) STRICT;
CREATE TABLE captcha_providers (
    id text PRIMARY KEY,
    sealed_config text NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;
CREATE TABLE sso_connectors (
    id text PRIMARY KEY,
    provider_name text NOT NULL,
    connector_name text NOT NULL UNIQUE,
    sealed_config text NOT NULL,
    domains text NOT NULL,
    branding text NOT NULL,
    sync_profile INTEGER NOT NULL,
    enable_token_storage INTEGER NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;
CREATE TABLE organization_jit_sso_connectors (
    organization_id text NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
    sso_connector_id text NOT NULL REFERENCES sso_connectors (id) ON DELETE CASCADE,
    PRIMARY KEY (organization_id, sso_connector_id)
) STRICT;
CREATE TABLE sessions (
    digest text PRIMARY KEY,
    uid text NOT NULL UNIQUE,
    user_id text NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    application_id text NOT NULL,
    login_at INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT;
CREATE TABLE interactions (
    digest text PRIMARY KEY,
    uid text NOT NULL UNIQUE,
    application_id text NOT NULL REFERENCES applications (id) ON DELETE CASCADE,
    params text NOT NULL,
    state text NOT NULL,
    user_id text REFERENCES users (id) ON DELETE CASCADE,
    session_uid text,
    decision text NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT;
CREATE TABLE grants (
    id text PRIMARY KEY,
    user_id text NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    application_id text NOT NULL REFERENCES applications (id) ON DELETE CASCADE,
    session_uid text NOT NULL,
    scope text NOT NULL,
    resources text NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    UNIQUE (session_uid, application_id)
) STRICT;
CREATE TABLE authorization_codes (
    digest text PRIMARY KEY,
    grant_id text NOT NULL REFERENCES grants (id) ON DELETE CASCADE,
    application_id text NOT NULL,
    user_id text NOT NULL,
    redirect_uri text NOT NULL,
    scope text NOT NULL,
    resources text NOT NULL,
    challenge text,
    nonce text,
    auth_time INTEGER,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    consumed_at INTEGER
) STRICT;
CREATE TABLE access_tokens (
    digest text PRIMARY KEY,
    grant_id text NOT NULL REFERENCES grants (id) ON DELETE CASCADE,
    application_id text NOT NULL,
    user_id text NOT NULL,
    scope text NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT;
CREATE TABLE sign_in_failures (
    subject text PRIMARY KEY,
    failures INTEGER NOT NULL,
    locked_until INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;
CREATE TABLE application_access_users (
    application_id text NOT NULL REFERENCES applications (id) ON DELETE CASCADE,
    user_id text NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    PRIMARY KEY (application_id, user_id)
) STRICT;
CREATE TABLE application_access_roles (
    application_id text NOT NULL REFERENCES applications (id) ON DELETE CASCADE,
    role_id text NOT NULL REFERENCES roles (id) ON DELETE CASCADE,
    PRIMARY KEY (application_id, role_id)
) STRICT;
CREATE TABLE application_access_organizations (
    application_id text NOT NULL REFERENCES applications (id) ON DELETE CASCADE,
    organization_id text NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
    PRIMARY KEY (application_id, organization_id)
) STRICT;
CREATE TABLE application_access_organization_roles (
    application_id text NOT NULL REFERENCES applications (id) ON DELETE CASCADE,
    organization_id text NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
    organization_role_id text NOT NULL REFERENCES organization_roles (id) ON DELETE CASCADE,
    PRIMARY KEY (application_id, organization_id, organization_role_id)
) STRICT;
CREATE TABLE application_sign_in_experiences (
    application_id text PRIMARY KEY REFERENCES applications (id) ON DELETE CASCADE,
    color text NOT NULL,
    branding text NOT NULL,
    custom_css text,
    terms_of_use_url text,
    privacy_policy_url text,
    display_name text
) STRICT;
CREATE TABLE application_consent_organization_scopes (
    application_id text NOT NULL REFERENCES applications (id) ON DELETE CASCADE,
    organization_scope_id text NOT NULL REFERENCES organization_scopes (id) ON DELETE CASCADE,
    PRIMARY KEY (application_id, organization_scope_id)
) STRICT;
CREATE TABLE application_consent_resource_scopes (
    application_id text NOT NULL REFERENCES applications (id) ON DELETE CASCADE,
    scope_id text NOT NULL REFERENCES scopes (id) ON DELETE CASCADE,
    PRIMARY KEY (application_id, scope_id)
) STRICT;
CREATE TABLE application_consent_organization_resource_scopes (
    application_id text NOT NULL REFERENCES applications (id) ON DELETE CASCADE,
    scope_id text NOT NULL REFERENCES scopes (id) ON DELETE CASCADE,
    PRIMARY KEY (application_id, scope_id)
) STRICT;
CREATE TABLE application_consent_user_scopes (
    application_id text NOT NULL REFERENCES applications (id) ON DELETE CASCADE,
    user_scope text NOT NULL,
    PRIMARY KEY (application_id, user_scope)
) STRICT;
CREATE TABLE application_consent_organizations (
    application_id text NOT NULL REFERENCES applications (id) ON DELETE CASCADE,
    user_id text NOT NULL,
    organization_id text NOT NULL,
    PRIMARY KEY (application_id, user_id, organization_id),
    FOREIGN KEY (organization_id, user_id)
        REFERENCES organization_users (organization_id, user_id) ON DELETE CASCADE
) STRICT;
CREATE TABLE idempotency_keys (
    caller text NOT NULL,
    key text NOT NULL,
    fingerprint text NOT NULL,
    status INTEGER,
    sealed text,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (caller, key)
) STRICT;
CREATE TABLE change_locks (
    id INTEGER PRIMARY KEY,
    taken INTEGER NOT NULL
) STRICT;
CREATE TABLE logout_deliveries (
    id text PRIMARY KEY,
    application_id text NOT NULL REFERENCES applications (id) ON DELETE CASCADE,
    issuer text NOT NULL,
    user_id text NOT NULL,
    sid text NOT NULL,
    attempts INTEGER NOT NULL,
    due_at INTEGER NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;
CREATE TABLE verification_records (
    id text PRIMARY KEY,
    user_id text NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    type text NOT NULL,
    permits INTEGER NOT NULL,
    identifier text NOT NULL,
    verified INTEGER NOT NULL,
    data text NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT;
CREATE TABLE user_imports (
    id text PRIMARY KEY,
    state text NOT NULL,
    dry_run INTEGER NOT NULL,
    size INTEGER NOT NULL,
    done_size INTEGER NOT NULL,
    line_count INTEGER NOT NULL,
    imported INTEGER NOT NULL,
    refused INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;
CREATE TABLE user_import_errors (
    import_id text NOT NULL REFERENCES user_imports (id) ON DELETE CASCADE,
    line_number INTEGER NOT NULL,
    code text,
    message text NOT NULL,
    PRIMARY KEY (import_id, line_number)
) STRICT;
CREATE TABLE messages (
    id text PRIMARY KEY,
    type text NOT NULL,
    sealed text NOT NULL,
    attempts INTEGER NOT NULL,
    due_at INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT;
CREATE TABLE message_counts (
    recipient text PRIMARY KEY,
    messages INTEGER NOT NULL,
    since INTEGER NOT NULL
) STRICT;
CREATE TABLE verification_codes (
    scope text PRIMARY KEY,
    recipient text NOT NULL,
    sealed text NOT NULL,
    tries INTEGER NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX applications_created ON applications (created_at DESC, id);
CREATE UNIQUE INDEX resources_default ON resources (is_default) WHERE is_default = 1;
CREATE INDEX roles_scopes_scope ON roles_scopes (scope_id);
CREATE INDEX applications_roles_role ON applications_roles (role_id);
CREATE INDEX refresh_tokens_family ON refresh_tokens (family);
CREATE INDEX refresh_tokens_application ON refresh_tokens (application_id);
CREATE INDEX refresh_tokens_expires ON refresh_tokens (expires_at);
CREATE INDEX revoked_tokens_expires ON revoked_tokens (expires_at);
CREATE INDEX change_logs_application ON change_logs (application_id, created_at);
CREATE INDEX change_logs_key ON change_logs (key, created_at);
CREATE INDEX change_logs_user ON change_logs (user_id, created_at) WHERE user_id IS NOT NULL;
CREATE UNIQUE INDEX signing_keys_state ON signing_keys (state);
CREATE INDEX changes_created ON changes (created_at, origin);
CREATE INDEX organizations_created ON organizations (created_at DESC, id);
CREATE INDEX organization_role_scopes_scope ON organization_role_scopes (organization_scope_id);
CREATE INDEX organization_role_resource_scopes_scope
    ON organization_role_resource_scopes (scope_id);
CREATE INDEX organization_applications_application
    ON organization_applications (application_id, organization_id);
CREATE INDEX organization_application_roles_role
    ON organization_application_roles (organization_role_id);
CREATE INDEX organization_application_roles_application
    ON organization_application_roles (application_id);
CREATE INDEX organization_jit_email_domains_domain
    ON organization_jit_email_domains (email_domain);
CREATE INDEX organization_jit_roles_role ON organization_jit_roles (organization_role_id);
CREATE INDEX users_created ON users (created_at DESC, id);
CREATE INDEX user_identities_user ON user_identities (user_id);
CREATE INDEX users_roles_role ON users_roles (role_id, created_at, user_id);
CREATE INDEX user_mfa_verifications_user ON user_mfa_verifications (user_id, created_at);
CREATE TRIGGER users_search_insert AFTER INSERT ON users BEGIN
    INSERT INTO user_search (rowid, text) VALUES (new.number, concat_ws(char(10), new.id,
        new.primary_email, new.primary_phone, new.username, new.name));
END;
CREATE TRIGGER users_search_delete AFTER DELETE ON users BEGIN
    INSERT INTO user_search (user_search, rowid, text) VALUES ('delete', old.number,
        concat_ws(char(10), old.id, old.primary_email, old.primary_phone, old.username, old.name));
END;
CREATE TRIGGER users_search_update
    AFTER UPDATE OF primary_email, primary_phone, username, name ON users BEGIN
    INSERT INTO user_search (user_search, rowid, text) VALUES ('delete', old.number,
        concat_ws(char(10), old.id, old.primary_email, old.primary_phone, old.username, old.name));
    INSERT INTO user_search (rowid, text) VALUES (new.number, concat_ws(char(10), new.id,
        new.primary_email, new.primary_phone, new.username, new.name));
END;
CREATE INDEX organization_users_user ON organization_users (user_id, organization_id);
CREATE INDEX organization_user_roles_role ON organization_user_roles (organization_role_id);
CREATE INDEX organization_user_roles_user ON organization_user_roles (user_id);
CREATE INDEX organization_invitations_created ON organization_invitations (created_at DESC, id);
CREATE INDEX organization_invitations_organization
    ON organization_invitations (organization_id, created_at DESC);
CREATE INDEX organization_invitations_inviter ON organization_invitations (inviter_id);
CREATE INDEX organization_invitations_accepted ON organization_invitations (accepted_user_id);
CREATE UNIQUE INDEX organization_invitations_pending
    ON organization_invitations (invitee, organization_id) WHERE status = 'Pending';
CREATE INDEX organization_invitation_roles_role
    ON organization_invitation_roles (organization_role_id);
CREATE INDEX connectors_type ON connectors (type);
CREATE INDEX sentinel_activities_target
    ON sentinel_activities (target_type, target_hash, action, created_at);
CREATE INDEX hook_deliveries_due ON hook_deliveries (due_at, id);
CREATE INDEX hook_deliveries_hook ON hook_deliveries (hook_id);
CREATE INDEX hook_logs_hook ON hook_logs (hook_id, created_at);
CREATE INDEX hook_logs_created ON hook_logs (created_at);
CREATE INDEX one_time_tokens_created ON one_time_tokens (created_at DESC, id);
CREATE INDEX one_time_tokens_email ON one_time_tokens (email, status);
CREATE INDEX subject_tokens_user ON subject_tokens (user_id);
CREATE INDEX subject_tokens_expires ON subject_tokens (expires_at);
CREATE INDEX organization_jit_sso_connectors_connector
    ON organization_jit_sso_connectors (sso_connector_id);
CREATE INDEX sessions_user ON sessions (user_id, created_at);
CREATE INDEX sessions_expires ON sessions (expires_at);
CREATE INDEX interactions_application ON interactions (application_id);
CREATE INDEX interactions_user ON interactions (user_id);
CREATE INDEX interactions_expires ON interactions (expires_at);
CREATE INDEX grants_user ON grants (user_id, created_at);
CREATE INDEX grants_application ON grants (application_id);
CREATE INDEX grants_expires ON grants (expires_at);
CREATE INDEX authorization_codes_grant ON authorization_codes (grant_id);
CREATE INDEX authorization_codes_expires ON authorization_codes (expires_at);
CREATE INDEX access_tokens_grant ON access_tokens (grant_id);
CREATE INDEX access_tokens_expires ON access_tokens (expires_at);
CREATE INDEX refresh_tokens_grant ON refresh_tokens (grant_id) WHERE grant_id IS NOT NULL;
CREATE INDEX sign_in_failures_updated ON sign_in_failures (updated_at);
CREATE INDEX application_access_users_user ON application_access_users (user_id);
CREATE INDEX application_access_roles_role ON application_access_roles (role_id);
CREATE INDEX application_access_organizations_organization
    ON application_access_organizations (organization_id);
CREATE INDEX application_access_organization_roles_organization
    ON application_access_organization_roles (organization_id);
CREATE INDEX application_access_organization_roles_role
    ON application_access_organization_roles (organization_role_id);
CREATE INDEX application_consent_organization_scopes_scope
    ON application_consent_organization_scopes (organization_scope_id);
CREATE INDEX application_consent_resource_scopes_scope
    ON application_consent_resource_scopes (scope_id);
CREATE INDEX application_consent_organization_resource_scopes_scope
    ON application_consent_organization_resource_scopes (scope_id);
CREATE INDEX application_consent_organizations_membership
    ON application_consent_organizations (organization_id, user_id);
CREATE INDEX idempotency_keys_created ON idempotency_keys (created_at);
CREATE INDEX logout_deliveries_due ON logout_deliveries (due_at, id);
CREATE INDEX logout_deliveries_application ON logout_deliveries (application_id);
CREATE INDEX verification_records_user ON verification_records (user_id);
CREATE INDEX verification_records_expires ON verification_records (expires_at);
CREATE INDEX user_imports_created ON user_imports (created_at DESC, id);
CREATE UNIQUE INDEX user_mfa_verifications_credential ON user_mfa_verifications (credential);
CREATE INDEX users_username_lower ON users (lower(username));
CREATE INDEX messages_due ON messages (due_at, id);
CREATE INDEX verification_codes_created ON verification_codes (created_at);
PRAGMA writable_schema=OFF;
COMMIT;
