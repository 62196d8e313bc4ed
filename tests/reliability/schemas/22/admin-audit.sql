PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
CREATE TABLE audit_schema_versions (version INTEGER PRIMARY KEY, name text NOT NULL, applied_at INTEGER NOT NULL) STRICT;
INSERT INTO audit_schema_versions VALUES(1,'logs',1795892579932);
CREATE TABLE logs (
    id text PRIMARY KEY NOT NULL,
    key text NOT NULL,
    application_id text,
    user_id text,
    payload text NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX logs_application ON logs (application_id, created_at);
CREATE INDEX logs_key ON logs (key, created_at);
CREATE INDEX logs_user ON logs (user_id, created_at) WHERE user_id IS NOT NULL;
COMMIT;
