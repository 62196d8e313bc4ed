CREATE TABLE applications (
    id text PRIMARY KEY,
    name text NOT NULL,
    description text,
    type text NOT NULL,
    oidc_client_metadata text NOT NULL,
    custom_client_metadata text NOT NULL,
    protected_app_metadata text,
    custom_data text NOT NULL,
    is_third_party bigint NOT NULL,
    app_level_access_control_enabled bigint NOT NULL,
    created_at bigint NOT NULL
) STRICT;
CREATE INDEX applications_created ON applications (created_at DESC, id);

CREATE TABLE application_secrets (
    application_id text NOT NULL REFERENCES applications (id) ON DELETE CASCADE,
    name text NOT NULL,
    digest text NOT NULL,
    sealed text NOT NULL,
    created_at bigint NOT NULL,
    expires_at bigint,
    PRIMARY KEY (application_id, name)
) STRICT;

CREATE TABLE resources (
    id text PRIMARY KEY,
    name text NOT NULL,
    indicator text NOT NULL UNIQUE,
    is_default bigint NOT NULL,
    access_token_ttl bigint NOT NULL,
    created_at bigint NOT NULL
) STRICT;
CREATE UNIQUE INDEX resources_default ON resources (is_default) WHERE is_default = 1;

CREATE TABLE scopes (
    id text PRIMARY KEY,
    resource_id text NOT NULL REFERENCES resources (id) ON DELETE CASCADE,
    name text NOT NULL,
    description text,
    created_at bigint NOT NULL,
    UNIQUE (resource_id, name)
) STRICT;

CREATE TABLE roles (
    id text PRIMARY KEY,
    name text NOT NULL UNIQUE,
    description text NOT NULL,
    type text NOT NULL,
    is_default bigint NOT NULL,
    created_at bigint NOT NULL
) STRICT;

CREATE TABLE roles_scopes (
    role_id text NOT NULL REFERENCES roles (id) ON DELETE CASCADE,
    scope_id text NOT NULL REFERENCES scopes (id) ON DELETE CASCADE,
    PRIMARY KEY (role_id, scope_id)
) STRICT;
CREATE INDEX roles_scopes_scope ON roles_scopes (scope_id);

CREATE TABLE applications_roles (
    application_id text NOT NULL REFERENCES applications (id) ON DELETE CASCADE,
    role_id text NOT NULL REFERENCES roles (id) ON DELETE CASCADE,
    created_at bigint NOT NULL,
    PRIMARY KEY (application_id, role_id)
) STRICT;
CREATE INDEX applications_roles_role ON applications_roles (role_id);

CREATE TABLE signing_keys (
    id text PRIMARY KEY,
    alg text NOT NULL,
    sealed text NOT NULL,
    state text NOT NULL,
    signs_at bigint NOT NULL,
    created_at bigint NOT NULL
) STRICT;

CREATE TABLE refresh_tokens (
    digest text PRIMARY KEY,
    family text NOT NULL,
    application_id text NOT NULL REFERENCES applications (id) ON DELETE CASCADE,
    resource text NOT NULL,
    scope text NOT NULL,
    created_at bigint NOT NULL,
    expires_at bigint NOT NULL,
    consumed_at bigint
) STRICT;
CREATE INDEX refresh_tokens_family ON refresh_tokens (family);
CREATE INDEX refresh_tokens_application ON refresh_tokens (application_id);
CREATE INDEX refresh_tokens_expires ON refresh_tokens (expires_at);

CREATE TABLE revoked_tokens (
    jti text PRIMARY KEY,
    expires_at bigint NOT NULL
) STRICT;
CREATE INDEX revoked_tokens_expires ON revoked_tokens (expires_at);

CREATE TABLE invitations (
    digest text PRIMARY KEY,
    created_at bigint NOT NULL,
    expires_at bigint NOT NULL,
    consumed_at bigint
) STRICT;

CREATE TABLE changes (
    id text PRIMARY KEY,
    origin text NOT NULL,
    kind text NOT NULL,
    entity text NOT NULL,
    created_at bigint NOT NULL
) STRICT;
CREATE INDEX changes_created ON changes (created_at);

CREATE TABLE change_logs (
    id text PRIMARY KEY,
    key text NOT NULL,
    application_id text,
    user_id text,
    payload text NOT NULL,
    created_at bigint NOT NULL
) STRICT;
CREATE INDEX change_logs_application ON change_logs (application_id, created_at);
CREATE INDEX change_logs_key ON change_logs (key, created_at);
CREATE INDEX change_logs_user ON change_logs (user_id, created_at) WHERE user_id IS NOT NULL;
