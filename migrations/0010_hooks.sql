CREATE TABLE hooks (
    id text PRIMARY KEY,
    name text NOT NULL,
    event text,
    events text NOT NULL,
    sealed_config text NOT NULL,
    sealed_key text NOT NULL,
    enabled bigint NOT NULL,
    created_at bigint NOT NULL
) STRICT;

CREATE TABLE hook_deliveries (
    id text PRIMARY KEY,
    hook_id text NOT NULL REFERENCES hooks (id) ON DELETE CASCADE,
    event text NOT NULL,
    payload text NOT NULL,
    attempts bigint NOT NULL,
    due_at bigint NOT NULL,
    created_at bigint NOT NULL
) STRICT;
CREATE INDEX hook_deliveries_due ON hook_deliveries (due_at, id);
CREATE INDEX hook_deliveries_hook ON hook_deliveries (hook_id);

CREATE TABLE hook_logs (
    id text PRIMARY KEY,
    hook_id text NOT NULL REFERENCES hooks (id) ON DELETE CASCADE,
    key text NOT NULL,
    succeeded bigint NOT NULL,
    payload text NOT NULL,
    created_at bigint NOT NULL
) STRICT;
CREATE INDEX hook_logs_hook ON hook_logs (hook_id, created_at);
CREATE INDEX hook_logs_created ON hook_logs (created_at);
