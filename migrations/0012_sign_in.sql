CREATE TABLE sessions (
    digest text PRIMARY KEY,
    uid text NOT NULL UNIQUE,
    user_id text NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    application_id text NOT NULL,
    login_at bigint NOT NULL,
    created_at bigint NOT NULL,
    expires_at bigint NOT NULL
) STRICT;
CREATE INDEX sessions_user ON sessions (user_id, created_at);
CREATE INDEX sessions_expires ON sessions (expires_at);

CREATE TABLE interactions (
    digest text PRIMARY KEY,
    uid text NOT NULL UNIQUE,
    application_id text NOT NULL REFERENCES applications (id) ON DELETE CASCADE,
    params text NOT NULL,
    state text NOT NULL,
    user_id text REFERENCES users (id) ON DELETE CASCADE,
    session_uid text,
    decision text NOT NULL,
    created_at bigint NOT NULL,
    expires_at bigint NOT NULL
) STRICT;
CREATE INDEX interactions_application ON interactions (application_id);
CREATE INDEX interactions_user ON interactions (user_id);
CREATE INDEX interactions_expires ON interactions (expires_at);

CREATE TABLE grants (
    id text PRIMARY KEY,
    user_id text NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    application_id text NOT NULL REFERENCES applications (id) ON DELETE CASCADE,
    session_uid text NOT NULL,
    scope text NOT NULL,
    resources text NOT NULL,
    created_at bigint NOT NULL,
    expires_at bigint NOT NULL,
    UNIQUE (session_uid, application_id)
) STRICT;
CREATE INDEX grants_user ON grants (user_id, created_at);
CREATE INDEX grants_application ON grants (application_id);
CREATE INDEX grants_expires ON grants (expires_at);

CREATE TABLE authorization_codes (
    digest text PRIMARY KEY,
    grant_id text NOT NULL REFERENCES grants (id) ON DELETE CASCADE,
    application_id text NOT NULL,
    user_id text NOT NULL,
    redirect_uri text NOT NULL,
    scope text NOT NULL,
    resources text NOT NULL,
    challenge text,
    nonce text,
    auth_time bigint,
    created_at bigint NOT NULL,
    expires_at bigint NOT NULL,
    consumed_at bigint
) STRICT;
CREATE INDEX authorization_codes_grant ON authorization_codes (grant_id);
CREATE INDEX authorization_codes_expires ON authorization_codes (expires_at);

CREATE TABLE access_tokens (
    digest text PRIMARY KEY,
    grant_id text NOT NULL REFERENCES grants (id) ON DELETE CASCADE,
    application_id text NOT NULL,
    user_id text NOT NULL,
    scope text NOT NULL,
    created_at bigint NOT NULL,
    expires_at bigint NOT NULL
) STRICT;
CREATE INDEX access_tokens_grant ON access_tokens (grant_id);
CREATE INDEX access_tokens_expires ON access_tokens (expires_at);

ALTER TABLE refresh_tokens ADD COLUMN grant_id text REFERENCES grants (id) ON DELETE CASCADE;
ALTER TABLE refresh_tokens ADD COLUMN user_id text;
ALTER TABLE refresh_tokens ADD COLUMN nonce text;
ALTER TABLE refresh_tokens ADD COLUMN auth_time bigint;
ALTER TABLE refresh_tokens ADD COLUMN started_at bigint;
CREATE INDEX refresh_tokens_grant ON refresh_tokens (grant_id) WHERE grant_id IS NOT NULL;
