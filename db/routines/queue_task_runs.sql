-- Makes PENDING and WAITING_FOR_RETRY task runs claimable from `not_before` on, starting their clusters where these
-- stand still. A task run whose cluster does not exist ends here and is returned in failed_task_runs, for the caller to
-- settle.
-- Turns are start-time fair queueing among jobs: each run of a job that is `newly_admitted` (job_places counts it already, and
-- the job_admission row is locked) stands a turn behind the one before, so that a job with a thousand of them does not keep
-- another's first one waiting. What belongs to runs under way goes to where the queue stands.
CREATE OR REPLACE FUNCTION queue_task_runs(
    task_run_ids bigint[], not_before timestamptz, newly_admitted boolean,
    OUT ready_clusters text[], OUT changed_clusters text[], OUT failed_task_runs bigint[])
LANGUAGE plpgsql AS $$
DECLARE
    stopped_clusters text[];
    homeless bigint[];  -- whose cluster does not exist
    now_millis bigint := epoch_millis();
BEGIN
    SELECT array_agg(DISTINCT c.cluster_id) FILTER (WHERE c.state IN ('TERMINATED', 'ERROR')),
           coalesce(array_agg(t.run_id) FILTER (WHERE c.cluster_id IS NULL), '{}')
    INTO stopped_clusters, homeless
    FROM task_runs t
    LEFT JOIN LATERAL cluster_of(t.cluster_id) AS c ON NOT c.deleted
    WHERE t.run_id = ANY (task_run_ids);
    changed_clusters := '{}';
    failed_task_runs := '{}';

    IF stopped_clusters IS NOT NULL THEN
        changed_clusters := start_clusters(stopped_clusters, '');
        -- One of them may have been deleted while its row was waited for.
        homeless := ARRAY(
            SELECT t.run_id FROM task_runs t
            WHERE t.run_id = ANY (task_run_ids)
              AND NOT EXISTS (SELECT FROM cluster_of(t.cluster_id) AS c WHERE NOT c.deleted));
    END IF;
    IF cardinality(homeless) > 0 THEN
        WITH failed AS (
            UPDATE task_runs t
            SET life_cycle_state = 'INTERNAL_ERROR', result_state = 'FAILED',
                state_message = CASE WHEN t.cluster_id IS NULL THEN 'The task names no cluster to run on.'
                    ELSE format('Run executed on existing cluster ID %s failed since the cluster does not exist.', t.cluster_id) END,
                termination_code = 'CLUSTER_ERROR', termination_type = 'CLIENT_ERROR',
                start_time = now_millis, end_time = now_millis
            WHERE t.run_id = ANY (homeless)
            RETURNING t.run_id
        )
        SELECT ARRAY(SELECT f.run_id FROM failed f) INTO failed_task_runs;
    END IF;

    WITH placed AS MATERIALIZED (
        SELECT t.run_id, t.job_run_id, t.cluster_id, j.priority, coalesce(s.turn, 0) AS now_at, s.turn IS NULL AS is_first,
               a.turn - (dense_rank() OVER (PARTITION BY t.job_id ORDER BY t.job_run_id DESC) - 1) AS own
        FROM task_runs t
        CROSS JOIN LATERAL job_of(t.job_id) AS j
        CROSS JOIN LATERAL places_of_job(t.job_id) AS a
        LEFT JOIN queue_turns s ON s.cluster_id = t.cluster_id AND s.priority = j.priority
        WHERE t.run_id = ANY (task_run_ids) AND t.run_id <> ALL (homeless)
    ), firsts AS (
        INSERT INTO queue_turns (cluster_id, priority)
        SELECT DISTINCT p.cluster_id, p.priority FROM placed p WHERE p.is_first
        ON CONFLICT DO NOTHING
    ), queued AS (
        INSERT INTO task_queue (run_id, job_run_id, cluster_id, priority, turn, ready_at)
        SELECT p.run_id, p.job_run_id, p.cluster_id, p.priority,
               CASE WHEN newly_admitted THEN greatest(p.own, p.now_at) ELSE p.now_at END, not_before
        FROM placed p
        RETURNING cluster_id
    )
    SELECT ARRAY(SELECT DISTINCT queued.cluster_id FROM queued) INTO ready_clusters;
END $$;

-- Where the queue stands that the job's first tasks go to. In plpgsql, which keeps its plan.
CREATE OR REPLACE FUNCTION queue_turn_of_job(of_job_id bigint) RETURNS bigint
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN (
        SELECT coalesce(max(s.turn), 0)
        FROM jobs j
        JOIN job_tasks jt ON jt.job_id = j.job_id AND jt.job_version = j.job_version AND cardinality(jt.depends_on) = 0
        JOIN queue_turns s ON s.cluster_id = jt.existing_cluster_id AND s.priority = j.priority
        WHERE j.job_id = of_job_id);
END $$;
