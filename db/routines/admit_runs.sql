-- Gives runs that were admitted (PENDING, counted in job_admission) what they need to begin: their job clusters, and
-- their root task runs in the queue. failed_task_runs ended at once, for want of their cluster: the caller settles them.
CREATE OR REPLACE FUNCTION admit_runs(
    run_ids bigint[], OUT ready_clusters text[], OUT changed_clusters text[], OUT failed_task_runs bigint[])
LANGUAGE plpgsql AS $$
DECLARE
    made text[];
BEGIN
    made := make_job_clusters(run_ids);
    SELECT q.ready_clusters, q.changed_clusters || made, q.failed_task_runs
    INTO ready_clusters, changed_clusters, failed_task_runs
    FROM queue_task_runs(ARRAY(SELECT t.run_id FROM task_runs t
                               WHERE t.job_run_id = ANY (run_ids) AND t.life_cycle_state = 'PENDING'), now(), true) AS q;
END $$;

-- One cluster per run and job cluster key (or task with a new_cluster of its own), with the libraries of every task
-- that uses it. Its task runs are given its id.
CREATE OR REPLACE FUNCTION make_job_clusters(run_ids bigint[]) RETURNS text[]
LANGUAGE plpgsql AS $$
DECLARE
    made text[];
    now_millis bigint := epoch_millis();
BEGIN
    IF NOT EXISTS (SELECT FROM task_runs t WHERE t.job_run_id = ANY (run_ids) AND t.cluster_id IS NULL) THEN
        RETURN '{}';
    END IF;
    WITH uses AS MATERIALIZED (
        SELECT t.run_id, t.job_run_id, coalesce(jt.job_cluster_key, jt.task_key) AS key, jt.position,
               jt.new_cluster, jt.libraries, jt.job_cluster_key IS NOT NULL AS shared
        FROM task_runs t
        JOIN job_tasks jt ON jt.job_id = t.job_id AND jt.job_version = t.job_version AND jt.position = t.position
        WHERE t.job_run_id = ANY (run_ids) AND t.cluster_id IS NULL AND jt.new_cluster IS NOT NULL
    ), wanted AS (
        SELECT u.job_run_id, u.key, bool_or(u.shared) AS shared,
               (array_agg(u.new_cluster ORDER BY u.position))[1] AS spec,
               to_char(clock_timestamp(), 'MMDD-HH24MISS-') || left(gen_random_uuid()::text, 8) AS cluster_id
        FROM uses u GROUP BY u.job_run_id, u.key
    ), made_clusters AS (
        INSERT INTO clusters (cluster_id, cluster_name, spec, libraries, state, state_message, cluster_source,
                              creator_user_name, run_as_user_name, num_workers, job_run_id, job_cluster_key, start_time,
                              last_activity_time)
        SELECT w.cluster_id,
               format('job-%s-run-%s', r.job_id, r.run_id)
                   || CASE WHEN w.shared OR j.format = 'MULTI_TASK' THEN '-' || w.key ELSE '' END,
               w.spec,
               (SELECT coalesce(jsonb_agg(DISTINCT library), '[]')
                FROM uses u CROSS JOIN jsonb_array_elements(u.libraries) AS library
                WHERE u.job_run_id = w.job_run_id AND u.key = w.key),
               'PENDING', 'Starting the cluster', 'JOB', r.creator_user_name, r.run_as_user_name,
               coalesce((w.spec ->> 'num_workers')::integer, (w.spec #>> '{autoscale,min_workers}')::integer, 0),
               r.run_id, w.key, now_millis, now_millis
        FROM wanted w
        JOIN runs r ON r.run_id = w.job_run_id
        JOIN jobs j ON j.job_id = r.job_id
        RETURNING cluster_id, job_run_id, job_cluster_key, creator_user_name
    ), given AS (
        UPDATE task_runs t SET cluster_id = m.cluster_id
        FROM uses u JOIN made_clusters m ON m.job_run_id = u.job_run_id AND m.job_cluster_key = u.key
        WHERE t.run_id = u.run_id
    ), told AS (
        INSERT INTO cluster_events (cluster_id, timestamp, type, details)
        SELECT m.cluster_id, now_millis, 'CREATING', jsonb_build_object('user', m.creator_user_name) FROM made_clusters m
    )
    SELECT array_agg(m.cluster_id) INTO made FROM made_clusters m;
    RETURN coalesce(made, '{}');
END $$;
