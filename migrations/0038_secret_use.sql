-- When a secret of an application was last used, in milliseconds since 1970, to within a few minutes.

ALTER TABLE application_secrets ADD COLUMN last_used_at bigint;
