-- Condition, for-each and run-job tasks: the scheduler does them, in the transaction of its service. Waiting ones are leased to
-- it without end, so that nobody rescues them.

-- Up to max_tasks ready ones, now RUNNING.
CREATE OR REPLACE FUNCTION take_control_tasks(max_tasks integer)
RETURNS TABLE (
    run_id bigint, job_run_id bigint, job_id bigint, task_key text, task_type text, definition text,
    overriding_parameters text, job_parameters text, reference_values text, run_as_user_name text,
    ancestor_jobs bigint[])
LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    taken bigint[];
    told bigint[];
    now_millis bigint := epoch_millis();
BEGIN
    taken := ARRAY(SELECT q.run_id FROM task_queue q
                   WHERE q.cluster_id = 'scheduler' AND q.lease_token IS NULL AND q.ready_at <= now()
                   ORDER BY q.priority DESC, q.turn, q.run_id LIMIT max_tasks);
    IF cardinality(taken) = 0 THEN
        RETURN;
    END IF;
    PERFORM FROM runs r
    WHERE r.run_id = ANY (ARRAY(SELECT q.job_run_id FROM task_queue q WHERE q.run_id = ANY (taken)))
    ORDER BY r.run_id FOR NO KEY UPDATE;
    -- What was cancelled meanwhile is gone.
    taken := ARRAY(
        WITH locked AS MATERIALIZED (
            SELECT q.run_id FROM task_queue q
            WHERE q.run_id = ANY (taken) AND q.lease_token IS NULL ORDER BY q.run_id FOR UPDATE
        )
        SELECT l.run_id FROM locked l);
    WITH begun AS (
        UPDATE task_queue q
        SET lease_token = gen_random_uuid(), lease_expires_at = 'infinity', worker_id = 'scheduler', begun = true
        WHERE q.run_id = ANY (taken)
        RETURNING q.run_id, q.notifies
    )
    SELECT array_agg(b.run_id) INTO told FROM begun b WHERE b.notifies;
    UPDATE task_runs t
    SET life_cycle_state = 'RUNNING', start_time = CASE t.start_time WHEN 0 THEN now_millis ELSE t.start_time END
    WHERE t.run_id = ANY (taken);
    UPDATE runs r SET life_cycle_state = 'RUNNING'
    WHERE r.run_id = ANY (ARRAY(SELECT q.job_run_id FROM task_queue q WHERE q.run_id = ANY (taken)))
      AND r.life_cycle_state = 'PENDING';
    IF told IS NOT NULL THEN
        PERFORM tell_of_started(told);
    END IF;
    RETURN QUERY
    SELECT t.run_id, t.job_run_id, t.job_id, t.task_key, jt.task_type, jt.definition::text, r.overriding_parameters::text,
           r.job_parameters::text, reference_values(t, r, jt)::text, r.run_as_user_name, ancestor_jobs(t.job_run_id)
    FROM unnest(taken) AS id
    CROSS JOIN LATERAL task_run_of(id) AS t
    CROSS JOIN LATERAL run_of(t.job_run_id) AS r
    CROSS JOIN LATERAL job_task_of(t.job_id, t.job_version, t.position) AS jt
    ORDER BY t.run_id;
END $$;

-- The jobs of the run and of those above it, each of which began the one below by one of its tasks.
CREATE OR REPLACE FUNCTION ancestor_jobs(of_run_id bigint) RETURNS bigint[]
LANGUAGE sql STABLE AS $$
    WITH RECURSIVE above AS (
        SELECT r.job_id, r.parent_run_id FROM runs r WHERE r.run_id = of_run_id
        UNION ALL
        SELECT r.job_id, r.parent_run_id
        FROM above a JOIN task_runs t ON t.run_id = a.parent_run_id JOIN runs r ON r.run_id = t.job_run_id
    )
    SELECT array_agg(a.job_id) FROM above a
$$;

-- Ends control tasks: [{…as in finish_task_runs, outcome, error, details}]. Those that are over already change nothing.
CREATE OR REPLACE FUNCTION finish_control_tasks(outcomes jsonb) RETURNS run_changes
LANGUAGE plpgsql AS $$
DECLARE
    ours bigint[];
BEGIN
    PERFORM lock_runs_of(outcomes);
    WITH gone AS (
        DELETE FROM task_queue q
        WHERE q.run_id = ANY (ARRAY(SELECT o.run_id FROM jsonb_to_recordset(outcomes) AS o (run_id bigint)))
          AND q.cluster_id = 'scheduler'
        RETURNING q.run_id
    )
    SELECT ARRAY(SELECT g.run_id FROM gone g) INTO ours;
    UPDATE task_runs t SET outcome = o.outcome
    FROM jsonb_to_recordset(outcomes) AS o (run_id bigint, outcome text)
    WHERE t.run_id = ANY (ARRAY[o.run_id]) AND o.run_id = ANY (ours) AND o.outcome IS NOT NULL;
    INSERT INTO task_outputs (run_id, error, details)
    SELECT o.run_id, o.error, o.details FROM jsonb_to_recordset(outcomes) AS o (run_id bigint, error text, details jsonb)
    WHERE o.run_id = ANY (ours) AND (o.error IS NOT NULL OR o.details IS NOT NULL);
    RETURN conclude_task_runs(coalesce(
        (SELECT jsonb_agg(control_outcome((o ->> 'run_id')::bigint, o ->> 'result_state', coalesce(o ->> 'state_message', '')))
         FROM jsonb_array_elements(outcomes) AS o WHERE (o ->> 'run_id')::bigint = ANY (ours)), '[]'));
END $$;

-- Run-job tasks whose child run is over, with how it ended.
CREATE OR REPLACE FUNCTION ended_child_runs(max_tasks integer)
RETURNS TABLE (run_id bigint, child_run_id bigint, result_state text, state_message text)
LANGUAGE sql STABLE AS $$
    SELECT q.run_id, c.run_id, c.result_state, c.state_message
    FROM task_queue q
    CROSS JOIN LATERAL (SELECT r.run_id, r.result_state, r.state_message, r.end_time FROM runs r
                        WHERE r.parent_run_id = q.run_id AND r.run_type = 'JOB_RUN'
                        ORDER BY r.run_id DESC LIMIT 1) AS c
    WHERE q.cluster_id = 'scheduler' AND q.lease_token IS NOT NULL AND c.end_time <> 0
    ORDER BY q.run_id LIMIT max_tasks
$$;

-- Control tasks under way past their timeout_seconds.
CREATE OR REPLACE FUNCTION late_control_tasks(max_tasks integer) RETURNS bigint[]
LANGUAGE sql STABLE AS $$
    SELECT ARRAY(
        SELECT q.run_id
        FROM task_queue q
        CROSS JOIN LATERAL task_run_of(q.run_id) AS t
        CROSS JOIN LATERAL job_task_of(t.job_id, t.job_version, t.position) AS jt
        WHERE q.cluster_id = 'scheduler' AND q.lease_token IS NOT NULL AND jt.timeout_seconds > 0
          AND t.start_time + jt.timeout_seconds * 1000::bigint < epoch_millis()
        ORDER BY q.run_id LIMIT max_tasks)
$$;
