-- Tasks that need no cluster and hold no slot: the scheduler does them.
CREATE OR REPLACE FUNCTION is_control(task_type text) RETURNS boolean
LANGUAGE sql IMMUTABLE AS $$
    SELECT task_type IN ('condition_task', 'for_each_task', 'run_job_task')
$$;

-- Makes PENDING and WAITING_FOR_RETRY task runs claimable from `not_before` on, starting their clusters where these
-- stand still. Control tasks wait for the scheduler, as if that were a cluster. A task run that is disabled, or whose cluster
-- does not exist, ends here and is returned in ended_task_runs, for the caller to settle.
-- Turns are start-time fair queueing among jobs: each run of a job that is `newly_admitted` (job_places counts it already, and
-- the job_admission row is locked) stands a turn behind the one before, so that a job with a thousand of them does not keep
-- another's first one waiting. What belongs to runs under way goes to where the queue stands.
CREATE OR REPLACE FUNCTION queue_task_runs(
    task_run_ids bigint[], not_before timestamptz, newly_admitted boolean,
    OUT ready_clusters text[], OUT changed_clusters text[], OUT ended_task_runs bigint[])
LANGUAGE plpgsql AS $$
DECLARE
    stopped_clusters text[];
    unplaced bigint[];  -- without a cluster that is there
    control bigint[];
BEGIN
    SELECT array_agg(DISTINCT c.cluster_id) FILTER (WHERE c.state IN ('TERMINATED', 'ERROR')),
           coalesce(array_agg(t.run_id) FILTER (WHERE c.cluster_id IS NULL), '{}')
    INTO stopped_clusters, unplaced
    FROM task_runs t
    LEFT JOIN LATERAL cluster_of(t.cluster_id) AS c ON NOT c.deleted
    WHERE t.run_id = ANY (task_run_ids);
    changed_clusters := '{}';
    ended_task_runs := '{}';

    IF stopped_clusters IS NOT NULL THEN
        changed_clusters := start_clusters(stopped_clusters, '');
        -- One of them may have been deleted while its row was waited for.
        unplaced := ARRAY(
            SELECT t.run_id FROM task_runs t
            WHERE t.run_id = ANY (task_run_ids)
              AND NOT EXISTS (SELECT FROM cluster_of(t.cluster_id) AS c WHERE NOT c.deleted));
    END IF;

    WITH placed AS MATERIALIZED (
        SELECT t.run_id, t.job_run_id, t.cluster_id, j.priority, j.notifies, coalesce(s.turn, 0) AS now_at,
               s.turn IS NULL AS is_first,
               a.turn - (dense_rank() OVER (PARTITION BY t.job_id ORDER BY t.job_run_id DESC) - 1) AS own
        FROM task_runs t
        CROSS JOIN LATERAL job_of(t.job_id) AS j
        CROSS JOIN LATERAL places_of_job(t.job_id) AS a
        LEFT JOIN queue_turns s ON s.cluster_id = t.cluster_id AND s.priority = j.priority
        WHERE t.run_id = ANY (task_run_ids) AND t.run_id <> ALL (unplaced)
    ), firsts AS (
        INSERT INTO queue_turns (cluster_id, priority)
        SELECT DISTINCT p.cluster_id, p.priority FROM placed p WHERE p.is_first
        ON CONFLICT DO NOTHING
    ), queued AS (
        INSERT INTO task_queue (run_id, job_run_id, cluster_id, priority, turn, ready_at, notifies)
        SELECT p.run_id, p.job_run_id, p.cluster_id, p.priority,
               CASE WHEN newly_admitted THEN greatest(p.own, p.now_at) ELSE p.now_at END, not_before, p.notifies
        FROM placed p
        RETURNING cluster_id
    )
    SELECT ARRAY(SELECT DISTINCT queued.cluster_id FROM queued) INTO ready_clusters;

    IF cardinality(unplaced) > 0 THEN
        WITH waiting AS (
            INSERT INTO task_queue (run_id, job_run_id, cluster_id, priority, ready_at, notifies)
            SELECT t.run_id, t.job_run_id, 'scheduler', j.priority, not_before, j.notifies
            FROM task_runs t
            CROSS JOIN LATERAL job_of(t.job_id) AS j
            CROSS JOIN LATERAL job_task_of(t.job_id, t.job_version, t.position) AS jt
            WHERE t.run_id = ANY (unplaced) AND is_control(jt.task_type) AND NOT jt.disabled
            RETURNING run_id
        )
        SELECT array_agg(w.run_id) INTO control FROM waiting w;
        IF control IS NOT NULL THEN
            ready_clusters := ready_clusters || 'scheduler'::text;
            unplaced := ARRAY(SELECT u FROM unnest(unplaced) AS u WHERE u <> ALL (control));
        END IF;
        ended_task_runs := end_unplaced_task_runs(unplaced);
    END IF;
END $$;

-- Task runs that will never be claimed: disabled ones, and those whose cluster does not exist.
CREATE OR REPLACE FUNCTION end_unplaced_task_runs(task_run_ids bigint[]) RETURNS bigint[]
LANGUAGE plpgsql AS $$
DECLARE
    ended bigint[];
    now_millis bigint := epoch_millis();
BEGIN
    WITH done AS (
        UPDATE task_runs t
        SET life_cycle_state = CASE WHEN jt.disabled THEN 'SKIPPED' ELSE 'INTERNAL_ERROR' END,
            result_state = CASE WHEN jt.disabled THEN 'DISABLED' ELSE 'FAILED' END,
            state_message = CASE WHEN jt.disabled THEN 'The task is disabled.'
                WHEN t.cluster_id IS NULL THEN 'The task names no cluster to run on.'
                ELSE format('Run executed on existing cluster ID %s failed since the cluster does not exist.', t.cluster_id) END,
            termination_code = CASE WHEN jt.disabled THEN 'DISABLED' ELSE 'CLUSTER_ERROR' END,
            termination_type = 'CLIENT_ERROR', start_time = now_millis, end_time = now_millis
        FROM unnest(task_run_ids) AS id
        CROSS JOIN LATERAL task_run_of(id) AS w
        CROSS JOIN LATERAL job_task_of(w.job_id, w.job_version, w.position) AS jt
        WHERE t.run_id = ANY (ARRAY[id])
        RETURNING t.run_id
    )
    SELECT ARRAY(SELECT d.run_id FROM done d) INTO ended;
    RETURN ended;
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
