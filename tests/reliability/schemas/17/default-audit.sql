PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
CREATE TABLE audit_schema_versions (version INTEGER PRIMARY KEY, name text NOT NULL, applied_at INTEGER NOT NULL) STRICT;
INSERT INTO audit_schema_versions VALUES(1,'logs',1795892572328);
CREATE TABLE logs (
    id text PRIMARY KEY NOT NULL,
    key text NOT NULL,
    application_id text,
    user_id text,
    payload text NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;
INSERT INTO logs VALUES('0mx0s2kby000okiepx7xo','ExchangeTokenBy.ClientCredentials','8pmxbbjqzspevhls2f4wt',NULL,'{"key":"ExchangeTokenBy.ClientCredentials","result":"Success","ip":"127.0.0.1","applicationId":"8pmxbbjqzspevhls2f4wt","params":{"scope":"all","resource":"https://default.logto.app/api","grant_type":"client_credentials"},"scope":"all","tokenTypes":["AccessToken"],"applicationSecret":{"name":"Default secret"}}',1795892576110);
INSERT INTO logs VALUES('0mx0s2l72000ks2whn7ue','Interaction.SignIn.Verification.Password.Submit','mmlngwkhzpy02jym43omh','ep1j6jcyd85i','{"key":"Interaction.SignIn.Verification.Password.Submit","result":"Success","ip":"127.0.0.1","applicationId":"mmlngwkhzpy02jym43omh","userId":"ep1j6jcyd85i"}',1795892577230);
INSERT INTO logs VALUES('0mx0s2lha000abnpujjlq','Interaction.SignIn.Submit','mmlngwkhzpy02jym43omh','ep1j6jcyd85i','{"key":"Interaction.SignIn.Submit","result":"Success","ip":"127.0.0.1","applicationId":"mmlngwkhzpy02jym43omh","userId":"ep1j6jcyd85i"}',1795892577598);
INSERT INTO logs VALUES('0mx0s2li4000lltvqofmi','ExchangeTokenBy.AuthorizationCode','mmlngwkhzpy02jym43omh','ep1j6jcyd85i','{"key":"ExchangeTokenBy.AuthorizationCode","result":"Success","ip":"127.0.0.1","applicationId":"mmlngwkhzpy02jym43omh","userId":"ep1j6jcyd85i","params":{"client_id":"mmlngwkhzpy02jym43omh","grant_type":"authorization_code","code":"******","code_verifier":"******","redirect_uri":"https://client.example/callback"},"scope":"openid profile offline_access","tokenTypes":["AccessToken"]}',1795892577628);
CREATE INDEX logs_application ON logs (application_id, created_at);
CREATE INDEX logs_key ON logs (key, created_at);
CREATE INDEX logs_user ON logs (user_id, created_at) WHERE user_id IS NOT NULL;
COMMIT;
