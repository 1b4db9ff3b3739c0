-- Wall time as clients see it.
CREATE OR REPLACE FUNCTION epoch_millis() RETURNS bigint
LANGUAGE sql VOLATILE AS $$
    SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint
$$;

CREATE OR REPLACE FUNCTION is_terminal(life_cycle_state text) RETURNS boolean
LANGUAGE sql IMMUTABLE AS $$
    SELECT life_cycle_state IN ('TERMINATED', 'SKIPPED', 'INTERNAL_ERROR')
$$;

-- Both together, each id once. NULL arrays count as empty.
CREATE OR REPLACE FUNCTION merge_changes(a run_changes, b run_changes) RETURNS run_changes
LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
    merged run_changes;
BEGIN
    merged.ended_runs := ARRAY(
        SELECT DISTINCT id FROM unnest(a.ended_runs || b.ended_runs) AS id WHERE id IS NOT NULL ORDER BY id);
    merged.ready_clusters := ARRAY(
        SELECT DISTINCT id FROM unnest(a.ready_clusters || b.ready_clusters) AS id WHERE id IS NOT NULL ORDER BY id);
    merged.changed_clusters := ARRAY(
        SELECT DISTINCT id FROM unnest(a.changed_clusters || b.changed_clusters) AS id WHERE id IS NOT NULL ORDER BY id);
    RETURN merged;
END $$;
