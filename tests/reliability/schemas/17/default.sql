PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
CREATE TABLE schema_versions (version INTEGER PRIMARY KEY, name text NOT NULL, applied_at INTEGER NOT NULL) STRICT;
INSERT INTO schema_versions VALUES(1,'foundation',1795892571812);
INSERT INTO schema_versions VALUES(2,'seeds',1795892571824);
INSERT INTO schema_versions VALUES(4,'organizations',1795892571861);
INSERT INTO schema_versions VALUES(5,'users',1795892571897);
INSERT INTO schema_versions VALUES(6,'organization_users',1795892571928);
INSERT INTO schema_versions VALUES(7,'sign_in_experience',1795892571947);
INSERT INTO schema_versions VALUES(8,'connectors',1795892571951);
INSERT INTO schema_versions VALUES(9,'configs',1795892571956);
INSERT INTO schema_versions VALUES(10,'hooks',1795892571968);
INSERT INTO schema_versions VALUES(11,'services',1795892572000);
INSERT INTO schema_versions VALUES(12,'sign_in',1795892572121);
INSERT INTO schema_versions VALUES(13,'sign_in_failures',1795892572148);
INSERT INTO schema_versions VALUES(15,'application_settings',1795892572211);
INSERT INTO schema_versions VALUES(16,'changes',1795892572236);
INSERT INTO schema_versions VALUES(17,'logout_deliveries',1795892572250);
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
INSERT INTO applications VALUES('8pmxbbjqzspevhls2f4wt','Signet quick start',NULL,'MachineToMachine','{"redirectUris":[],"postLogoutRedirectUris":[]}','{}',NULL,'{}',0,0,1795892573727);
INSERT INTO applications VALUES('rpnb1as5qijjtlki5gaw8','Billing',NULL,'MachineToMachine','{"redirectUris":[],"postLogoutRedirectUris":[]}','{}',NULL,'{}',0,0,1795892576475);
INSERT INTO applications VALUES('mmlngwkhzpy02jym43omh','Shop',NULL,'SPA','{"redirectUris":["https://client.example/callback"],"postLogoutRedirectUris":["https://client.example/bye"]}','{}',NULL,'{}',0,0,1795892576550);
CREATE TABLE application_secrets (
    application_id text NOT NULL REFERENCES applications (id) ON DELETE CASCADE,
    name text NOT NULL,
    digest text NOT NULL,
    sealed text NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER,
    PRIMARY KEY (application_id, name)
) STRICT;
INSERT INTO application_secrets VALUES('8pmxbbjqzspevhls2f4wt','Default secret','gtj9yqd_ZEwz7SZZkWt8nuR_wJ9o_Blz7jGuG23eCTg','AbOPI8lUKwQp68atThV7Qh4UI9QoKZKLUqYoyueGs4el_5r8tlqKZsk_hu7_D85FGaz21R1gTL-GSGY7LA',1795892573727,NULL);
INSERT INTO application_secrets VALUES('rpnb1as5qijjtlki5gaw8','Default secret','THklKSUno84brlUY6NUPk4vYOzN9AhfFbWeNvOZFmKc','AVFjktNFVjnsqyShfyW87KsUaCpcHXU8n3X-j5dPBP1sUk94eEuFoKIGMQCiPtkhKZVbn3pNtbc8OmLbZg',1795892576475,NULL);
CREATE TABLE resources (
    id text PRIMARY KEY,
    name text NOT NULL,
    indicator text NOT NULL UNIQUE,
    is_default INTEGER NOT NULL,
    access_token_ttl INTEGER NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;
INSERT INTO resources VALUES('management-api','Logto Management API','https://default.logto.app/api',0,3600,1795892572379);
INSERT INTO resources VALUES('u0oidj0l22meost6pj4g7','API','https://orders.example',0,3600,1795892576390);
CREATE TABLE scopes (
    id text PRIMARY KEY,
    resource_id text NOT NULL REFERENCES resources (id) ON DELETE CASCADE,
    name text NOT NULL,
    description text,
    created_at INTEGER NOT NULL,
    UNIQUE (resource_id, name)
) STRICT;
INSERT INTO scopes VALUES('management-api-all','management-api','all','Default scope for Management API, allows all permissions.',1795892572379);
INSERT INTO scopes VALUES('management-api-read-account-center','management-api','read:account-center','Read account-center.',1795892572378);
INSERT INTO scopes VALUES('management-api-write-account-center','management-api','write:account-center','Create, change and delete account-center.',1795892572378);
INSERT INTO scopes VALUES('management-api-read-applications','management-api','read:applications','Read applications.',1795892572378);
INSERT INTO scopes VALUES('management-api-write-applications','management-api','write:applications','Create, change and delete applications.',1795892572378);
INSERT INTO scopes VALUES('management-api-read-captcha-provider','management-api','read:captcha-provider','Read captcha-provider.',1795892572378);
INSERT INTO scopes VALUES('management-api-write-captcha-provider','management-api','write:captcha-provider','Create, change and delete captcha-provider.',1795892572378);
INSERT INTO scopes VALUES('management-api-read-configs','management-api','read:configs','Read configs.',1795892572378);
INSERT INTO scopes VALUES('management-api-write-configs','management-api','write:configs','Create, change and delete configs.',1795892572378);
INSERT INTO scopes VALUES('management-api-read-connector-factories','management-api','read:connector-factories','Read connector-factories.',1795892572378);
INSERT INTO scopes VALUES('management-api-write-connector-factories','management-api','write:connector-factories','Create, change and delete connector-factories.',1795892572378);
INSERT INTO scopes VALUES('management-api-read-connectors','management-api','read:connectors','Read connectors.',1795892572378);
INSERT INTO scopes VALUES('management-api-write-connectors','management-api','write:connectors','Create, change and delete connectors.',1795892572378);
INSERT INTO scopes VALUES('management-api-read-custom-phrases','management-api','read:custom-phrases','Read custom-phrases.',1795892572378);
INSERT INTO scopes VALUES('management-api-write-custom-phrases','management-api','write:custom-phrases','Create, change and delete custom-phrases.',1795892572378);
INSERT INTO scopes VALUES('management-api-read-custom-profile-fields','management-api','read:custom-profile-fields','Read custom-profile-fields.',1795892572378);
INSERT INTO scopes VALUES('management-api-write-custom-profile-fields','management-api','write:custom-profile-fields','Create, change and delete custom-profile-fields.',1795892572378);
INSERT INTO scopes VALUES('management-api-read-dashboard','management-api','read:dashboard','Read dashboard.',1795892572378);
INSERT INTO scopes VALUES('management-api-write-dashboard','management-api','write:dashboard','Create, change and delete dashboard.',1795892572378);
INSERT INTO scopes VALUES('management-api-read-domains','management-api','read:domains','Read domains.',1795892572378);
INSERT INTO scopes VALUES('management-api-write-domains','management-api','write:domains','Create, change and delete domains.',1795892572378);
INSERT INTO scopes VALUES('management-api-read-email-templates','management-api','read:email-templates','Read email-templates.',1795892572378);
INSERT INTO scopes VALUES('management-api-write-email-templates','management-api','write:email-templates','Create, change and delete email-templates.',1795892572378);
INSERT INTO scopes VALUES('management-api-read-hooks','management-api','read:hooks','Read hooks.',1795892572378);
INSERT INTO scopes VALUES('management-api-write-hooks','management-api','write:hooks','Create, change and delete hooks.',1795892572378);
INSERT INTO scopes VALUES('management-api-read-logs','management-api','read:logs','Read logs.',1795892572378);
INSERT INTO scopes VALUES('management-api-write-logs','management-api','write:logs','Create, change and delete logs.',1795892572378);
INSERT INTO scopes VALUES('management-api-read-one-time-tokens','management-api','read:one-time-tokens','Read one-time-tokens.',1795892572378);
INSERT INTO scopes VALUES('management-api-write-one-time-tokens','management-api','write:one-time-tokens','Create, change and delete one-time-tokens.',1795892572378);
INSERT INTO scopes VALUES('management-api-read-organization-invitations','management-api','read:organization-invitations','Read organization-invitations.',1795892572378);
INSERT INTO scopes VALUES('management-api-write-organization-invitations','management-api','write:organization-invitations','Create, change and delete organization-invitations.',1795892572378);
INSERT INTO scopes VALUES('management-api-read-organization-roles','management-api','read:organization-roles','Read organization-roles.',1795892572378);
INSERT INTO scopes VALUES('management-api-write-organization-roles','management-api','write:organization-roles','Create, change and delete organization-roles.',1795892572378);
INSERT INTO scopes VALUES('management-api-read-organization-scopes','management-api','read:organization-scopes','Read organization-scopes.',1795892572378);
INSERT INTO scopes VALUES('management-api-write-organization-scopes','management-api','write:organization-scopes','Create, change and delete organization-scopes.',1795892572378);
INSERT INTO scopes VALUES('management-api-read-organizations','management-api','read:organizations','Read organizations.',1795892572378);
INSERT INTO scopes VALUES('management-api-write-organizations','management-api','write:organizations','Create, change and delete organizations.',1795892572378);
INSERT INTO scopes VALUES('management-api-read-resources','management-api','read:resources','Read resources.',1795892572378);
INSERT INTO scopes VALUES('management-api-write-resources','management-api','write:resources','Create, change and delete resources.',1795892572378);
INSERT INTO scopes VALUES('management-api-read-roles','management-api','read:roles','Read roles.',1795892572378);
INSERT INTO scopes VALUES('management-api-write-roles','management-api','write:roles','Create, change and delete roles.',1795892572378);
INSERT INTO scopes VALUES('management-api-read-sentinel-activities','management-api','read:sentinel-activities','Read sentinel-activities.',1795892572378);
INSERT INTO scopes VALUES('management-api-write-sentinel-activities','management-api','write:sentinel-activities','Create, change and delete sentinel-activities.',1795892572378);
INSERT INTO scopes VALUES('management-api-read-sign-in-exp','management-api','read:sign-in-exp','Read sign-in-exp.',1795892572378);
INSERT INTO scopes VALUES('management-api-write-sign-in-exp','management-api','write:sign-in-exp','Create, change and delete sign-in-exp.',1795892572378);
INSERT INTO scopes VALUES('management-api-read-sso-connector-providers','management-api','read:sso-connector-providers','Read sso-connector-providers.',1795892572378);
INSERT INTO scopes VALUES('management-api-write-sso-connector-providers','management-api','write:sso-connector-providers','Create, change and delete sso-connector-providers.',1795892572378);
INSERT INTO scopes VALUES('management-api-read-sso-connectors','management-api','read:sso-connectors','Read sso-connectors.',1795892572378);
INSERT INTO scopes VALUES('management-api-write-sso-connectors','management-api','write:sso-connectors','Create, change and delete sso-connectors.',1795892572378);
INSERT INTO scopes VALUES('management-api-read-subject-tokens','management-api','read:subject-tokens','Read subject-tokens.',1795892572378);
INSERT INTO scopes VALUES('management-api-write-subject-tokens','management-api','write:subject-tokens','Create, change and delete subject-tokens.',1795892572378);
INSERT INTO scopes VALUES('management-api-read-systems','management-api','read:systems','Read systems.',1795892572378);
INSERT INTO scopes VALUES('management-api-write-systems','management-api','write:systems','Create, change and delete systems.',1795892572378);
INSERT INTO scopes VALUES('management-api-read-user-assets','management-api','read:user-assets','Read user-assets.',1795892572378);
INSERT INTO scopes VALUES('management-api-write-user-assets','management-api','write:user-assets','Create, change and delete user-assets.',1795892572378);
INSERT INTO scopes VALUES('management-api-read-users','management-api','read:users','Read users.',1795892572378);
INSERT INTO scopes VALUES('management-api-write-users','management-api','write:users','Create, change and delete users.',1795892572378);
INSERT INTO scopes VALUES('management-api-read-secrets','management-api','read:secrets','Read secrets.',1795892572378);
INSERT INTO scopes VALUES('39su6q4swezlr1s04x361','u0oidj0l22meost6pj4g7','read:orders',NULL,1795892576434);
CREATE TABLE roles (
    id text PRIMARY KEY,
    name text NOT NULL UNIQUE,
    description text NOT NULL,
    type text NOT NULL,
    is_default INTEGER NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;
INSERT INTO roles VALUES('ls4mwkyh0o424f524lpq5','Logto Management API access','This default role grants access to the Logto management API.','MachineToMachine',0,1795892572379);
INSERT INTO roles VALUES('lth9blc8fngvxlbnaydml','reader','made by a test','MachineToMachine',0,1795892576453);
INSERT INTO roles VALUES('frakl8ogdqmjcycc6h9fg','buyer','made by a test','User',0,1795892577212);
CREATE TABLE roles_scopes (
    role_id text NOT NULL REFERENCES roles (id) ON DELETE CASCADE,
    scope_id text NOT NULL REFERENCES scopes (id) ON DELETE CASCADE,
    PRIMARY KEY (role_id, scope_id)
) STRICT;
INSERT INTO roles_scopes VALUES('ls4mwkyh0o424f524lpq5','management-api-all');
INSERT INTO roles_scopes VALUES('lth9blc8fngvxlbnaydml','39su6q4swezlr1s04x361');
INSERT INTO roles_scopes VALUES('frakl8ogdqmjcycc6h9fg','39su6q4swezlr1s04x361');
CREATE TABLE applications_roles (
    application_id text NOT NULL REFERENCES applications (id) ON DELETE CASCADE,
    role_id text NOT NULL REFERENCES roles (id) ON DELETE CASCADE,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (application_id, role_id)
) STRICT;
INSERT INTO applications_roles VALUES('8pmxbbjqzspevhls2f4wt','ls4mwkyh0o424f524lpq5',1795892573727);
INSERT INTO applications_roles VALUES('rpnb1as5qijjtlki5gaw8','lth9blc8fngvxlbnaydml',1795892576537);
CREATE TABLE signing_keys (
    id text PRIMARY KEY,
    alg text NOT NULL,
    sealed text NOT NULL,
    state text NOT NULL,
    signs_at INTEGER NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;
INSERT INTO signing_keys VALUES('xmni482ar27g2465p7iej','ES256','AVsTeSZ7MbJ3wLqRr146l3_dWFA4z0e55Qz8N-M6QxxTfxgQ1dM1Fc4GUSwCDkzNCCzvml2bSM3XjjE7hVvdU8spSHgjZ_RfXukUBywDI1y_ful9u_PB60zpKGsgCnDDITYTbjZEA0VoSQD4pw7UZTIKFy3Sr-7H9bv6A2n0Qzr1AETY_LNQZUYF-dROOMdCAga41_mDQUcrIAO4IQ0ynR9JjLBBOlpqD476YbTLJ3sJOXulwnK2-KB8utopJZj-Uaok13p6eVcM7yUaU7GpTLFk5Ccm6E9nz67KrKofP_OhXA_MPgvPeNPth_o3PqYczzUIis0p7O5iopkI6XR1GsqDdzNRaGvFB_xp0cfN','Current',1795892572379,1795892572379);
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
INSERT INTO refresh_tokens VALUES('JN1Z4pfoeIMzhon9pR8C9Tbe4typKaXzCqpLLufPGNU','17a5sp7prlt8syitumfhj','mmlngwkhzpy02jym43omh','','openid profile offline_access',1795892577628,1797102177628,NULL,NULL,'qjrc7ynika2et6zgc06go','ep1j6jcyd85i',NULL,NULL,1795892577628);
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
CREATE TABLE changes (
    id text PRIMARY KEY,
    origin text NOT NULL,
    kind text NOT NULL,
    entity text NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;
INSERT INTO changes VALUES('0mx0s2hgb000z0ccoepos','ctwwca093r37rjo5mougo','keys','xmni482ar27g2465p7iej',1795892572379);
INSERT INTO changes VALUES('0mx0s2hgb001vgqm1rfd9','ctwwca093r37rjo5mougo','access','seed',1795892572379);
INSERT INTO changes VALUES('0mx0s2ihr000kyfuowqn7','ctwwca093r37rjo5mougo','application','8pmxbbjqzspevhls2f4wt',1795892573727);
INSERT INTO changes VALUES('0mx0s2ihr001ob4zi8vsn','ctwwca093r37rjo5mougo','application','8pmxbbjqzspevhls2f4wt',1795892573727);
INSERT INTO changes VALUES('0mx0s2ihr002xbudm6baa','ctwwca093r37rjo5mougo','application','8pmxbbjqzspevhls2f4wt',1795892573727);
INSERT INTO changes VALUES('0mx0s2kjq000qobi5s930','9ldx7z0e3h19g18cfjb6d','access','u0oidj0l22meost6pj4g7',1795892576390);
INSERT INTO changes VALUES('0mx0s2kky000bjpk7eed8','9ldx7z0e3h19g18cfjb6d','access','39su6q4swezlr1s04x361',1795892576434);
INSERT INTO changes VALUES('0mx0s2klh000kqbriocyt','9ldx7z0e3h19g18cfjb6d','access','lth9blc8fngvxlbnaydml',1795892576453);
INSERT INTO changes VALUES('0mx0s2km3000s9919zak2','9ldx7z0e3h19g18cfjb6d','application','rpnb1as5qijjtlki5gaw8',1795892576475);
INSERT INTO changes VALUES('0mx0s2knt00084idgqv8g','9ldx7z0e3h19g18cfjb6d','application','rpnb1as5qijjtlki5gaw8',1795892576537);
INSERT INTO changes VALUES('0mx0s2ko6000jvrhllx63','9ldx7z0e3h19g18cfjb6d','application','mmlngwkhzpy02jym43omh',1795892576550);
INSERT INTO changes VALUES('0mx0s2l65000kjkzubjrv','9ldx7z0e3h19g18cfjb6d','access','fo3z8meeamu8l6nnun04j',1795892577197);
INSERT INTO changes VALUES('0mx0s2l6k000e2f12zbff','9ldx7z0e3h19g18cfjb6d','access','frakl8ogdqmjcycc6h9fg',1795892577212);
CREATE TABLE change_logs (
    id text PRIMARY KEY,
    key text NOT NULL,
    application_id text,
    user_id text,
    payload text NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;
INSERT INTO change_logs VALUES('0mx0s2kjq001xp57j6nv9','ManagementApi.POST /api/resources','8pmxbbjqzspevhls2f4wt',NULL,'{"key":"ManagementApi.POST /api/resources","result":"Success","ip":"127.0.0.1","applicationId":"8pmxbbjqzspevhls2f4wt","params":{},"changed":{"name":"API","indicator":"https://orders.example"}}',1795892576390);
INSERT INTO change_logs VALUES('0mx0s2kky00120brbgy0e','ManagementApi.POST /api/resources/:resourceId/scopes','8pmxbbjqzspevhls2f4wt',NULL,'{"key":"ManagementApi.POST /api/resources/:resourceId/scopes","result":"Success","ip":"127.0.0.1","applicationId":"8pmxbbjqzspevhls2f4wt","params":{"resourceId":"u0oidj0l22meost6pj4g7"},"changed":{"name":"read:orders"}}',1795892576434);
INSERT INTO change_logs VALUES('0mx0s2klh0013ngsu583e','ManagementApi.POST /api/roles','8pmxbbjqzspevhls2f4wt',NULL,'{"key":"ManagementApi.POST /api/roles","result":"Success","ip":"127.0.0.1","applicationId":"8pmxbbjqzspevhls2f4wt","params":{},"changed":{"name":"reader","description":"made by a test","type":"MachineToMachine","scopeIds":["39su6q4swezlr1s04x361"]}}',1795892576453);
INSERT INTO change_logs VALUES('0mx0s2km3001cthtv40f5','ManagementApi.POST /api/applications','8pmxbbjqzspevhls2f4wt',NULL,'{"key":"ManagementApi.POST /api/applications","result":"Success","ip":"127.0.0.1","applicationId":"8pmxbbjqzspevhls2f4wt","params":{},"changed":{"name":"Billing","type":"MachineToMachine"}}',1795892576475);
INSERT INTO change_logs VALUES('0mx0s2knt0019gi7ik1iy','ManagementApi.POST /api/applications/:id/roles','8pmxbbjqzspevhls2f4wt',NULL,'{"key":"ManagementApi.POST /api/applications/:id/roles","result":"Success","ip":"127.0.0.1","applicationId":"8pmxbbjqzspevhls2f4wt","params":{"id":"rpnb1as5qijjtlki5gaw8"},"changed":{"roleIds":["lth9blc8fngvxlbnaydml"]}}',1795892576537);
INSERT INTO change_logs VALUES('0mx0s2ko6001nfosg635k','ManagementApi.POST /api/applications','8pmxbbjqzspevhls2f4wt',NULL,'{"key":"ManagementApi.POST /api/applications","result":"Success","ip":"127.0.0.1","applicationId":"8pmxbbjqzspevhls2f4wt","params":{},"changed":{"name":"Shop","type":"SPA","oidcClientMetadata":{"redirectUris":["https://client.example/callback"],"postLogoutRedirectUris":["https://client.example/bye"]}}}',1795892576550);
INSERT INTO change_logs VALUES('0mx0s2kp4000zurnb1qz5','ManagementApi.POST /api/users','8pmxbbjqzspevhls2f4wt',NULL,'{"key":"ManagementApi.POST /api/users","result":"Success","ip":"127.0.0.1","applicationId":"8pmxbbjqzspevhls2f4wt","params":{},"changed":{"primaryEmail":"old.hand@example.com","username":"old_hand","password":"******","name":"Old Hand","customData":{"since":1}}}',1795892576584);
INSERT INTO change_logs VALUES('0mx0s2l5v0002fy39s4yn','ManagementApi.POST /api/organizations','8pmxbbjqzspevhls2f4wt',NULL,'{"key":"ManagementApi.POST /api/organizations","result":"Success","ip":"127.0.0.1","applicationId":"8pmxbbjqzspevhls2f4wt","params":{},"changed":{"name":"Works"}}',1795892577187);
INSERT INTO change_logs VALUES('0mx0s2l65001yn8ieei1j','ManagementApi.POST /api/organization-roles','8pmxbbjqzspevhls2f4wt',NULL,'{"key":"ManagementApi.POST /api/organization-roles","result":"Success","ip":"127.0.0.1","applicationId":"8pmxbbjqzspevhls2f4wt","params":{},"changed":{"name":"keeper"}}',1795892577197);
INSERT INTO change_logs VALUES('0mx0s2l6b0002r5f9vsa6','ManagementApi.POST /api/organizations/:id/users','8pmxbbjqzspevhls2f4wt',NULL,'{"key":"ManagementApi.POST /api/organizations/:id/users","result":"Success","ip":"127.0.0.1","applicationId":"8pmxbbjqzspevhls2f4wt","params":{"id":"152yabgeoouy"},"changed":{"userIds":["ep1j6jcyd85i"]}}',1795892577203);
INSERT INTO change_logs VALUES('0mx0s2l6d000fdrd1yibr','ManagementApi.POST /api/organizations/:id/users/:userId/roles','8pmxbbjqzspevhls2f4wt',NULL,'{"key":"ManagementApi.POST /api/organizations/:id/users/:userId/roles","result":"Success","ip":"127.0.0.1","applicationId":"8pmxbbjqzspevhls2f4wt","params":{"id":"152yabgeoouy","userId":"ep1j6jcyd85i"},"changed":{"organizationRoleIds":["fo3z8meeamu8l6nnun04j"]}}',1795892577205);
INSERT INTO change_logs VALUES('0mx0s2l6g000eo77jr6lf','ManagementApi.POST /api/hooks','8pmxbbjqzspevhls2f4wt',NULL,'{"key":"ManagementApi.POST /api/hooks","result":"Success","ip":"127.0.0.1","applicationId":"8pmxbbjqzspevhls2f4wt","params":{},"changed":{"name":"Tell","events":["User.Created"],"config":"******"}}',1795892577208);
INSERT INTO change_logs VALUES('0mx0s2l6k0015y88cyoc1','ManagementApi.POST /api/roles','8pmxbbjqzspevhls2f4wt',NULL,'{"key":"ManagementApi.POST /api/roles","result":"Success","ip":"127.0.0.1","applicationId":"8pmxbbjqzspevhls2f4wt","params":{},"changed":{"name":"buyer","description":"made by a test","type":"User","scopeIds":["39su6q4swezlr1s04x361"]}}',1795892577212);
INSERT INTO change_logs VALUES('0mx0s2l6o00006s4kjcda','ManagementApi.POST /api/users/:userId/roles','8pmxbbjqzspevhls2f4wt',NULL,'{"key":"ManagementApi.POST /api/users/:userId/roles","result":"Success","ip":"127.0.0.1","applicationId":"8pmxbbjqzspevhls2f4wt","params":{"userId":"ep1j6jcyd85i"},"changed":{"roleIds":["frakl8ogdqmjcycc6h9fg"]}}',1795892577216);
CREATE TABLE seeds (
    name text PRIMARY KEY,
    value text NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;
INSERT INTO seeds VALUES('management-role','ls4mwkyh0o424f524lpq5',1795892572379);
INSERT INTO seeds VALUES('signing-key','made',1795892572379);
INSERT INTO seeds VALUES('cookie-key','made',1795892572379);
INSERT INTO seeds VALUES('content','3:account-center,applications,captcha-provider,configs,connector-factories,connectors,custom-phrases,custom-profile-fields,dashboard,domains,email-templates,hooks,logs,one-time-tokens,organization-invitations,organization-roles,organization-scopes,organizations,resources,roles,sentinel-activities,sign-in-exp,sso-connector-providers,sso-connectors,subject-tokens,systems,user-assets,users;read:secrets,write:users',1795892572379);
INSERT INTO seeds VALUES('quick-start','8pmxbbjqzspevhls2f4wt',1795892573727);
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
INSERT INTO organizations VALUES('152yabgeoouy','Works',NULL,'{}',0,'{}','{}',NULL,1795892577187);
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
INSERT INTO organization_roles VALUES('fo3z8meeamu8l6nnun04j','keeper',NULL,'User');
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
INSERT INTO users VALUES(1,'ep1j6jcyd85i','old_hand','old.hand@example.com','old.hand@example.com',NULL,'$argon2id$v=19$m=19456,t=2,p=1$H1Mhf2OX7amTo+MF6Uh2Bg$YF6bPMZ7AyW/1+xu2Bpd92f3yYzCLhoSlSFEJSVp3MY','Argon2id',1795892576584,0,'Old Hand',NULL,'{}','{"since":1}','{}','{}','mmlngwkhzpy02jym43omh',NULL,0,1795892577598,1795892576584,1795892577598);
CREATE TABLE user_counts (
    part INTEGER PRIMARY KEY,
    users INTEGER NOT NULL
) STRICT;
INSERT INTO user_counts VALUES(0,1);
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
INSERT INTO users_roles VALUES('ep1j6jcyd85i','frakl8ogdqmjcycc6h9fg',1795892577216);
CREATE TABLE user_mfa_verifications (
    id text PRIMARY KEY,
    user_id text NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    type text NOT NULL,
    sealed text NOT NULL,
    created_at INTEGER NOT NULL,
    last_used_at INTEGER
) STRICT;
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
INSERT INTO user_search_data VALUES(1,X'0131');
INSERT INTO user_search_data VALUES(10,X'000000000101010001010101');
INSERT INTO user_search_data VALUES(137438953473,X'000000e504300a6f6c0101032068610101032e636f0102026861010103316a3601010335690a010103366a630101033835690101034065780101035f6861010103616d700102026e64010103636f6d0102027964010103640a6f01020220680102022e68010202383501020240650102025f68010103652e630102027031010202786101010368616e010103690a6f0101036a366a01020263790101036c64200103012e0103015f010202652e0101036d0a6f010202706c0101036e640a010301400101036f6c640102026d0a01010370316a0102026c6501010378616d010103796438010406060605060606060606060506050605050505050605050606060506040405060506040605060506');
CREATE TABLE IF NOT EXISTS 'user_search_idx'(segid, term, pgno, PRIMARY KEY(segid, term)) WITHOUT ROWID;
INSERT INTO user_search_idx VALUES(1,X'',2);
CREATE TABLE IF NOT EXISTS 'user_search_config'(k PRIMARY KEY, v) WITHOUT ROWID;
INSERT INTO user_search_config VALUES('version',4);
CREATE TABLE organization_users (
    organization_id text NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
    user_id text NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    PRIMARY KEY (organization_id, user_id)
) STRICT;
INSERT INTO organization_users VALUES('152yabgeoouy','ep1j6jcyd85i');
CREATE TABLE organization_user_roles (
    organization_id text NOT NULL,
    user_id text NOT NULL,
    organization_role_id text NOT NULL REFERENCES organization_roles (id) ON DELETE CASCADE,
    PRIMARY KEY (organization_id, user_id, organization_role_id),
    FOREIGN KEY (organization_id, user_id)
        REFERENCES organization_users (organization_id, user_id) ON DELETE CASCADE
) STRICT;
INSERT INTO organization_user_roles VALUES('152yabgeoouy','ep1j6jcyd85i','fo3z8meeamu8l6nnun04j');
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
INSERT INTO sign_in_experiences VALUES('default','{"primaryColor":"#6139F6","isDarkModeEnabled":false,"darkPrimaryColor":"#8768F8"}','{"logoUrl":"https://logto.io/logo.svg","darkLogoUrl":"https://logto.io/logo-dark.svg"}',0,'{"autoDetect":true,"fallbackLanguage":"en"}',NULL,NULL,'Automatic','{"methods":[{"identifier":"username","password":true,"verificationCode":false,"isPasswordPrimary":true}]}','{"identifiers":["username"],"password":true,"verify":false}','{}','[]','SignInAndRegister',NULL,'{}',NULL,'{}','{}','{"factors":[],"policy":"UserControlled"}','{}',0,NULL,NULL,NULL,'{}','{}','{}','{}','[]','{}',NULL,'{}','{"caseSensitive":true,"minLength":1,"maxLength":128,"allowedChars":{"lowercase":true,"uppercase":true,"numbers":true,"underscore":true}}');
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
INSERT INTO cookie_keys VALUES('18ra3yfu5hgpwsqmznez1','AaQlTNCifhocwaT-jKAHR3ix6iDT1ujlaaNdolQWie9bKeC5vt1ns2j_zcMjJ99RlYpBlt7HUII5w1cRbA',1795892572379);
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
INSERT INTO hooks VALUES('h9saj2x33gln27ba63uan','Tell',NULL,'["User.Created"]','AZA459NA3sYcaXHPH-gc35RmszMW2tK1kCGMFcx_-MNeJH3dxlJ914aY3vLVp1ruDvqv-Lgd1Rwp4FtiyXxDhfLy4LY','ATxMMtCNOHdpRl9rUKSVUT9tpt3CWX7sAKSblL_l536vUea1dSF85C345HmDqc7WEpjfsayuj39tY-ultA',1,1795892577208);
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
INSERT INTO sessions VALUES('HZJb_u1jeKRoMZwpYoH8eqelrSA2u7yX853svlm6JwA','OvPHOnHhSXEr58PQoPhv3_8RQ6CQp9Q1TzPVC-EIdy8','ep1j6jcyd85i','mmlngwkhzpy02jym43omh',1795892577605,1795892577605,1797102177605);
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
INSERT INTO grants VALUES('qjrc7ynika2et6zgc06go','ep1j6jcyd85i','mmlngwkhzpy02jym43omh','OvPHOnHhSXEr58PQoPhv3_8RQ6CQp9Q1TzPVC-EIdy8','openid profile offline_access','',1795892577605,1811444577605);
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
INSERT INTO authorization_codes VALUES('YL8jjWHkODNpMOTskpU6rZmepGLbrugBrqRVWSukdiI','qjrc7ynika2et6zgc06go','mmlngwkhzpy02jym43omh','ep1j6jcyd85i','https://client.example/callback','openid profile offline_access','','dyQr4oXZ2Rnzdpj3mSZxwW-Cb8grLOeb-SmNHlnvwHw',NULL,NULL,1795892577605,1795892637605,1795892577628);
CREATE TABLE access_tokens (
    digest text PRIMARY KEY,
    grant_id text NOT NULL REFERENCES grants (id) ON DELETE CASCADE,
    application_id text NOT NULL,
    user_id text NOT NULL,
    scope text NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT;
INSERT INTO access_tokens VALUES('p173fMgh2v9VDqtD54m2nCgLsc5PsKVdGczfYiUlV9A','qjrc7ynika2et6zgc06go','mmlngwkhzpy02jym43omh','ep1j6jcyd85i','openid profile offline_access',1795892577628,1795896177628);
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
PRAGMA writable_schema=OFF;
COMMIT;
