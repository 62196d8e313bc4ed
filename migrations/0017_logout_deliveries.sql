CREATE TABLE logout_deliveries (
    id text PRIMARY KEY,
    application_id text NOT NULL REFERENCES applications (id) ON DELETE CASCADE,
    issuer text NOT NULL,
    user_id text NOT NULL,
    sid text NOT NULL,
    attempts bigint NOT NULL,
    due_at bigint NOT NULL,
    created_at bigint NOT NULL
) STRICT;
CREATE INDEX logout_deliveries_due ON logout_deliveries (due_at, id);
CREATE INDEX logout_deliveries_application ON logout_deliveries (application_id);
