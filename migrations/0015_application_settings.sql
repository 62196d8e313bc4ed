CREATE TABLE application_access_users (
    application_id text NOT NULL REFERENCES applications (id) ON DELETE CASCADE,
    user_id text NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    PRIMARY KEY (application_id, user_id)
) STRICT;
CREATE INDEX application_access_users_user ON application_access_users (user_id);

CREATE TABLE application_access_roles (
    application_id text NOT NULL REFERENCES applications (id) ON DELETE CASCADE,
    role_id text NOT NULL REFERENCES roles (id) ON DELETE CASCADE,
    PRIMARY KEY (application_id, role_id)
) STRICT;
CREATE INDEX application_access_roles_role ON application_access_roles (role_id);

CREATE TABLE application_access_organizations (
    application_id text NOT NULL REFERENCES applications (id) ON DELETE CASCADE,
    organization_id text NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
    PRIMARY KEY (application_id, organization_id)
) STRICT;
CREATE INDEX application_access_organizations_organization
    ON application_access_organizations (organization_id);

CREATE TABLE application_access_organization_roles (
    application_id text NOT NULL REFERENCES applications (id) ON DELETE CASCADE,
    organization_id text NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
    organization_role_id text NOT NULL REFERENCES organization_roles (id) ON DELETE CASCADE,
    PRIMARY KEY (application_id, organization_id, organization_role_id)
) STRICT;
CREATE INDEX application_access_organization_roles_organization
    ON application_access_organization_roles (organization_id);
CREATE INDEX application_access_organization_roles_role
    ON application_access_organization_roles (organization_role_id);

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
CREATE INDEX application_consent_organization_scopes_scope
    ON application_consent_organization_scopes (organization_scope_id);

CREATE TABLE application_consent_resource_scopes (
    application_id text NOT NULL REFERENCES applications (id) ON DELETE CASCADE,
    scope_id text NOT NULL REFERENCES scopes (id) ON DELETE CASCADE,
    PRIMARY KEY (application_id, scope_id)
) STRICT;
CREATE INDEX application_consent_resource_scopes_scope
    ON application_consent_resource_scopes (scope_id);

CREATE TABLE application_consent_organization_resource_scopes (
    application_id text NOT NULL REFERENCES applications (id) ON DELETE CASCADE,
    scope_id text NOT NULL REFERENCES scopes (id) ON DELETE CASCADE,
    PRIMARY KEY (application_id, scope_id)
) STRICT;
CREATE INDEX application_consent_organization_resource_scopes_scope
    ON application_consent_organization_resource_scopes (scope_id);

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
CREATE INDEX application_consent_organizations_membership
    ON application_consent_organizations (organization_id, user_id);
