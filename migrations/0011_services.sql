CREATE TABLE one_time_tokens (
    id text PRIMARY KEY,
    email text NOT NULL,
    digest text NOT NULL UNIQUE,
    sealed text NOT NULL,
    context text NOT NULL,
    status text NOT NULL,
    created_at bigint NOT NULL,
    expires_at bigint NOT NULL
) STRICT;
CREATE INDEX one_time_tokens_created ON one_time_tokens (created_at DESC, id);
CREATE INDEX one_time_tokens_email ON one_time_tokens (email, status);

CREATE TABLE subject_tokens (
    digest text PRIMARY KEY,
    user_id text NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    context text NOT NULL,
    creator_id text NOT NULL,
    created_at bigint NOT NULL,
    expires_at bigint NOT NULL,
    consumed_at bigint
) STRICT;
CREATE INDEX subject_tokens_user ON subject_tokens (user_id);
CREATE INDEX subject_tokens_expires ON subject_tokens (expires_at);

CREATE TABLE captcha_providers (
    id text PRIMARY KEY,
    sealed_config text NOT NULL,
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL
) STRICT;

CREATE TABLE sso_connectors (
    id text PRIMARY KEY,
    provider_name text NOT NULL,
    connector_name text NOT NULL UNIQUE,
    sealed_config text NOT NULL,
    domains text NOT NULL,
    branding text NOT NULL,
    sync_profile bigint NOT NULL,
    enable_token_storage bigint NOT NULL,
    created_at bigint NOT NULL
) STRICT;

CREATE TABLE organization_jit_sso_connectors (
    organization_id text NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
    sso_connector_id text NOT NULL REFERENCES sso_connectors (id) ON DELETE CASCADE,
    PRIMARY KEY (organization_id, sso_connector_id)
) STRICT;
CREATE INDEX organization_jit_sso_connectors_connector
    ON organization_jit_sso_connectors (sso_connector_id);
