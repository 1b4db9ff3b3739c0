-- What a worker tells of the scripts that it runs before it serves, and a node of the logs that it delivers.

-- A worker that is no part of its cluster any more fails nothing.
CREATE OR REPLACE FUNCTION init_script_failed(failed_worker text, message text) RETURNS run_changes
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    failed_cluster text := (
        SELECT c.cluster_id FROM workers w
        JOIN clusters c ON c.cluster_id = w.cluster_id AND c.generation = w.generation
        WHERE w.worker_id = failed_worker AND w.state IN ('STARTING', 'DRAINING'));
BEGIN
    PERFORM hold_to_own_worker(failed_worker);
    IF failed_cluster IS NULL THEN
        RETURN ('{}', '{}', '{}')::run_changes;
    END IF;
    RETURN cluster_failed(failed_cluster, message, 'INIT_SCRIPT_FAILURE');
END $$;

CREATE OR REPLACE FUNCTION logs_were_delivered(of_cluster text, trouble text) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    UPDATE clusters c
    SET cluster_log_status = jsonb_strip_nulls(jsonb_build_object(
        'last_attempted', epoch_millis(), 'last_exception', nullif(trouble, '')))
    WHERE c.cluster_id = of_cluster
      AND EXISTS (SELECT FROM workers w WHERE w.cluster_id = of_cluster AND is_own_node(w.node_id))   -- those that are gone, too
$$;
