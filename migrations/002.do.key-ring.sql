-- One row: the ring of signing keys, the private ones sealed. The numbers order the rings; the digest tells
-- apart two with the same ones.
CREATE TABLE key_ring (
  singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton),
  epoch integer NOT NULL,
  session_epoch integer NOT NULL,
  version integer NOT NULL,
  digest text NOT NULL,
  document jsonb NOT NULL,
  updated_at timestamptz NOT NULL DEFAULT now()
);
