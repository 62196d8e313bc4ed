-- Applications of the server's own pages, which the Management API neither shows nor changes.
ALTER TABLE applications ADD COLUMN built_in bigint NOT NULL DEFAULT 0;
