-- name: create_job
WITH job AS (
    INSERT INTO jobs (name, creator_user_name, run_as_user_name, created_time, kind, format, max_concurrent_runs,
                      queue_enabled, timeout_seconds, priority, notifies, continuous)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
    RETURNING job_id
), admission AS (
    INSERT INTO job_admission (job_id) SELECT job_id FROM job
), places AS (
    INSERT INTO job_places (job_id, seq) SELECT job_id, 1 FROM job
)
SELECT job_id FROM job

-- name: add_job_version
-- The next version of the job $1: $2 its settings, $3 its tasks.
WITH added AS (
    INSERT INTO job_versions (job_id, job_version, settings)
    SELECT j.job_id, j.job_version, $2::jsonb - 'tasks' FROM jobs j WHERE j.job_id = $1::bigint
    RETURNING job_id, job_version
), given AS MATERIALIZED (
    SELECT * FROM jsonb_to_recordset($3::jsonb)
        AS t (position integer, task_key text, definition text, task_type text, depends_on text[], outcomes text[],
              run_if text, nested_in integer, disabled boolean, serverless boolean, source_path text,
              has_references boolean, max_retries integer, min_retry_interval_millis bigint, retry_on_timeout boolean,
              timeout_seconds integer, existing_cluster_id text, job_cluster_key text, new_cluster text, libraries text)
), followed AS MATERIALIZED (
    SELECT upstream AS task_key, array_agg(g.position ORDER BY g.position) AS by
    FROM given g CROSS JOIN unnest(g.depends_on) AS upstream GROUP BY upstream
), preceded AS MATERIALIZED (
    SELECT g.position, array_agg(u.position ORDER BY d.place) AS by
    FROM given g CROSS JOIN unnest(g.depends_on) WITH ORDINALITY AS d (key, place) JOIN given u ON u.task_key = d.key
    GROUP BY g.position
)
INSERT INTO job_tasks (job_id, job_version, position, task_key, definition, task_type, depends_on, upstreams, dependants,
                       outcomes, run_if, nested_in, disabled, serverless, source_path, has_references, max_retries,
                       min_retry_interval_millis, retry_on_timeout, timeout_seconds, existing_cluster_id,
                       job_cluster_key, new_cluster, libraries)
SELECT a.job_id, a.job_version, t.position, t.task_key, t.definition::jsonb, t.task_type, coalesce(t.depends_on, '{}'),
       coalesce(p.by, '{}'), coalesce(f.by, '{}'), coalesce(t.outcomes, '{}'), t.run_if, t.nested_in, t.disabled,
       t.serverless, nullif(t.source_path, ''), t.has_references, t.max_retries, t.min_retry_interval_millis,
       t.retry_on_timeout, t.timeout_seconds, nullif(t.existing_cluster_id, ''), nullif(t.job_cluster_key, ''),
       nullif(t.new_cluster, '')::jsonb, t.libraries::jsonb
FROM added a
CROSS JOIN given t
LEFT JOIN followed f ON f.task_key = t.task_key
LEFT JOIN preceded p ON p.position = t.position

-- name: change_job
-- What jobs/update and reset change beside the version's settings; waits for enqueues under way. No row: no such job.
WITH locked AS MATERIALIZED (
    SELECT a.job_id FROM job_admission a WHERE a.job_id = $1::bigint FOR NO KEY UPDATE
)
UPDATE jobs j
SET job_version = j.job_version + 1, name = $2, run_as_user_name = $3, format = $4, max_concurrent_runs = $5,
    queue_enabled = $6, timeout_seconds = $7, priority = $8, notifies = j.notifies OR $9::boolean, continuous = $10
FROM locked
WHERE j.job_id = locked.job_id AND j.kind = 'JOB' AND NOT j.deleted AND j.job_version = $11::integer
RETURNING j.job_id

-- name: changes_timeout
SELECT j.timeout_seconds <> $3::integer AS changes FROM jobs j WHERE j.job_id = $1::bigint AND j.job_version = $2::integer

-- name: lock_runs_under_way
-- Before the job's admission row, in order: as a finish does.
SELECT r.run_id FROM runs r
WHERE r.run_id = ANY (ARRAY(SELECT active_runs()))
  AND r.job_id = $1::bigint AND r.end_time = 0 AND r.queue_reason IS NULL
ORDER BY r.run_id
FOR NO KEY UPDATE

-- name: move_deadlines
-- timeout_seconds is the one setting that runs under way follow. A run that began after they were locked may be held by its
-- finish, which waits for the admission row: it keeps the deadline that it began with.
WITH under_way AS MATERIALIZED (
    SELECT r.run_id FROM runs r
    WHERE r.run_id = ANY (ARRAY(SELECT active_runs()))
      AND r.job_id = $1::bigint AND r.end_time = 0 AND r.queue_reason IS NULL
    FOR NO KEY UPDATE SKIP LOCKED
)
UPDATE runs r
SET deadline_at = CASE WHEN $2::integer > 0
                       THEN to_timestamp(greatest(r.start_time + r.queue_duration, r.repaired_time) / 1000.0)
                            + make_interval(secs => $2::integer) END
FROM under_way u WHERE r.run_id = u.run_id

-- name: find_job
SELECT j.job_id, j.job_version, j.name, settings_of(j, true)::text AS settings, j.creator_user_name, j.run_as_user_name,
       job_owner(j.job_id, j.creator_user_name) AS owner_user_name,
       j.created_time, j.format, j.max_concurrent_runs, j.queue_enabled, j.timeout_seconds, j.continuous
FROM jobs j WHERE j.job_id = $1::bigint AND j.kind = 'JOB' AND NOT j.deleted

-- name: list_jobs
SELECT j.job_id, j.job_version, j.name, settings_of(j, $2::boolean)::text AS settings, j.creator_user_name,
       j.creator_user_name AS owner_user_name, j.run_as_user_name, j.created_time, j.format, j.max_concurrent_runs, j.queue_enabled, j.timeout_seconds, j.continuous
FROM list_job_ids($1::jsonb) AS l
CROSS JOIN LATERAL job_of(l.job_id) AS j
ORDER BY l.created_time DESC, l.job_id DESC

-- name: delete_job
WITH locked AS MATERIALIZED (
    SELECT a.job_id FROM job_admission a WHERE a.job_id = $1::bigint FOR NO KEY UPDATE
)
UPDATE jobs SET deleted = true FROM locked
WHERE jobs.job_id = locked.job_id AND kind = 'JOB' AND NOT deleted
RETURNING jobs.job_id

-- name: count_jobs
SELECT count(*) AS count FROM jobs WHERE kind = 'JOB' AND NOT deleted
