-- What the holder of a lease does with it between claim and finish.

-- leases: [{run_id, lease_token}]. Those that are still held, marked begun; the commit does not wait for the disk, since
-- the next heartbeat says it again.
CREATE OR REPLACE FUNCTION begin_task_runs(leases jsonb) RETURNS bigint[]
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
SET plan_cache_mode = force_generic_plan SET enable_hashjoin = off SET enable_mergejoin = off
SET enable_seqscan = off SET jit = off AS $$
DECLARE
    held bigint[];
BEGIN
    PERFORM set_config('synchronous_commit', 'off', true);
    WITH ours AS MATERIALIZED (
        SELECT q.run_id
        FROM jsonb_to_recordset(leases) AS l (run_id bigint, lease_token uuid)
        JOIN task_queue q ON q.run_id = l.run_id AND q.lease_token = l.lease_token
        ORDER BY q.run_id
        FOR UPDATE OF q
    ), begun AS (
        UPDATE task_queue q SET begun = true FROM ours o WHERE q.run_id = o.run_id RETURNING q.run_id
    )
    SELECT ARRAY(SELECT b.run_id FROM begun b) INTO held;
    RETURN held;
END $$;

-- leases: [{run_id, lease_token, begun}]. Renews the worker's own sign of life and every lease that is still its own.
CREATE OR REPLACE FUNCTION heartbeat(
    beating_worker text, leases jsonb, lease_seconds integer,
    OUT lost bigint[], OUT cancelled bigint[], OUT stop boolean)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
SET plan_cache_mode = force_generic_plan SET enable_hashjoin = off SET enable_mergejoin = off
SET enable_seqscan = off SET jit = off AS $$
BEGIN
    UPDATE workers w SET heartbeat_at = clock_timestamp() WHERE w.worker_id = beating_worker AND w.state <> 'GONE';
    stop := NOT EXISTS (
        SELECT FROM workers w JOIN clusters c ON c.cluster_id = w.cluster_id AND c.generation = w.generation
        WHERE w.worker_id = beating_worker AND w.state IN ('STARTING', 'READY')
          AND c.state IN ('PENDING', 'RUNNING', 'RESTARTING'));

    WITH held AS MATERIALIZED (
        SELECT q.run_id, l.begun
        FROM jsonb_to_recordset(leases) AS l (run_id bigint, lease_token uuid, begun boolean)
        JOIN task_queue q ON q.run_id = l.run_id AND q.lease_token = l.lease_token
        ORDER BY q.run_id
        FOR UPDATE OF q
    ), renewed AS (
        UPDATE task_queue q
        SET lease_expires_at = clock_timestamp() + make_interval(secs => lease_seconds), begun = q.begun OR h.begun
        FROM held h WHERE q.run_id = h.run_id
        RETURNING q.run_id, q.cancel_requested
    )
    SELECT ARRAY(SELECT r.run_id FROM renewed r WHERE r.cancel_requested),
           ARRAY(SELECT l.run_id FROM jsonb_to_recordset(leases) AS l (run_id bigint)
                 WHERE l.run_id NOT IN (SELECT r.run_id FROM renewed r))
    INTO cancelled, lost;
END $$;

-- Hands unbegun claims back. One whose cancel was asked for meanwhile ends.
CREATE OR REPLACE FUNCTION release_task_runs(leases jsonb) RETURNS run_changes
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    held bigint[];
BEGIN
    PERFORM FROM runs r
    WHERE r.run_id IN (SELECT q.job_run_id FROM jsonb_to_recordset(leases) AS l (run_id bigint)
                       JOIN task_queue q ON q.run_id = l.run_id)
    ORDER BY r.run_id
    FOR NO KEY UPDATE;
    held := ARRAY(
        SELECT q.run_id FROM jsonb_to_recordset(leases) AS l (run_id bigint, lease_token uuid)
        JOIN task_queue q ON q.run_id = l.run_id AND q.lease_token = l.lease_token
        WHERE NOT q.begun
        ORDER BY q.run_id
        FOR UPDATE OF q);
    RETURN give_back_task_runs(held);
END $$;

-- Unbegun claims of queue rows locked by the caller: ready again with the same run_id, or ended when cancelled.
CREATE OR REPLACE FUNCTION give_back_task_runs(task_run_ids bigint[]) RETURNS run_changes
LANGUAGE plpgsql AS $$
DECLARE
    changes run_changes := ('{}', '{}', '{}');
    cancelled bigint[];
BEGIN
    WITH gone AS (
        DELETE FROM task_queue q WHERE q.run_id = ANY (task_run_ids) AND q.cancel_requested RETURNING q.run_id
    )
    SELECT ARRAY(SELECT g.run_id FROM gone g) INTO cancelled;

    WITH ready AS (
        UPDATE task_queue q
        SET lease_token = NULL, lease_expires_at = NULL, worker_id = NULL,
            turn = greatest(q.turn, (SELECT s.turn FROM queue_turns s
                                     WHERE s.cluster_id = q.cluster_id AND s.priority = q.priority))
        WHERE q.run_id = ANY (task_run_ids) AND NOT q.cancel_requested
        RETURNING q.run_id, q.cluster_id
    ), waiting AS (
        UPDATE task_runs t SET life_cycle_state = 'PENDING', start_time = 0, worker_id = NULL
        FROM ready r WHERE t.run_id = r.run_id
    )
    SELECT ARRAY(SELECT DISTINCT r.cluster_id FROM ready r) INTO changes.ready_clusters;

    IF cardinality(cancelled) > 0 THEN
        changes := merge_changes(changes, conclude_task_runs(cancelled_outcomes(cancelled)));
    END IF;
    RETURN changes;
END $$;

CREATE OR REPLACE FUNCTION cancelled_outcomes(task_run_ids bigint[]) RETURNS jsonb
LANGUAGE sql STABLE AS $$
    SELECT coalesce(jsonb_agg(jsonb_build_object(
        'run_id', id, 'life_cycle_state', 'TERMINATED', 'result_state', 'CANCELED', 'state_message', 'Run cancelled.',
        'termination_code', 'USER_CANCELED', 'termination_type', 'CLIENT_ERROR', 'user_cancelled_or_timedout', true,
        'retryable', false, 'counts_against_limit', true,
        'setup_duration', 0, 'execution_duration', 0, 'cleanup_duration', 0)), '[]')
    FROM unnest(task_run_ids) AS id
$$;
