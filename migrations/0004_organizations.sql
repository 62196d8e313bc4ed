CREATE TABLE organizations (
    id text PRIMARY KEY,
    name text NOT NULL,
    description text,
    custom_data text NOT NULL,
    is_mfa_required bigint NOT NULL,
    color text NOT NULL,
    branding text NOT NULL,
    custom_css text,
    created_at bigint NOT NULL
) STRICT;
CREATE INDEX organizations_created ON organizations (created_at DESC, id);

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
CREATE INDEX organization_role_scopes_scope ON organization_role_scopes (organization_scope_id);

CREATE TABLE organization_role_resource_scopes (
    organization_role_id text NOT NULL REFERENCES organization_roles (id) ON DELETE CASCADE,
    scope_id text NOT NULL REFERENCES scopes (id) ON DELETE CASCADE,
    PRIMARY KEY (organization_role_id, scope_id)
) STRICT;
CREATE INDEX organization_role_resource_scopes_scope
    ON organization_role_resource_scopes (scope_id);

CREATE TABLE organization_applications (
    organization_id text NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
    application_id text NOT NULL REFERENCES applications (id) ON DELETE CASCADE,
    PRIMARY KEY (organization_id, application_id)
) STRICT;
CREATE INDEX organization_applications_application
    ON organization_applications (application_id, organization_id);

CREATE TABLE organization_application_roles (
    organization_id text NOT NULL,
    application_id text NOT NULL,
    organization_role_id text NOT NULL REFERENCES organization_roles (id) ON DELETE CASCADE,
    PRIMARY KEY (organization_id, application_id, organization_role_id),
    FOREIGN KEY (organization_id, application_id)
        REFERENCES organization_applications (organization_id, application_id) ON DELETE CASCADE
) STRICT;
CREATE INDEX organization_application_roles_role
    ON organization_application_roles (organization_role_id);
CREATE INDEX organization_application_roles_application
    ON organization_application_roles (application_id);

CREATE TABLE organization_jit_email_domains (
    organization_id text NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
    email_domain text NOT NULL,
    PRIMARY KEY (organization_id, email_domain)
) STRICT;
CREATE INDEX organization_jit_email_domains_domain
    ON organization_jit_email_domains (email_domain);

CREATE TABLE organization_jit_roles (
    organization_id text NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
    organization_role_id text NOT NULL REFERENCES organization_roles (id) ON DELETE CASCADE,
    PRIMARY KEY (organization_id, organization_role_id)
) STRICT;
CREATE INDEX organization_jit_roles_role ON organization_jit_roles (organization_role_id);

ALTER TABLE refresh_tokens ADD COLUMN organization_id text;
