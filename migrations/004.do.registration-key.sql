-- SHA-256 of the Idempotency-Key of the registration: a repeat of it gets the same answer.
ALTER TABLE users ADD COLUMN registration_key bytea;
