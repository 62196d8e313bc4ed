CREATE TABLE sign_in_failures (
    subject text PRIMARY KEY,
    failures bigint NOT NULL,
    locked_until bigint NOT NULL,
    updated_at bigint NOT NULL
) STRICT;
CREATE INDEX sign_in_failures_updated ON sign_in_failures (updated_at);
