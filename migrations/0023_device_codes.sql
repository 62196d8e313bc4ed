CREATE TABLE device_codes (
    digest text PRIMARY KEY,
    user_code text NOT NULL UNIQUE,
    application_id text NOT NULL REFERENCES applications (id) ON DELETE CASCADE,
    params text NOT NULL,
    state text NOT NULL,
    grant_id text REFERENCES grants (id) ON DELETE CASCADE,
    auth_time bigint,
    polled_at bigint NOT NULL,
    poll_interval bigint NOT NULL,
    created_at bigint NOT NULL,
    expires_at bigint NOT NULL,
    consumed_at bigint
) STRICT;
CREATE INDEX device_codes_application ON device_codes (application_id);
CREATE INDEX device_codes_grant ON device_codes (grant_id) WHERE grant_id IS NOT NULL;
CREATE INDEX device_codes_expires ON device_codes (expires_at);
