-- Up to max_runs ready task runs of the worker's cluster, leased to it under a fresh token each. It waits for no lock:
-- whoever holds a run's row makes it RUNNING or ends it. The plan is cached while the queue is short and must still be
-- right when it is long (look_ups.sql).
CREATE OR REPLACE FUNCTION claim_task_runs(claiming_worker text, max_runs integer, lease_seconds integer)
RETURNS TABLE (
    run_id bigint, job_run_id bigint, job_id bigint, task_key text, attempt_number integer, lease_token uuid,
    definition text, overriding_parameters text, job_parameters text, job_tags text, run_as_user_name text,
    kernel_token text, timeout_seconds integer, job_start_time bigint, reference_values text, git_source text,
    git_commit text, source_path text, source_object_type text, source_content bytea, source_format text,
    source_language text)
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp
SET plan_cache_mode = force_generic_plan SET enable_hashjoin = off SET enable_mergejoin = off
SET enable_seqscan = off SET enable_bitmapscan = off SET jit = off AS $$
#variable_conflict use_column
DECLARE
    cluster text;
    active_at bigint;
    turned_at timestamptz;
    now_millis bigint := epoch_millis();
BEGIN
    SELECT w.cluster_id, c.last_activity_time,
           (SELECT min(s.next_at) FROM queue_turns s WHERE s.cluster_id = w.cluster_id)
    INTO cluster, active_at, turned_at
    FROM workers w JOIN clusters c ON c.cluster_id = w.cluster_id AND c.generation = w.generation
    WHERE w.worker_id = claiming_worker AND w.state = 'READY' AND c.state = 'RUNNING'
      AND is_own_node(w.node_id);
    IF NOT FOUND THEN
        RETURN;
    END IF;

    RETURN QUERY
    WITH next AS MATERIALIZED (
        SELECT ready.run_id
        FROM queue_turns s
        CROSS JOIN LATERAL (
            SELECT q.run_id FROM task_queue q
            WHERE q.cluster_id = cluster AND q.priority = s.priority AND q.turn >= s.turn AND q.lease_token IS NULL
              AND q.ready_at <= now()
            ORDER BY q.turn, q.run_id
            LIMIT max_runs
            FOR UPDATE SKIP LOCKED
        ) AS ready
        WHERE s.cluster_id = cluster
        ORDER BY s.priority DESC
        LIMIT max_runs
    ), leased AS (
        UPDATE task_queue q
        SET lease_token = gen_random_uuid(), lease_expires_at = clock_timestamp() + make_interval(secs => lease_seconds),
            worker_id = claiming_worker
        WHERE q.run_id = ANY (ARRAY(SELECT n.run_id FROM next n))
        RETURNING q.run_id, q.job_run_id, q.lease_token, q.priority, q.turn
    ), started AS (
        UPDATE task_runs t
        SET life_cycle_state = 'RUNNING', worker_id = claiming_worker,
            start_time = CASE t.start_time WHEN 0 THEN now_millis ELSE t.start_time END
        WHERE t.run_id = ANY (ARRAY(SELECT l.run_id FROM leased l))
    ), waiting_runs AS MATERIALIZED (
        SELECT r.run_id FROM runs r
        WHERE r.run_id = ANY (ARRAY(SELECT l.job_run_id FROM leased l)) AND r.life_cycle_state = 'PENDING'
        FOR NO KEY UPDATE SKIP LOCKED
    ), running_runs AS (
        UPDATE runs r SET life_cycle_state = 'RUNNING'
        WHERE r.run_id = ANY (ARRAY(SELECT w.run_id FROM waiting_runs w))
    )
    SELECT l.run_id, l.job_run_id, t.job_id, t.task_key, t.attempt_number, l.lease_token, jt.definition::text,
           r.overriding_parameters::text, r.job_parameters::text, coalesce(v.settings -> 'tags', '{}')::text, r.run_as_user_name, r.kernel_token,
           jt.timeout_seconds, r.start_time, reference_values(t, r, jt)::text, (v.settings -> 'git_source')::text, r.git_commit,
           jt.source_path, o.object_type, o.content, o.format, o.language
    FROM leased l
    CROSS JOIN LATERAL task_run_of(l.run_id) AS t
    CROSS JOIN LATERAL run_of(l.job_run_id) AS r
    CROSS JOIN LATERAL job_version_of(t.job_id, t.job_version) AS v
    CROSS JOIN LATERAL job_task_of(t.job_id, t.job_version, t.position) AS jt
    LEFT JOIN LATERAL workspace_object_of(jt.source_path) AS o ON o.object_type IN ('NOTEBOOK', 'FILE')
    ORDER BY l.priority DESC, l.turn, l.run_id;

    IF NOT FOUND THEN
        RETURN;  -- looking for work is no activity
    END IF;

    -- Every two seconds: an enqueue that read an older turn is over by then, or else the sweep finds what it left behind.
    IF turned_at < clock_timestamp() - interval '2 seconds' THEN
        UPDATE queue_turns t
        SET turn = t.next_turn, next_at = clock_timestamp(),
            next_turn = greatest(t.next_turn, coalesce((SELECT max(q.turn) FROM task_queue q
                                                        WHERE q.worker_id = claiming_worker AND q.priority = t.priority
                                                          AND q.lease_token IS NOT NULL), 0))
        FROM (SELECT s.priority FROM queue_turns s
              WHERE s.cluster_id = cluster AND s.next_at < clock_timestamp() - interval '2 seconds'
              FOR NO KEY UPDATE SKIP LOCKED) AS stale
        WHERE t.cluster_id = cluster AND t.priority = stale.priority;
    END IF;

    -- Autotermination counts from here; one worker's word every ten seconds is enough.
    IF active_at < now_millis - 10000 THEN
        UPDATE clusters c SET last_activity_time = now_millis
        FROM (SELECT x.cluster_id FROM clusters x
              WHERE x.cluster_id = cluster AND x.last_activity_time < now_millis - 10000
              FOR NO KEY UPDATE SKIP LOCKED) AS stale
        WHERE c.cluster_id = stale.cluster_id;
    END IF;
END $$;
