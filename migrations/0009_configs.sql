CREATE TABLE configs (
    name text PRIMARY KEY,
    sealed text NOT NULL,
    changed_at bigint NOT NULL
) STRICT;

CREATE TABLE cookie_keys (
    id text PRIMARY KEY,
    sealed text NOT NULL,
    created_at bigint NOT NULL
) STRICT;

CREATE TABLE daily_active_users (
    day bigint NOT NULL,
    user_id text NOT NULL,
    PRIMARY KEY (day, user_id)
) STRICT;

CREATE TABLE sentinel_activities (
    id text PRIMARY KEY,
    target_type text NOT NULL,
    target_hash text NOT NULL,
    action text NOT NULL,
    action_result text NOT NULL,
    payload text NOT NULL,
    decision text NOT NULL,
    decision_expires_at bigint NOT NULL,
    created_at bigint NOT NULL
) STRICT;
CREATE INDEX sentinel_activities_target
    ON sentinel_activities (target_type, target_hash, action, created_at);
