-- How often what happened on which day, counted from the audit log as it grows: what the dashboard shows without reading the log.
-- day is that of UTC, from 1970-01-01; cause is empty for what succeeded.
CREATE TABLE activity_counts (
    day bigint NOT NULL,
    key text NOT NULL,
    application_id text NOT NULL,
    cause text NOT NULL,
    count bigint NOT NULL,
    PRIMARY KEY (day, key, application_id, cause)
) STRICT;

-- Up to which id the log is counted.
CREATE TABLE activity_position (
    one bigint PRIMARY KEY,
    position text NOT NULL
) STRICT;
INSERT INTO activity_position (one, position) VALUES (1, '');
