CREATE TABLE token_quotas (
    application_id text PRIMARY KEY REFERENCES applications (id) ON DELETE CASCADE,
    hour bigint NOT NULL,
    hour_used bigint NOT NULL,
    day bigint NOT NULL,
    day_used bigint NOT NULL
) STRICT;
