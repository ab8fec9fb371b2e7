-- The one way to delete audit events: the oldest, none of the last day, and never without the checkpoint that proves it. It runs
-- as the owner of the tables, so that the role of the server needs no right to delete (lib/store/runtime-role.ts).
CREATE FUNCTION prune_audit_events(up_to bigint, last_hash bytea, mac bytea, before bigint) RETURNS SETOF boolean
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
  WITH moved AS (
    UPDATE public.audit_chain SET checkpoint_seq = up_to, checkpoint_hash = last_hash, checkpoint_mac = mac
    WHERE checkpoint_seq = before AND NOT EXISTS (
      SELECT FROM public.audit_events WHERE seq <= up_to AND at > clock_timestamp() - interval '1 day')
    RETURNING true)
  DELETE FROM public.audit_events WHERE seq <= up_to AND EXISTS (SELECT FROM moved) RETURNING true;
END;
REVOKE ALL ON FUNCTION prune_audit_events FROM PUBLIC;
