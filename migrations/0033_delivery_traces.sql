ALTER TABLE hook_deliveries ADD COLUMN traceparent text;
ALTER TABLE messages ADD COLUMN traceparent text;
