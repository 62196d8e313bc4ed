CREATE TABLE messages (
    id text PRIMARY KEY,
    type text NOT NULL,
    sealed text NOT NULL,
    attempts bigint NOT NULL,
    due_at bigint NOT NULL,
    created_at bigint NOT NULL,
    expires_at bigint NOT NULL
) STRICT;
CREATE INDEX messages_due ON messages (due_at, id);

CREATE TABLE message_counts (
    recipient text PRIMARY KEY,
    messages bigint NOT NULL,
    since bigint NOT NULL
) STRICT;

CREATE TABLE verification_codes (
    scope text PRIMARY KEY,
    recipient text NOT NULL,
    sealed text NOT NULL,
    tries bigint NOT NULL,
    created_at bigint NOT NULL
) STRICT;
CREATE INDEX verification_codes_created ON verification_codes (created_at);
