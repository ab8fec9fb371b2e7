DROP TABLE audit_chain;
DROP TABLE audit_events;
DROP FUNCTION refuse_change();
