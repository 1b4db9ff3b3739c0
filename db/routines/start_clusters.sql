-- TERMINATED and ERROR → PENDING with a new generation. Returns the clusters it started; others are left alone.
CREATE OR REPLACE FUNCTION start_clusters(cluster_ids text[], user_name text) RETURNS text[]
LANGUAGE plpgsql AS $$
DECLARE
    started text[];
    now_millis bigint := epoch_millis();
BEGIN
    IF coalesce(cardinality(cluster_ids), 0) = 0 THEN
        RETURN '{}';
    END IF;
    WITH stopped AS MATERIALIZED (
        SELECT c.cluster_id FROM clusters c
        WHERE c.cluster_id = ANY (cluster_ids) AND c.state IN ('TERMINATED', 'ERROR') AND NOT c.deleted
          -- A job cluster ends with its run for good.
          AND (c.job_run_id IS NULL OR EXISTS (SELECT FROM runs r WHERE r.run_id = c.job_run_id AND r.end_time = 0))
        ORDER BY c.cluster_id
        FOR NO KEY UPDATE
    ), moved AS (
        UPDATE clusters c
        SET state = 'PENDING', state_message = 'Starting the cluster', termination_reason = NULL,
            generation = generation + 1, terminated_time = 0, last_restarted_time = now_millis,
            last_activity_time = now_millis, resized_from = NULL,
            num_workers = coalesce((c.spec #>> '{autoscale,min_workers}')::integer, c.num_workers)
        FROM stopped WHERE c.cluster_id = stopped.cluster_id
        RETURNING c.cluster_id
    ), told AS (
        INSERT INTO cluster_events (cluster_id, timestamp, type, details)
        SELECT moved.cluster_id, now_millis, 'STARTING', jsonb_build_object('user', user_name) FROM moved
    )
    SELECT array_agg(moved.cluster_id ORDER BY moved.cluster_id) INTO started FROM moved;
    RETURN coalesce(started, '{}');
END $$;

-- The JOB clusters of runs that are over: TERMINATING, or TERMINATED at once when no worker lives.
CREATE OR REPLACE FUNCTION end_job_clusters(run_ids bigint[]) RETURNS text[]
LANGUAGE plpgsql AS $$
DECLARE
    ended text[];
    now_millis bigint := epoch_millis();
    reason jsonb := '{"code": "JOB_FINISHED", "type": "SUCCESS"}';
BEGIN
    WITH moved AS (
        UPDATE clusters c
        SET state = CASE WHEN alive.any_worker THEN 'TERMINATING' ELSE 'TERMINATED' END,
            terminated_time = CASE WHEN alive.any_worker THEN 0 ELSE now_millis END,
            state_message = '', termination_reason = reason
        FROM (SELECT j.cluster_id,
                     EXISTS (SELECT FROM workers w WHERE w.cluster_id = j.cluster_id AND w.state <> 'GONE') AS any_worker
              FROM clusters j WHERE j.job_run_id = ANY (run_ids)) AS alive
        WHERE c.cluster_id = alive.cluster_id AND c.state IN ('PENDING', 'RUNNING', 'RESTARTING')
        RETURNING c.cluster_id
    ), told AS (
        INSERT INTO cluster_events (cluster_id, timestamp, type, details)
        SELECT moved.cluster_id, now_millis, 'TERMINATING', jsonb_build_object('reason', reason) FROM moved
    )
    SELECT array_agg(moved.cluster_id) INTO ended FROM moved;
    RETURN coalesce(ended, '{}');
END $$;
