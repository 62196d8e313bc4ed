-- Tokens of other providers, kept for users who have accounts there. provider is the target of a
-- social connector, or the issuer of an enterprise connector.

CREATE TABLE kept_tokens (
    id text PRIMARY KEY,
    user_id text NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    connector_id text REFERENCES connectors (id) ON DELETE CASCADE,
    sso_connector_id text REFERENCES sso_connectors (id) ON DELETE CASCADE,
    enterprise bigint NOT NULL,
    provider text NOT NULL,
    identity_id text NOT NULL,
    sealed text NOT NULL,
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL,
    UNIQUE (user_id, enterprise, provider)
) STRICT;
CREATE INDEX kept_tokens_connector ON kept_tokens (connector_id);
CREATE INDEX kept_tokens_sso_connector ON kept_tokens (sso_connector_id);
