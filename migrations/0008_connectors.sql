CREATE TABLE connectors (
    id text PRIMARY KEY,
    connector_id text NOT NULL,
    type text NOT NULL,
    target text NOT NULL,
    sync_profile bigint NOT NULL,
    enable_token_storage bigint NOT NULL,
    sealed_config text NOT NULL,
    metadata text NOT NULL,
    created_at bigint NOT NULL
) STRICT;
CREATE INDEX connectors_type ON connectors (type);
