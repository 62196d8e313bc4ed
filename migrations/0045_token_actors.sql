-- Who acts in an opaque access token, as JSON of the claim act (RFC 8693 4.1).
ALTER TABLE access_tokens ADD COLUMN act text;
