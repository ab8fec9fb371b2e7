ALTER TABLE users DROP COLUMN registration_key;
