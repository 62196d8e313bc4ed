CREATE TABLE organization_users (
    organization_id text NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
    user_id text NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    PRIMARY KEY (organization_id, user_id)
) STRICT;
CREATE INDEX organization_users_user ON organization_users (user_id, organization_id);

CREATE TABLE organization_user_roles (
    organization_id text NOT NULL,
    user_id text NOT NULL,
    organization_role_id text NOT NULL REFERENCES organization_roles (id) ON DELETE CASCADE,
    PRIMARY KEY (organization_id, user_id, organization_role_id),
    FOREIGN KEY (organization_id, user_id)
        REFERENCES organization_users (organization_id, user_id) ON DELETE CASCADE
) STRICT;
CREATE INDEX organization_user_roles_role ON organization_user_roles (organization_role_id);
CREATE INDEX organization_user_roles_user ON organization_user_roles (user_id);

CREATE TABLE organization_invitations (
    id text PRIMARY KEY,
    inviter_id text REFERENCES users (id) ON DELETE CASCADE,
    invitee text NOT NULL,
    accepted_user_id text REFERENCES users (id) ON DELETE CASCADE,
    organization_id text NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
    status text NOT NULL,
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL,
    expires_at bigint NOT NULL
) STRICT;
CREATE INDEX organization_invitations_created ON organization_invitations (created_at DESC, id);
CREATE INDEX organization_invitations_organization
    ON organization_invitations (organization_id, created_at DESC);
CREATE INDEX organization_invitations_inviter ON organization_invitations (inviter_id);
CREATE INDEX organization_invitations_accepted ON organization_invitations (accepted_user_id);
CREATE UNIQUE INDEX organization_invitations_pending
    ON organization_invitations (invitee, organization_id) WHERE status = 'Pending';

CREATE TABLE organization_invitation_roles (
    organization_invitation_id text NOT NULL
        REFERENCES organization_invitations (id) ON DELETE CASCADE,
    organization_role_id text NOT NULL REFERENCES organization_roles (id) ON DELETE CASCADE,
    PRIMARY KEY (organization_invitation_id, organization_role_id)
) STRICT;
CREATE INDEX organization_invitation_roles_role
    ON organization_invitation_roles (organization_role_id);
