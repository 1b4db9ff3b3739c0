-- What the holder of a lease does with it between claim and finish.

-- leases: [{run_id, lease_token, …}]. Locks their rows of the queue, in order; the run_ids of those that are still held.
CREATE OR REPLACE FUNCTION lock_leases(leases jsonb) RETURNS bigint[]
LANGUAGE plpgsql AS $$
BEGIN
    RETURN ARRAY(
        WITH named AS MATERIALIZED (
            SELECT q.run_id, q.lease_token FROM task_queue q
            WHERE q.run_id = ANY (ARRAY(SELECT l.run_id FROM jsonb_to_recordset(leases) AS l (run_id bigint)))
            ORDER BY q.run_id
            FOR UPDATE
        )
        SELECT n.run_id FROM named n  -- no token is given out twice
        WHERE n.lease_token = ANY (ARRAY(SELECT l.lease_token FROM jsonb_to_recordset(leases) AS l (lease_token uuid))));
END $$;

-- The rows of the runs that these queued task runs belong to, in order, as whoever ends one must hold them.
CREATE OR REPLACE FUNCTION lock_runs_of(task_runs jsonb) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM runs r
    WHERE r.run_id = ANY (ARRAY(
        SELECT q.job_run_id FROM task_queue q
        WHERE q.run_id = ANY (ARRAY(SELECT t.run_id FROM jsonb_to_recordset(task_runs) AS t (run_id bigint)))))
    ORDER BY r.run_id
    FOR NO KEY UPDATE;
END $$;

-- leases: [{run_id, lease_token}]. Those that are still held, marked begun; the commit does not wait for the disk, since
-- the next heartbeat says it again.
CREATE OR REPLACE FUNCTION begin_task_runs(leases jsonb) RETURNS bigint[]
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
SET plan_cache_mode = force_generic_plan SET enable_hashjoin = off SET enable_mergejoin = off
SET enable_seqscan = off SET enable_bitmapscan = off SET jit = off AS $$
DECLARE
    held bigint[];
    told bigint[];
BEGIN
    PERFORM set_config('synchronous_commit', 'off', true);
    held := lock_leases(leases);
    WITH begun AS (
        UPDATE task_queue q SET begun = true WHERE q.run_id = ANY (held) RETURNING q.run_id, q.notifies
    )
    SELECT array_agg(b.run_id) INTO told FROM begun b WHERE b.notifies;
    IF told IS NOT NULL THEN
        PERFORM set_config('synchronous_commit', 'on', true);  -- what is told is on the disk
        PERFORM tell_of_started(told);
    END IF;
    RETURN held;
END $$;

-- leases: [{run_id, lease_token, begun}]. Renews the worker's own sign of life and every lease that is still its own.
CREATE OR REPLACE FUNCTION heartbeat(
    beating_worker text, leases jsonb, lease_seconds integer,
    OUT lost bigint[], OUT cancelled bigint[], OUT stop boolean)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
SET plan_cache_mode = force_generic_plan SET enable_hashjoin = off SET enable_mergejoin = off
SET enable_seqscan = off SET enable_bitmapscan = off SET jit = off AS $$
DECLARE
    held bigint[];
BEGIN
    PERFORM hold_to_own_worker(beating_worker);
    UPDATE workers w SET heartbeat_at = clock_timestamp() WHERE w.worker_id = beating_worker AND w.state <> 'GONE';
    stop := NOT EXISTS (
        SELECT FROM workers w JOIN clusters c ON c.cluster_id = w.cluster_id AND c.generation = w.generation
        WHERE w.worker_id = beating_worker AND w.state IN ('STARTING', 'READY')
          AND c.state IN ('PENDING', 'RUNNING', 'RESTARTING'));

    held := lock_leases(leases);
    WITH renewed AS (
        UPDATE task_queue q
        SET lease_expires_at = clock_timestamp() + make_interval(secs => lease_seconds),
            begun = q.begun OR q.run_id = ANY (ARRAY(
                SELECT l.run_id FROM jsonb_to_recordset(leases) AS l (run_id bigint, begun boolean) WHERE l.begun))
        WHERE q.run_id = ANY (held)
        RETURNING q.run_id, q.cancel_requested
    )
    SELECT ARRAY(SELECT r.run_id FROM renewed r WHERE r.cancel_requested),
           ARRAY(SELECT l.run_id FROM jsonb_to_recordset(leases) AS l (run_id bigint) WHERE l.run_id <> ALL (held))
    INTO cancelled, lost;
END $$;

-- Hands unbegun claims back. One whose cancel was asked for meanwhile ends.
CREATE OR REPLACE FUNCTION release_task_runs(leases jsonb) RETURNS run_changes
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
SET plan_cache_mode = force_generic_plan SET enable_hashjoin = off SET enable_mergejoin = off
SET enable_seqscan = off SET enable_bitmapscan = off SET jit = off AS $$
DECLARE
    held bigint[];
BEGIN
    PERFORM lock_runs_of(leases);
    held := lock_leases(leases);
    RETURN give_back_task_runs(ARRAY(SELECT q.run_id FROM task_queue q WHERE q.run_id = ANY (held) AND NOT q.begun));
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
        WHERE t.run_id = ANY (ARRAY(SELECT r.run_id FROM ready r))
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
