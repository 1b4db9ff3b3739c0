-- Lists of jobs and runs, by key and never by counting off: as fast beside a million runs as beside ten.

-- Runs that are not over. Each has a row in the queue, or is QUEUED.
CREATE OR REPLACE FUNCTION active_runs() RETURNS SETOF bigint
LANGUAGE sql STABLE AS $$
    SELECT q.job_run_id FROM task_queue q
    UNION
    SELECT r.run_id FROM runs r WHERE r.queue_reason IS NOT NULL
$$;

-- Jobs that a user who is no admin may view: as owner, as whom they run as, or by a permission.
CREATE OR REPLACE FUNCTION visible_jobs(user_name text) RETURNS SETOF bigint
LANGUAGE sql STABLE AS $$
    SELECT j.job_id FROM jobs j
    WHERE j.creator_user_name = visible_jobs.user_name AND j.kind = 'JOB' AND NOT j.deleted
      AND job_owner(j.job_id, j.creator_user_name) = visible_jobs.user_name
    UNION
    SELECT j.job_id FROM jobs j
    WHERE j.run_as_user_name = visible_jobs.user_name AND j.kind = 'JOB' AND NOT j.deleted
    UNION
    SELECT p.object_id::bigint FROM permissions p
    WHERE p.object_type = 'jobs'
      AND (p.principal = visible_jobs.user_name AND p.principal_kind <> 'group_name'
           OR p.principal = 'users' AND p.principal_kind = 'group_name')
$$;

-- The settings of a job as they were sent.
CREATE OR REPLACE FUNCTION settings_of(j jobs, with_tasks boolean) RETURNS jsonb
LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN with_tasks AND j.format = 'MULTI_TASK'
                THEN v.settings || jsonb_build_object('tasks', coalesce(
                    (SELECT jsonb_agg(jt.definition ORDER BY jt.position) FROM job_tasks_of(j.job_id, j.job_version) AS jt),
                    '[]'))
                ELSE v.settings END
    FROM job_version_of(j.job_id, j.job_version) AS v
$$;

-- A page of run ids, newest first, as `filter` says: {job_id, run_type, active_only, completed_only, start_time_from,
-- start_time_to, visible_to, before: [start_time, run_id] or after: the same, max_rows, skip}; all but max_rows may be absent.
-- The statement holds only what is asked for, so that its plan is that of this question.
CREATE OR REPLACE FUNCTION list_run_ids(filter jsonb) RETURNS TABLE (run_id bigint, start_time bigint)
LANGUAGE plpgsql STABLE AS $$
DECLARE
    backward boolean := filter ? 'after';
    seek text := CASE WHEN backward THEN 'after' ELSE 'before' END;
    direction text := CASE WHEN backward THEN 'ASC' ELSE 'DESC' END;
    ordered text := format('ORDER BY r.start_time %1$s, r.run_id %1$s LIMIT ($1 ->> ''max_rows'')::integer + coalesce(($1 ->> ''skip'')::integer, 0)',
                           direction);
    wanted text := 'NOT r.deleted';
    source text;
