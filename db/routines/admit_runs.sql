-- Gives runs that were admitted (PENDING, counted in job_places) what they need to begin: their clusters, and their root
-- task runs in the queue. ended_task_runs ended at once, for want of their cluster or disabled: the caller settles them.
CREATE OR REPLACE FUNCTION admit_runs(
    run_ids bigint[], OUT ready_clusters text[], OUT changed_clusters text[], OUT ended_task_runs bigint[])
LANGUAGE plpgsql AS $$
DECLARE
    made text[];
BEGIN
    made := give_clusters(ARRAY(SELECT t.run_id FROM task_runs t
                                WHERE t.job_run_id = ANY (run_ids) AND t.cluster_id IS NULL
                                  AND NOT is_terminal(t.life_cycle_state)));
    SELECT q.ready_clusters, q.changed_clusters || made, q.ended_task_runs
    INTO ready_clusters, changed_clusters, ended_task_runs
    FROM queue_task_runs(ARRAY(SELECT t.run_id FROM task_runs t
                               WHERE t.job_run_id = ANY (run_ids) AND t.life_cycle_state = 'PENDING'), now(), true) AS q;
END $$;

-- Clusters for task runs whose tasks bring a definition of one: the run's own by job cluster key (or, with a new_cluster of
-- its own, by task), made with the libraries of all tasks that use it; or the serverless one of the user. Returns those made.
CREATE OR REPLACE FUNCTION give_clusters(task_run_ids bigint[]) RETURNS text[]
LANGUAGE plpgsql AS $$
DECLARE
    made text[];
    now_millis bigint := epoch_millis();
