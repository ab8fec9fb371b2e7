DROP TABLE pending_account_changes;
ALTER TABLE users DROP COLUMN version;
