-- Wall time as clients see it.
CREATE OR REPLACE FUNCTION epoch_millis() RETURNS bigint
LANGUAGE sql VOLATILE AS $$
    SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint
$$;

CREATE OR REPLACE FUNCTION is_terminal(life_cycle_state text) RETURNS boolean
LANGUAGE sql IMMUTABLE AS $$
    SELECT life_cycle_state IN ('TERMINATED', 'SKIPPED', 'INTERNAL_ERROR')
$$;

-- Both together. NULL arrays count as empty. An id may come twice, which who is told of it does not mind.
CREATE OR REPLACE FUNCTION merge_changes(a run_changes, b run_changes) RETURNS run_changes
LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
    RETURN (coalesce(a.ended_runs, '{}') || b.ended_runs, coalesce(a.ready_clusters, '{}') || b.ready_clusters,
            coalesce(a.changed_clusters, '{}') || b.changed_clusters)::run_changes;
END $$;
