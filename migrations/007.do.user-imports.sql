-- How far the import of a file of accounts has come; it changes in one step with the accounts that it tells of.
CREATE TABLE user_imports (
  -- SHA-256 of the beginning of the file.
  file bytea PRIMARY KEY,
  bytes bigint NOT NULL DEFAULT 0,
  lines bigint NOT NULL DEFAULT 0,
  -- SHA-256 of these bytes.
  digest bytea NOT NULL DEFAULT sha256(''),
  imported bigint NOT NULL DEFAULT 0,
  present bigint NOT NULL DEFAULT 0,
  refused bigint NOT NULL DEFAULT 0,
  -- What the report of the refused lines had by then.
  report_bytes bigint NOT NULL DEFAULT 0,
  started_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now()
);