BEGIN
    wanted := wanted || CASE WHEN filter ? 'run_type' THEN format(' AND r.run_type = %L', filter ->> 'run_type')
                             ELSE ' AND r.run_type <> ''WORKFLOW_RUN''' END;
    IF (filter ->> 'active_only')::boolean THEN
        wanted := wanted || ' AND r.end_time = 0';
    END IF;
    IF (filter ->> 'completed_only')::boolean THEN
        wanted := wanted || ' AND r.end_time <> 0';
    END IF;
    IF filter ? 'start_time_from' THEN
        wanted := wanted || ' AND r.start_time >= ($1 ->> ''start_time_from'')::bigint';
    END IF;
    IF filter ? 'start_time_to' THEN
        wanted := wanted || ' AND r.start_time <= ($1 ->> ''start_time_to'')::bigint';
    END IF;
    IF filter ? seek THEN
        wanted := wanted || format(' AND (r.start_time, r.run_id) %s (($1 #>> ''{%s,0}'')::bigint, ($1 #>> ''{%s,1}'')::bigint)',
                                   CASE WHEN backward THEN '>' ELSE '<' END, seek, seek);
    END IF;

    IF (filter ->> 'active_only')::boolean THEN
        source := format('SELECT r.* FROM active_runs() AS a CROSS JOIN LATERAL run_of(a) AS r WHERE %s', wanted);
        IF filter ? 'job_id' THEN
            source := source || ' AND r.job_id = ($1 ->> ''job_id'')::bigint';
        END IF;
        IF filter ? 'visible_to' THEN
            source := source || ' AND (r.run_as_user_name = $1 ->> ''visible_to'' OR r.creator_user_name = $1 ->> ''visible_to'''
                             || ' OR r.job_id IN (SELECT visible_jobs($1 ->> ''visible_to'')))';
        END IF;
    ELSIF filter ? 'job_id' THEN
        source := format('SELECT r.* FROM runs r WHERE %s AND r.job_id = ($1 ->> ''job_id'')::bigint', wanted);
    ELSIF filter ? 'visible_to' THEN
        -- One that somebody else submitted is seen by its job's permissions; who submitted it may have one too.
        source := format(
            'SELECT x.* FROM visible_jobs($1 ->> ''visible_to'') AS j '
            'CROSS JOIN LATERAL (SELECT r.run_id, r.start_time FROM runs r WHERE r.job_id = j AND %1$s %2$s) AS x '
            'UNION (SELECT r.run_id, r.start_time FROM runs r WHERE r.run_type = ''SUBMIT_RUN'' '
            'AND r.run_as_user_name = $1 ->> ''visible_to'' AND %1$s %2$s)', wanted, ordered);
    ELSE
        source := format('SELECT r.* FROM runs r WHERE %s', wanted);
    END IF;
    RETURN QUERY EXECUTE format(
        'SELECT p.run_id, p.start_time FROM (SELECT r.run_id, r.start_time FROM (%s) AS r %s '
        'OFFSET coalesce(($1 ->> ''skip'')::integer, 0)) AS p ORDER BY p.start_time DESC, p.run_id DESC',
        source, ordered) USING filter;
END $$;

-- The same for jobs: {name, visible_to, before or after: [created_time, job_id], max_rows, skip}.
CREATE OR REPLACE FUNCTION list_job_ids(filter jsonb) RETURNS TABLE (job_id bigint, created_time bigint)
LANGUAGE plpgsql STABLE AS $$
DECLARE
    backward boolean := filter ? 'after';
    seek text := CASE WHEN backward THEN 'after' ELSE 'before' END;
    wanted text := 'j.kind = ''JOB'' AND NOT j.deleted';
BEGIN
    IF filter ? 'name' THEN
        wanted := wanted || ' AND lower(j.name) = lower($1 ->> ''name'')';
    END IF;
    IF filter ? 'visible_to' THEN
        wanted := wanted || ' AND j.job_id IN (SELECT visible_jobs($1 ->> ''visible_to''))';
    END IF;
    IF filter ? seek THEN
        wanted := wanted || format(' AND (j.created_time, j.job_id) %s (($1 #>> ''{%s,0}'')::bigint, ($1 #>> ''{%s,1}'')::bigint)',
                                   CASE WHEN backward THEN '>' ELSE '<' END, seek, seek);
    END IF;
    RETURN QUERY EXECUTE format(
        'SELECT p.job_id, p.created_time FROM (SELECT j.job_id, j.created_time FROM jobs j WHERE %1$s '
        'ORDER BY j.created_time %2$s, j.job_id %2$s LIMIT ($1 ->> ''max_rows'')::integer '
        'OFFSET coalesce(($1 ->> ''skip'')::integer, 0)) AS p ORDER BY p.created_time DESC, p.job_id DESC',
        wanted, CASE WHEN backward THEN 'ASC' ELSE 'DESC' END) USING filter;
END $$;
