CREATE TABLE seeds (
    name text PRIMARY KEY,
    value text NOT NULL,
    created_at bigint NOT NULL
) STRICT;

CREATE UNIQUE INDEX signing_keys_state ON signing_keys (state);

DROP INDEX changes_created;
CREATE INDEX changes_created ON changes (created_at, origin);
