CREATE TABLE idempotency_keys (
    caller text NOT NULL,
    key text NOT NULL,
    fingerprint text NOT NULL,
    status bigint,
    sealed text,
    created_at bigint NOT NULL,
    PRIMARY KEY (caller, key)
) STRICT;
CREATE INDEX idempotency_keys_created ON idempotency_keys (created_at);
CREATE TABLE change_locks (
    id bigint PRIMARY KEY,
    taken bigint NOT NULL
) STRICT;