BEGIN
    IF cardinality(task_run_ids) = 0 THEN
        RETURN '{}';
    END IF;
    WITH uses AS MATERIALIZED (
        SELECT t.run_id, t.job_run_id, t.job_id, t.job_version, coalesce(jt.job_cluster_key, jt.task_key) AS key, jt.position,
               jt.new_cluster, jt.job_cluster_key IS NOT NULL AS shared
        FROM task_runs t CROSS JOIN LATERAL job_task_of(t.job_id, t.job_version, t.position) AS jt
        WHERE t.run_id = ANY (task_run_ids) AND jt.new_cluster IS NOT NULL AND NOT jt.disabled AND NOT jt.serverless
    ), known AS MATERIALIZED (
        SELECT c.cluster_id, c.job_run_id, c.job_cluster_key
        FROM clusters c WHERE c.job_run_id = ANY (ARRAY(SELECT u.job_run_id FROM uses u)) AND NOT c.deleted
    ), wanted AS (
        SELECT u.job_run_id, u.job_id, u.job_version, u.key, bool_or(u.shared) AS shared,
               (array_agg(u.new_cluster ORDER BY u.position))[1] AS spec,
               to_char(clock_timestamp(), 'MMDD-HH24MISS-') || left(gen_random_uuid()::text, 8) AS cluster_id
        FROM uses u
        WHERE NOT EXISTS (SELECT FROM known k WHERE k.job_run_id = u.job_run_id AND k.job_cluster_key = u.key)
        GROUP BY u.job_run_id, u.job_id, u.job_version, u.key
    ), made_clusters AS (
        INSERT INTO clusters (cluster_id, cluster_name, spec, libraries, state, state_message, cluster_source,
                              creator_user_name, run_as_user_name, num_workers, job_run_id, job_cluster_key, start_time,
                              last_activity_time)
        SELECT w.cluster_id,
               format('job-%s-run-%s', r.job_id, r.run_id)
                   || CASE WHEN w.shared OR j.format = 'MULTI_TASK' THEN '-' || w.key ELSE '' END,
               w.spec, libraries_of_job_cluster(w.job_id, w.job_version, w.key),
               'PENDING', 'Starting the cluster', 'JOB', r.creator_user_name, r.run_as_user_name,
               coalesce((w.spec ->> 'num_workers')::integer, (w.spec #>> '{autoscale,min_workers}')::integer, 0),
               r.run_id, w.key, now_millis, now_millis
        FROM wanted w
        JOIN runs r ON r.run_id = w.job_run_id
        JOIN jobs j ON j.job_id = r.job_id
        RETURNING cluster_id, job_run_id, job_cluster_key, creator_user_name
    ), given AS (
        UPDATE task_runs t SET cluster_id = m.cluster_id
        FROM uses u
        JOIN (SELECT cluster_id, job_run_id, job_cluster_key FROM made_clusters
              UNION ALL
              SELECT cluster_id, job_run_id, job_cluster_key FROM known) AS m
            ON m.job_run_id = u.job_run_id AND m.job_cluster_key = u.key
        WHERE t.run_id = ANY (ARRAY[u.run_id])
    ), told AS (
        INSERT INTO cluster_events (cluster_id, timestamp, type, details)
        SELECT m.cluster_id, now_millis, 'CREATING', jsonb_build_object('user', m.creator_user_name) FROM made_clusters m
    )
    SELECT array_agg(m.cluster_id) INTO made FROM made_clusters m;
    RETURN coalesce(made, '{}') || give_serverless_clusters(task_run_ids);
END $$;

-- Those of all tasks that use it.
CREATE OR REPLACE FUNCTION libraries_of_job_cluster(of_job_id bigint, of_version integer, of_key text) RETURNS jsonb
LANGUAGE sql STABLE AS $$
    SELECT coalesce(jsonb_agg(DISTINCT library), '[]')
    FROM job_tasks jt CROSS JOIN jsonb_array_elements(jt.libraries) AS library
    WHERE jt.job_id = of_job_id AND jt.job_version = of_version AND coalesce(jt.job_cluster_key, jt.task_key) = of_key
$$;

-- One cluster for all tasks of a user that ask for the same environment: it stays for the next run, and ends when idle.
CREATE OR REPLACE FUNCTION give_serverless_clusters(task_run_ids bigint[]) RETURNS text[]
LANGUAGE plpgsql AS $$
DECLARE
    made text[];
    now_millis bigint := epoch_millis();
BEGIN
    WITH made_clusters AS (
        INSERT INTO clusters (cluster_id, cluster_name, spec, libraries, state, state_message, cluster_source,
                              creator_user_name, run_as_user_name, num_workers, autotermination_minutes, serverless_key,
                              start_time, last_activity_time)
        SELECT DISTINCT ON (u.key)
               to_char(clock_timestamp(), 'MMDD-HH24MISS-') || left(gen_random_uuid()::text, 8),
               'serverless-' || left(u.key, 8), u.new_cluster, u.libraries, 'PENDING', 'Starting the cluster', 'JOB',
               u.run_as_user_name, u.run_as_user_name, 0, coalesce((u.new_cluster ->> 'autotermination_minutes')::integer, 0),
               u.key, now_millis, now_millis
        FROM serverless_uses(task_run_ids) AS u
        ON CONFLICT (serverless_key) WHERE serverless_key IS NOT NULL AND NOT deleted DO NOTHING
        RETURNING cluster_id, creator_user_name
    ), told AS (
        INSERT INTO cluster_events (cluster_id, timestamp, type, details)
        SELECT m.cluster_id, now_millis, 'CREATING', jsonb_build_object('user', m.creator_user_name) FROM made_clusters m
    )
    SELECT array_agg(m.cluster_id) INTO made FROM made_clusters m;
    -- A statement of its own: it sees the cluster that another transaction has made meanwhile.
    UPDATE task_runs t SET cluster_id = c.cluster_id
    FROM serverless_uses(task_run_ids) AS u
    JOIN clusters c ON c.serverless_key = u.key AND NOT c.deleted
    WHERE t.run_id = ANY (ARRAY[u.run_id]);
    RETURN coalesce(made, '{}');
END $$;

CREATE OR REPLACE FUNCTION serverless_uses(task_run_ids bigint[])
RETURNS TABLE (run_id bigint, run_as_user_name text, new_cluster jsonb, libraries jsonb, key text)
LANGUAGE sql STABLE AS $$
    SELECT t.run_id, r.run_as_user_name, jt.new_cluster, jt.libraries,
           md5(r.run_as_user_name || E'\n' || jt.new_cluster::text || E'\n' || jt.libraries::text)
    FROM unnest(task_run_ids) AS id
    CROSS JOIN LATERAL task_run_of(id) AS t
    CROSS JOIN LATERAL run_of(t.job_run_id) AS r
    CROSS JOIN LATERAL job_task_of(t.job_id, t.job_version, t.position) AS jt
    WHERE jt.serverless AND NOT jt.disabled
$$;
