CREATE TABLE user_imports (
    id text PRIMARY KEY,
    state text NOT NULL,
    dry_run bigint NOT NULL,
    size bigint NOT NULL,
    done_size bigint NOT NULL,
    line_count bigint NOT NULL,
    imported bigint NOT NULL,
    refused bigint NOT NULL,
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL
) STRICT;
CREATE INDEX user_imports_created ON user_imports (created_at DESC, id);

CREATE TABLE user_import_errors (
    import_id text NOT NULL REFERENCES user_imports (id) ON DELETE CASCADE,
    line_number bigint NOT NULL,
    code text,
    message text NOT NULL,
    PRIMARY KEY (import_id, line_number)
) STRICT;
