PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
CREATE TABLE audit_schema_versions (version INTEGER PRIMARY KEY, name text NOT NULL, applied_at INTEGER NOT NULL) STRICT;
INSERT INTO audit_schema_versions VALUES(1,'logs',1795892579729);
CREATE TABLE logs (
    id text PRIMARY KEY NOT NULL,
    key text NOT NULL,
    application_id text,
    user_id text,
    payload text NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;
INSERT INTO logs VALUES('0mx0s2ny6000aa5al3yag','ExchangeTokenBy.ClientCredentials','9v3gqo9kl7rcx3htq4qw4',NULL,'{"key":"ExchangeTokenBy.ClientCredentials","result":"Success","ip":"127.0.0.1","applicationId":"9v3gqo9kl7rcx3htq4qw4","params":{"scope":"all","resource":"https://default.logto.app/api","grant_type":"client_credentials"},"scope":"all","tokenTypes":["AccessToken"],"applicationSecret":{"name":"Default secret"}}',1795892580798);
INSERT INTO logs VALUES('0mx0s2och00017sl8a4wf','Interaction.SignIn.Verification.Password.Submit','nuy9si9vux4i6h41t0y7u','fek97u5id2bd','{"key":"Interaction.SignIn.Verification.Password.Submit","result":"Success","ip":"127.0.0.1","applicationId":"nuy9si9vux4i6h41t0y7u","userId":"fek97u5id2bd"}',1795892581313);
INSERT INTO logs VALUES('0mx0s2olq000okrpx347m','Interaction.SignIn.Submit','nuy9si9vux4i6h41t0y7u','fek97u5id2bd','{"key":"Interaction.SignIn.Submit","result":"Success","ip":"127.0.0.1","applicationId":"nuy9si9vux4i6h41t0y7u","userId":"fek97u5id2bd"}',1795892581646);
INSERT INTO logs VALUES('0mx0s2om6000ghxn2slqw','ExchangeTokenBy.AuthorizationCode','nuy9si9vux4i6h41t0y7u','fek97u5id2bd','{"key":"ExchangeTokenBy.AuthorizationCode","result":"Success","ip":"127.0.0.1","applicationId":"nuy9si9vux4i6h41t0y7u","userId":"fek97u5id2bd","params":{"client_id":"nuy9si9vux4i6h41t0y7u","grant_type":"authorization_code","code":"******","code_verifier":"******","redirect_uri":"https://client.example/callback"},"scope":"openid profile offline_access","tokenTypes":["AccessToken"]}',1795892581662);
CREATE INDEX logs_application ON logs (application_id, created_at);
CREATE INDEX logs_key ON logs (key, created_at);
CREATE INDEX logs_user ON logs (user_id, created_at) WHERE user_id IS NOT NULL;
COMMIT;
