-- Of a factor: the credential that a passkey is known by, and a number that only grows (the last
-- step of a TOTP that was used, the last count of signatures of a passkey).
ALTER TABLE user_mfa_verifications ADD COLUMN credential text;
ALTER TABLE user_mfa_verifications ADD COLUMN counter bigint NOT NULL DEFAULT 0;
CREATE UNIQUE INDEX user_mfa_verifications_credential ON user_mfa_verifications (credential);
