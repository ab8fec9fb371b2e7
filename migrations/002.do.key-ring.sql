-- One row: the ring of signing keys, the private ones sealed. The stamp columns order the rings.
CREATE TABLE key_ring (
  singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton),
  epoch integer NOT NULL,
  session_epoch integer NOT NULL,
  version integer NOT NULL,
  active_kid text NOT NULL,
  document jsonb NOT NULL,
  updated_at timestamptz NOT NULL DEFAULT now()
);
