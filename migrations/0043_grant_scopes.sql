-- What a user let a third-party application have of each resource, with the grant.

CREATE TABLE grant_scopes (
    grant_id text NOT NULL REFERENCES grants (id) ON DELETE CASCADE,
    resource text NOT NULL,
    scope text NOT NULL,
    PRIMARY KEY (grant_id, resource)
) STRICT;
