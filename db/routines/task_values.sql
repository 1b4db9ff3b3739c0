-- dbutils.jobs.taskValues: what a task of a run tells those after it. Both answer to the holder of the task run's lease.
CREATE OR REPLACE FUNCTION set_task_value(setting_run_id bigint, setting_token uuid, value_key text, task_value text)
RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO task_values (job_run_id, task_key, key, value)
    SELECT t.job_run_id, t.task_key, value_key, task_value
    FROM task_queue q CROSS JOIN LATERAL task_run_of(q.run_id) AS t
    -- What Postgres cannot read as JSON is refused here, where it harms nobody, and not in the claim of who refers to it.
    WHERE q.run_id = setting_run_id AND q.lease_token = setting_token AND task_value::jsonb IS NOT NULL
    ON CONFLICT (job_run_id, task_key, key) DO UPDATE SET value = excluded.value;
    RETURN FOUND;
END $$;

CREATE OR REPLACE FUNCTION get_task_value(getting_run_id bigint, getting_token uuid, of_task_key text, value_key text)
RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT w.value
    FROM task_queue q JOIN task_values w ON w.job_run_id = q.job_run_id
    WHERE q.run_id = getting_run_id AND q.lease_token = getting_token AND w.task_key = of_task_key AND w.key = value_key
$$;
