-- The audit log. Ids sort by time (9 base-36 digits of milliseconds first), so the key serves look-ups
-- by id and by time; docs/storage.md holds the measurements behind this layout.
CREATE TABLE logs (
    id text PRIMARY KEY NOT NULL,
    key text NOT NULL,
    application_id text,
    user_id text,
    payload text NOT NULL,
    created_at bigint NOT NULL
) STRICT;

CREATE INDEX logs_application ON logs (application_id, created_at);
CREATE INDEX logs_key ON logs (key, created_at);
-- Token rows of machines have no user: they cost nothing here.
CREATE INDEX logs_user ON logs (user_id, created_at) WHERE user_id IS NOT NULL;
