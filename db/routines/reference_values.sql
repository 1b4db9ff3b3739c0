-- What `{{…}}` in a task's texts may stand for; NULL when it has none. core/value_references reads it. Of other tasks only
-- those that the texts name are looked at.
CREATE OR REPLACE FUNCTION reference_values(t task_runs, r runs, jt job_tasks) RETURNS jsonb
LANGUAGE plpgsql STABLE AS $$
DECLARE
    texts text;
    named text[];
BEGIN
    IF NOT jt.has_references AND coalesce(strpos(r.overriding_parameters::text, '{{'), 0) = 0
       AND coalesce(strpos(r.job_parameters::text, '{{'), 0) = 0 THEN
        RETURN NULL;
    END IF;
    texts := concat_ws(' ', jt.definition::text, r.overriding_parameters::text, r.job_parameters::text);
    named := ARRAY(SELECT DISTINCT coalesce(m[1], m[2])
                   FROM regexp_matches(texts, '\{\{\s*tasks\.(?:`([^`]+)`|([A-Za-z0-9_]+))', 'g') AS m);
    RETURN jsonb_build_object(
        'job', jsonb_build_object(
            'id', r.job_id::text,
            'name', (SELECT j.name FROM job_of(r.job_id) AS j),
            'run_id', r.run_id::text,
            'repair_count', (SELECT count(*)::text FROM repairs p WHERE p.run_id = r.run_id AND p.repair_id <> 0),
            'start_time', r.start_time,
            'trigger_type', r.trigger,
            'trigger_time', coalesce(r.trigger_info -> 'time', to_jsonb(r.start_time)),
            'file_arrival_location', r.trigger_info #>> '{file_arrival,location}',
            'parameters', coalesce((SELECT jsonb_object_agg(p ->> 'name', coalesce(p ->> 'value', p ->> 'default', ''))
                                    FROM jsonb_array_elements(r.job_parameters) AS p), '{}')),
        'task', jsonb_build_object(
            'name', t.task_key, 'run_id', t.run_id::text, 'attempt_number', t.attempt_number,
            'execution_count', (SELECT count(*)::text FROM task_runs_of(t.job_run_id) AS x
                                WHERE x.task_key = t.task_key AND x.for_each_run_id IS NOT DISTINCT FROM t.for_each_run_id
                                  AND x.iteration IS NOT DISTINCT FROM t.iteration),
            'notebook_path', jt.definition #>> '{notebook_task,notebook_path}'),
        'input', t.input,
        'tasks', coalesce((
            SELECT jsonb_object_agg(u.task_key, jsonb_build_object(
                'run_id', u.run_id::text,
                'result_state', lower(u.result_state),
                'error_code', u.termination_code,
                'execution_count', u.attempt_number + 1,
                'rows', o.details -> 'rows',
                'values', coalesce((SELECT jsonb_object_agg(w.key, w.value::jsonb) FROM task_values w
                                    WHERE w.job_run_id = t.job_run_id AND w.task_key = u.task_key), '{}')))
            FROM task_runs_of(t.job_run_id) AS u
            LEFT JOIN task_outputs o ON o.run_id = u.run_id
            WHERE u.task_key = ANY (named) AND u.is_last_attempt AND u.for_each_run_id IS NULL), '{}'));
END $$;
