CREATE TABLE verification_records (
    id text PRIMARY KEY,
    user_id text NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    type text NOT NULL,
    permits bigint NOT NULL,
    identifier text NOT NULL,
    verified bigint NOT NULL,
    data text NOT NULL,
    created_at bigint NOT NULL,
    expires_at bigint NOT NULL
) STRICT;
CREATE INDEX verification_records_user ON verification_records (user_id);
CREATE INDEX verification_records_expires ON verification_records (expires_at);
