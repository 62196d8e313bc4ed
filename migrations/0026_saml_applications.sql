CREATE TABLE saml_application_configs (
    application_id text PRIMARY KEY REFERENCES applications (id) ON DELETE CASCADE,
    attribute_mapping text NOT NULL,
    entity_id text,
    acs_url text,
    encryption text,
    name_id_format text NOT NULL
) STRICT;

CREATE TABLE saml_application_secrets (
    id text PRIMARY KEY,
    application_id text NOT NULL REFERENCES applications (id) ON DELETE CASCADE,
    sealed_key text NOT NULL,
    certificate text NOT NULL,
    created_at bigint NOT NULL,
    expires_at bigint NOT NULL,
    active bigint NOT NULL
) STRICT;
CREATE INDEX saml_application_secrets_application ON saml_application_secrets (application_id);
CREATE UNIQUE INDEX saml_application_secrets_active
    ON saml_application_secrets (application_id) WHERE active = 1;
