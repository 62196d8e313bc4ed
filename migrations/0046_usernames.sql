-- Names that differ in case alone are the same by the letters of ASCII, whatever the database takes
-- for capital letters: Turkish has another small letter for I.

/*postgres:
ALTER TABLE users ALTER COLUMN username TYPE text COLLATE pg_catalog."C";
*/
