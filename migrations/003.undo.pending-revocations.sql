DROP TABLE pending_revocations;
