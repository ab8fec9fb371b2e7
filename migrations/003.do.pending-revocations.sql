-- Revocations that Redis does not know yet. One session, or (session_id null) all that the user had at revoked_at.
CREATE TABLE pending_revocations (
  id uuid PRIMARY KEY,
  user_id uuid NOT NULL,
  session_id uuid,
  keep_session_id uuid,
  revoked_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL
);
