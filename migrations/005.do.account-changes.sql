-- Counts what admins change of an account: Redis takes the profile of a newer version only.
ALTER TABLE users ADD COLUMN version integer NOT NULL DEFAULT 1;
-- Accounts of which Redis does not know the latest version yet.
CREATE TABLE pending_account_changes (
  user_id uuid PRIMARY KEY,
  version integer NOT NULL
);
