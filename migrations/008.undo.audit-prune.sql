DROP FUNCTION prune_audit_events;
