-- The audit log: rows are added and, the oldest first, deleted; never changed. `hash` is a MAC over the row and the hash of
-- the row before it, so that a row that was changed, taken out or put in is found (lib/audit/chain.ts).
CREATE TABLE audit_events (
  id uuid PRIMARY KEY,
  seq bigint NOT NULL UNIQUE,
  at timestamptz NOT NULL,
  type text NOT NULL,
  outcome text NOT NULL,
  reason text,
  actor text NOT NULL,
  user_id uuid,
  session_id uuid,
  account text,
  address text NOT NULL,
  user_agent text NOT NULL,
  request_id text NOT NULL,
  details text,
  hash bytea NOT NULL
);
CREATE INDEX audit_events_of_user ON audit_events (user_id, seq);
CREATE INDEX audit_events_of_type ON audit_events (type, seq);

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% of % is refused: it is append-only', TG_OP, TG_TABLE_NAME;
END $$;
CREATE TRIGGER audit_events_stay BEFORE UPDATE OR TRUNCATE ON audit_events
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- One row: where the chain ends, and up to where its beginning was deleted.
CREATE TABLE audit_chain (
  singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton),
  seq bigint NOT NULL,
  hash bytea NOT NULL,
  checkpoint_seq bigint NOT NULL,
  checkpoint_hash bytea NOT NULL,
  checkpoint_mac bytea
);
INSERT INTO audit_chain (seq, hash, checkpoint_seq, checkpoint_hash)
VALUES (0, decode(repeat('00', 32), 'hex'), 0, decode(repeat('00', 32), 'hex'));
