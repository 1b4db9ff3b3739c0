-- dbutils.notebook.run: a hidden one-task job and its run, born leased to the worker that holds the parent's lease.
-- No row: the parent's lease is lost. The child runs as its parent does, with its parent's token.
CREATE OR REPLACE FUNCTION begin_workflow_run(
    calling_run_id bigint, calling_token uuid, notebook_path text, arguments jsonb, run_timeout_seconds integer,
    lease_seconds integer)
RETURNS TABLE (
    run_id bigint, job_run_id bigint, job_id bigint, task_key text, attempt_number integer, lease_token uuid,
    definition text, overriding_parameters text, job_parameters text, job_tags text, run_as_user_name text,
    kernel_token text, timeout_seconds integer, job_start_time bigint, reference_values text, git_source text,
    git_commit text, source_path text, source_object_type text, source_content bytea, source_format text,
    source_language text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
SET plan_cache_mode = force_generic_plan SET enable_hashjoin = off SET enable_mergejoin = off
SET enable_seqscan = off SET enable_bitmapscan = off SET jit = off AS $$
#variable_conflict use_column
DECLARE
    parent record;
    new_job_id bigint;
    new_run_id bigint := nextval('run_ids');
    new_task_run_id bigint := nextval('run_ids');
    token uuid := gen_random_uuid();
    task jsonb := jsonb_build_object('task_key', 'notebook', 'notebook_task',
        jsonb_build_object('notebook_path', notebook_path, 'base_parameters', arguments));
    now_millis bigint := epoch_millis();
BEGIN
    IF calling_run_id <> ALL (lock_leases(jsonb_build_array(
        jsonb_build_object('run_id', calling_run_id, 'lease_token', calling_token)))) THEN
        RETURN;
    END IF;
    SELECT q.cluster_id, q.worker_id, q.priority, r.creator_user_name, r.run_as_user_name, r.kernel_token,
           r.git_commit, coalesce(v.settings -> 'tags', '{}') AS tags, v.settings -> 'git_source' AS git_source
    INTO parent
    FROM task_queue q
    CROSS JOIN LATERAL run_of(q.job_run_id) AS r
    CROSS JOIN LATERAL job_version_of(r.job_id, r.job_version) AS v
    WHERE q.run_id = calling_run_id AND NOT q.cancel_requested;
    IF NOT FOUND THEN
        RETURN;
    END IF;

    INSERT INTO jobs AS j (name, creator_user_name, run_as_user_name, created_time, kind, format, timeout_seconds)
    VALUES (notebook_path, parent.creator_user_name, parent.run_as_user_name, now_millis, 'WORKFLOW', 'SINGLE_TASK',
            run_timeout_seconds)
    RETURNING j.job_id INTO new_job_id;
    INSERT INTO job_versions (job_id, job_version, settings)
    VALUES (new_job_id, 1, jsonb_strip_nulls(jsonb_build_object('name', notebook_path, 'tags', parent.tags,
                                                                'git_source', parent.git_source)));
    INSERT INTO job_tasks (job_id, job_version, position, task_key, definition, timeout_seconds, existing_cluster_id,
                           source_path)
    VALUES (new_job_id, 1, 0, 'notebook', task, run_timeout_seconds, parent.cluster_id, workspace_path(notebook_path));
    INSERT INTO runs (run_id, job_id, job_version, run_name, run_type, creator_user_name, run_as_user_name,
                      life_cycle_state, start_time, parent_run_id, task_count, unfinished_tasks, kernel_token, git_commit)
    VALUES (new_run_id, new_job_id, 1, notebook_path, 'WORKFLOW_RUN', parent.creator_user_name, parent.run_as_user_name,
            'RUNNING', now_millis, calling_run_id, 1, 1, parent.kernel_token, parent.git_commit);
    INSERT INTO task_runs (run_id, job_run_id, job_id, job_version, position, task_key, original_attempt_run_id,
                           cluster_id, worker_id, life_cycle_state, start_time)
    VALUES (new_task_run_id, new_run_id, new_job_id, 1, 0, 'notebook', new_task_run_id, parent.cluster_id,
            parent.worker_id, 'RUNNING', now_millis);
    -- Born begun: without the notebook that waits for it, nobody may claim it again.
    INSERT INTO task_queue (run_id, job_run_id, cluster_id, priority, lease_token, lease_expires_at, worker_id, begun)
    VALUES (new_task_run_id, new_run_id, parent.cluster_id, parent.priority, token,
            clock_timestamp() + make_interval(secs => lease_seconds), parent.worker_id, true);

    RETURN QUERY
    SELECT new_task_run_id, new_run_id, new_job_id, 'notebook'::text, 0, token, task::text, NULL::text, NULL::text,
           parent.tags::text, parent.run_as_user_name, parent.kernel_token, run_timeout_seconds, now_millis, NULL::text,
           parent.git_source::text, parent.git_commit, workspace_path(notebook_path), o.object_type, o.content, o.format,
           o.language
    FROM (SELECT) AS one
    LEFT JOIN LATERAL workspace_object_of(workspace_path(notebook_path)) AS o
        ON o.object_type = 'NOTEBOOK' AND may_read_path(parent.run_as_user_name, o.path);
END $$;
