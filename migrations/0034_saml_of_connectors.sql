-- Keys that a SAML connector's requests are signed with, and where sign-ins that the provider begins lead.

CREATE TABLE sso_connector_signing_keys (
    id text PRIMARY KEY,
    sso_connector_id text NOT NULL REFERENCES sso_connectors (id) ON DELETE CASCADE,
    sealed_key text NOT NULL,
    certificate text NOT NULL,
    created_at bigint NOT NULL,
    expires_at bigint NOT NULL,
    active bigint NOT NULL
) STRICT;
CREATE INDEX sso_connector_signing_keys_connector ON sso_connector_signing_keys (sso_connector_id);
CREATE UNIQUE INDEX sso_connector_signing_keys_active
    ON sso_connector_signing_keys (sso_connector_id) WHERE active = 1;

CREATE TABLE sso_connector_idp_initiated_auth_configs (
    connector_id text PRIMARY KEY REFERENCES sso_connectors (id) ON DELETE CASCADE,
    default_application_id text NOT NULL REFERENCES applications (id) ON DELETE CASCADE,
    redirect_uri text,
    auth_parameters text NOT NULL,
    auto_send_authorization_request bigint NOT NULL,
    client_idp_initiated_auth_callback_uri text,
    created_at bigint NOT NULL
) STRICT;
CREATE INDEX sso_connector_idp_initiated_auth_configs_application
    ON sso_connector_idp_initiated_auth_configs (default_application_id);
