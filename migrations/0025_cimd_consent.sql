CREATE TABLE cimd_consent_organization_scopes (
    holder text NOT NULL,
    organization_scope_id text NOT NULL REFERENCES organization_scopes (id) ON DELETE CASCADE,
    PRIMARY KEY (holder, organization_scope_id)
) STRICT;
CREATE INDEX cimd_consent_organization_scopes_scope
    ON cimd_consent_organization_scopes (organization_scope_id);

CREATE TABLE cimd_consent_resource_scopes (
    holder text NOT NULL,
    scope_id text NOT NULL REFERENCES scopes (id) ON DELETE CASCADE,
    PRIMARY KEY (holder, scope_id)
) STRICT;
CREATE INDEX cimd_consent_resource_scopes_scope ON cimd_consent_resource_scopes (scope_id);

CREATE TABLE cimd_consent_organization_resource_scopes (
    holder text NOT NULL,
    scope_id text NOT NULL REFERENCES scopes (id) ON DELETE CASCADE,
    PRIMARY KEY (holder, scope_id)
) STRICT;
CREATE INDEX cimd_consent_organization_resource_scopes_scope
    ON cimd_consent_organization_resource_scopes (scope_id);

CREATE TABLE cimd_consent_user_scopes (
    holder text NOT NULL,
    user_scope text NOT NULL,
    PRIMARY KEY (holder, user_scope)
) STRICT;
