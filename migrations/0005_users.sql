CREATE TABLE users (
    /*sqlite: number INTEGER PRIMARY KEY, */
    id text NOT NULL UNIQUE,
    username text UNIQUE,
    primary_email text,
    email_key text UNIQUE,
    primary_phone text UNIQUE,
    password_digest text,
    password_algorithm text,
    password_updated_at bigint,
    is_password_expired bigint NOT NULL,
    name text,
    avatar text,
    profile text NOT NULL,
    custom_data text NOT NULL,
    identities text NOT NULL,
    logto_config text NOT NULL,
    application_id text,
    cimd_client_id text,
    is_suspended bigint NOT NULL,
    last_sign_in_at bigint,
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL
) STRICT;
CREATE INDEX users_created ON users (created_at DESC, id);

CREATE TABLE user_counts (
    part bigint PRIMARY KEY,
    users bigint NOT NULL
) STRICT;

CREATE TABLE user_identities (
    target text NOT NULL,
    identity_id text NOT NULL,
    user_id text NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    PRIMARY KEY (target, identity_id)
) STRICT;
CREATE INDEX user_identities_user ON user_identities (user_id);

CREATE TABLE users_roles (
    user_id text NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    role_id text NOT NULL REFERENCES roles (id) ON DELETE CASCADE,
    created_at bigint NOT NULL,
    PRIMARY KEY (user_id, role_id)
) STRICT;
CREATE INDEX users_roles_role ON users_roles (role_id, created_at, user_id);

CREATE TABLE user_mfa_verifications (
    id text PRIMARY KEY,
    user_id text NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    type text NOT NULL,
    sealed text NOT NULL,
    created_at bigint NOT NULL,
    last_used_at bigint
) STRICT;
CREATE INDEX user_mfa_verifications_user ON user_mfa_verifications (user_id, created_at);

CREATE TABLE personal_access_tokens (
    user_id text NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    name text NOT NULL,
    digest text NOT NULL UNIQUE,
    sealed text NOT NULL,
    created_at bigint NOT NULL,
    expires_at bigint,
    PRIMARY KEY (user_id, name)
) STRICT;

/*postgres:
CREATE FUNCTION posix_match(varchar, varchar, bigint) RETURNS boolean LANGUAGE sql IMMUTABLE
    PARALLEL SAFE AS 'SELECT CASE WHEN $3 = 1 THEN $1 ~* $2 ELSE $1 ~ $2 END';
*/

/*sqlite:
CREATE VIRTUAL TABLE user_search USING fts5(text, content='', detail=none, columnsize=0,
    tokenize='trigram');
CREATE TRIGGER users_search_insert AFTER INSERT ON users BEGIN
    INSERT INTO user_search (rowid, text) VALUES (new.number, concat_ws(char(10), new.id,
        new.primary_email, new.primary_phone, new.username, new.name));
END;
CREATE TRIGGER users_search_delete AFTER DELETE ON users BEGIN
    INSERT INTO user_search (user_search, rowid, text) VALUES ('delete', old.number,
        concat_ws(char(10), old.id, old.primary_email, old.primary_phone, old.username, old.name));
END;
CREATE TRIGGER users_search_update
    AFTER UPDATE OF primary_email, primary_phone, username, name ON users BEGIN
    INSERT INTO user_search (user_search, rowid, text) VALUES ('delete', old.number,
        concat_ws(char(10), old.id, old.primary_email, old.primary_phone, old.username, old.name));
    INSERT INTO user_search (rowid, text) VALUES (new.number, concat_ws(char(10), new.id,
        new.primary_email, new.primary_phone, new.username, new.name));
END;
*/

/*postgres:
DO $$
DECLARE
    place name;
BEGIN
    CREATE EXTENSION IF NOT EXISTS pg_trgm SCHEMA public;
    SELECT n.nspname INTO place FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace
        WHERE e.extname = 'pg_trgm';
    EXECUTE format('CREATE INDEX users_search ON users USING gin (lower(id) %1$I.gin_trgm_ops,'
        ' lower(primary_email) %1$I.gin_trgm_ops, lower(primary_phone) %1$I.gin_trgm_ops,'
        ' lower(username) %1$I.gin_trgm_ops, lower(name) %1$I.gin_trgm_ops)', place);
EXCEPTION WHEN insufficient_privilege OR undefined_file OR feature_not_supported THEN
    RAISE WARNING 'without the extension pg_trgm searches read all users';
END $$;
*/
