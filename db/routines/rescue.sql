-- Leases past their end, on the database's clock; and workers that went silent with their node, so that another node
-- may serve their cluster. A worker that comes back from such a silence is told to stop.
CREATE OR REPLACE FUNCTION rescue_expired_leases(max_leases integer) RETURNS run_changes
LANGUAGE plpgsql AS $$
DECLARE
    changes run_changes;
    left_clusters text[];
BEGIN
    changes := rescue_task_runs(ARRAY(
        SELECT q.run_id FROM task_queue q
        WHERE q.lease_token IS NOT NULL AND q.lease_expires_at < clock_timestamp()
        ORDER BY q.lease_expires_at LIMIT max_leases), NULL, '');
    WITH silent AS (
        UPDATE workers w SET state = 'GONE'
        WHERE w.state IN ('STARTING', 'READY', 'DRAINING') AND is_silent(w.heartbeat_at, w.node_id)
          AND NOT EXISTS (SELECT FROM task_queue q WHERE q.worker_id = w.worker_id AND q.lease_token IS NOT NULL)
        RETURNING w.cluster_id
    )
    SELECT ARRAY(SELECT DISTINCT s.cluster_id FROM silent s) INTO left_clusters;
    changes.changed_clusters := changes.changed_clusters || left_clusters;
    RETURN changes;
END $$;

-- A worker may take long to start; its node tells within seconds that it is there.
CREATE OR REPLACE FUNCTION is_silent(worker_heard_at timestamptz, of_node text) RETURNS boolean
LANGUAGE sql STABLE AS $$
    SELECT worker_heard_at < clock_timestamp() - interval '2 minutes'
        OR EXISTS (SELECT FROM nodes n WHERE n.node_id = of_node AND n.state = 'GONE')
        OR worker_heard_at < clock_timestamp() - interval '40 seconds'
           AND (SELECT n.heartbeat_at < clock_timestamp() - interval '40 seconds' FROM nodes n WHERE n.node_id = of_node)
$$;

-- The leases of a worker whose processes are all gone, expired or not. why it is gone, as far as that is known.
CREATE OR REPLACE FUNCTION rescue_worker(dead_worker text, why text) RETURNS run_changes
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM hold_to_own_worker(dead_worker);
    RETURN rescue_task_runs(ARRAY(
        SELECT q.run_id FROM task_queue q WHERE q.lease_token IS NOT NULL AND q.worker_id = dead_worker), dead_worker, why);
END $$;

-- Rechecks each lease under its lock: expired, or held by dead_worker when one is given. Not begun → ready again with
-- the same run_id; begun → INTERNAL_ERROR with a new try that does not count; cancelled → CANCELED.
CREATE OR REPLACE FUNCTION rescue_task_runs(task_run_ids bigint[], dead_worker text, why text) RETURNS run_changes
LANGUAGE plpgsql AS $$
DECLARE
    changes run_changes := ('{}', '{}', '{}');
    unbegun bigint[];
    lost bigint[];
    cancelled bigint[];
    message text := 'The worker that ran this task was lost' || CASE why WHEN '' THEN '.' ELSE ': ' || why || '.' END;
BEGIN
    IF cardinality(task_run_ids) = 0 THEN
        RETURN changes;
    END IF;
    PERFORM FROM runs r
    WHERE r.run_id IN (SELECT q.job_run_id FROM task_queue q WHERE q.run_id = ANY (task_run_ids))
    ORDER BY r.run_id
    FOR NO KEY UPDATE;
    WITH dead AS MATERIALIZED (
        SELECT q.run_id, q.begun, q.cancel_requested FROM task_queue q
        WHERE q.run_id = ANY (task_run_ids) AND q.lease_token IS NOT NULL
          AND CASE WHEN dead_worker IS NULL THEN q.lease_expires_at < clock_timestamp() ELSE q.worker_id = dead_worker END
        ORDER BY q.run_id
        FOR UPDATE
    )
    SELECT coalesce(array_agg(d.run_id) FILTER (WHERE NOT d.begun), '{}'),
           coalesce(array_agg(d.run_id) FILTER (WHERE d.begun AND NOT d.cancel_requested), '{}'),
           coalesce(array_agg(d.run_id) FILTER (WHERE d.begun AND d.cancel_requested), '{}')
    INTO unbegun, lost, cancelled
    FROM dead d;

    IF cardinality(unbegun) > 0 THEN
        changes := give_back_task_runs(unbegun);
    END IF;
    IF cardinality(lost) + cardinality(cancelled) > 0 THEN
        DELETE FROM task_queue q WHERE q.run_id = ANY (lost || cancelled);
        INSERT INTO task_outputs (run_id, error) SELECT id, message FROM unnest(lost) AS id;
        changes := merge_changes(changes, conclude_task_runs(cancelled_outcomes(cancelled)
            || failed_outcomes(lost, message, 'DRIVER_ERROR', 'INTERNAL_ERROR', true)));
    END IF;
    RETURN changes;
END $$;

-- Failures of the machinery: they never count against max_retries.
CREATE OR REPLACE FUNCTION failed_outcomes(
    task_run_ids bigint[], message text, code text, type text, retryable boolean) RETURNS jsonb
LANGUAGE sql STABLE AS $$
    SELECT coalesce(jsonb_agg(jsonb_build_object(
        'run_id', id, 'life_cycle_state', 'INTERNAL_ERROR', 'result_state', 'FAILED', 'state_message', message,
        'termination_code', code, 'termination_type', type, 'user_cancelled_or_timedout', false,
        'retryable', retryable, 'counts_against_limit', false,
        'setup_duration', 0, 'execution_duration', 0, 'cleanup_duration', 0)), '[]')
    FROM unnest(task_run_ids) AS id
$$;
