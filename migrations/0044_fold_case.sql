-- Searches that do not tell upper from lower case do so in every alphabet. fold_case gives the form
-- that is compared: small letters, with one small sigma and the dotted capital I as i. The embedded
-- engine's is a function of the server's.

/*sqlite:
DROP TRIGGER users_search_insert;
DROP TRIGGER users_search_delete;
DROP TRIGGER users_search_update;
DROP TABLE user_search;
CREATE VIRTUAL TABLE user_search USING fts5(text, content='', detail=none, columnsize=0,
    tokenize='trigram case_sensitive 1');
CREATE TRIGGER users_search_insert AFTER INSERT ON users BEGIN
    INSERT INTO user_search (rowid, text) VALUES (new.number, fold_case(concat_ws(char(10), new.id,
        new.primary_email, new.primary_phone, new.username, new.name)));
END;
CREATE TRIGGER users_search_delete AFTER DELETE ON users BEGIN
    INSERT INTO user_search (user_search, rowid, text) VALUES ('delete', old.number,
        fold_case(concat_ws(char(10), old.id, old.primary_email, old.primary_phone, old.username,
        old.name)));
END;
CREATE TRIGGER users_search_update
    AFTER UPDATE OF primary_email, primary_phone, username, name ON users BEGIN
    INSERT INTO user_search (user_search, rowid, text) VALUES ('delete', old.number,
        fold_case(concat_ws(char(10), old.id, old.primary_email, old.primary_phone, old.username,
        old.name)));
    INSERT INTO user_search (rowid, text) VALUES (new.number, fold_case(concat_ws(char(10), new.id,
        new.primary_email, new.primary_phone, new.username, new.name)));
END;
INSERT INTO user_search (rowid, text) SELECT number, fold_case(concat_ws(char(10), id,
    primary_email, primary_phone, username, name)) FROM users;
*/

/*postgres:
DO $$
DECLARE
    rule text;
    place name;
BEGIN
    SELECT format('COLLATE pg_catalog.%I', collname) INTO rule FROM pg_collation
        WHERE collnamespace = 'pg_catalog'::regnamespace AND collencoding IN (-1, 6)
            AND collname IN ('und-x-icu', 'C.utf8', 'en_US.utf8')
        ORDER BY collname = 'und-x-icu' DESC, collname = 'C.utf8' DESC LIMIT 1;
    IF rule IS NULL THEN
        RAISE WARNING 'without an ICU collation, searches take letters as the database does';
    END IF;
    -- What is ASCII needs no table; its length in characters tells.
    EXECUTE format('CREATE FUNCTION fold_case(text) RETURNS text LANGUAGE sql IMMUTABLE'
        ' PARALLEL SAFE AS %L', format('SELECT CASE WHEN pg_catalog.octet_length($1) ='
        ' pg_catalog.length($1) THEN pg_catalog.lower($1 COLLATE pg_catalog."C") ELSE'
        ' pg_catalog.translate(pg_catalog.lower(pg_catalog.translate($1, pg_catalog.chr(304),'
        ' ''i'') %s), pg_catalog.chr(962), pg_catalog.chr(963)) COLLATE pg_catalog."C" END', rule));
    SELECT n.nspname INTO place FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace
        WHERE e.extname = 'pg_trgm';
    IF place IS NOT NULL THEN
        DROP INDEX IF EXISTS users_search;
        EXECUTE format('CREATE INDEX users_search ON users USING gin (fold_case(id) %1$I.gin_trgm_ops,'
            ' fold_case(primary_email) %1$I.gin_trgm_ops,'
            ' fold_case(primary_phone) %1$I.gin_trgm_ops,'
            ' fold_case(username) %1$I.gin_trgm_ops, fold_case(name) %1$I.gin_trgm_ops)', place);
    END IF;
END $$;
*/
