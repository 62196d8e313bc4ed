-- Browsers in which a user has shown a second factor and is not asked for one again until expires_at.
-- digest is that of the cookie. The times are milliseconds since 1970.

CREATE TABLE trusted_devices (
    id text PRIMARY KEY,
    user_id text NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    digest text NOT NULL UNIQUE,
    user_agent text,
    ip text,
    created_at bigint NOT NULL,
    last_used_at bigint NOT NULL,
    expires_at bigint NOT NULL
) STRICT;
CREATE INDEX trusted_devices_user ON trusted_devices (user_id, expires_at);
CREATE INDEX trusted_devices_expires_at ON trusted_devices (expires_at);

-- Absent: as by default, which is off.
ALTER TABLE sign_in_experiences ADD COLUMN trusted_device text;
-- Absent: they are allowed.
ALTER TABLE organizations ADD COLUMN is_trusted_device_allowed bigint;
