-- Accounts at enterprise connectors, each of one user. issuer is the connector's as it is set up.

CREATE TABLE user_sso_identities (
    id text PRIMARY KEY,
    user_id text NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    sso_connector_id text NOT NULL REFERENCES sso_connectors (id) ON DELETE CASCADE,
    issuer text NOT NULL,
    identity_id text NOT NULL,
    detail text NOT NULL,
    sealed_tokens text,
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL,
    UNIQUE (issuer, identity_id)
) STRICT;
CREATE INDEX user_sso_identities_user ON user_sso_identities (user_id);
CREATE INDEX user_sso_identities_connector ON user_sso_identities (sso_connector_id);
