-- name: create_job
WITH job AS (
    INSERT INTO jobs (name, settings, creator_user_name, run_as_user_name, created_time, kind, format, max_concurrent_runs,
                      queue_enabled, timeout_seconds, priority)
    VALUES ($1, $2::jsonb, $3, $4, $5, $6, $7, $8, $9, $10,
            CASE WHEN $2::jsonb #>> '{tags,stoker.priority}' ~ '^-?[0-9]{1,4}$'
                 THEN ($2::jsonb #>> '{tags,stoker.priority}')::smallint ELSE 0 END)
    RETURNING job_id
), admission AS (
    INSERT INTO job_admission (job_id) SELECT job_id FROM job
), places AS (
    INSERT INTO job_places (job_id, seq) SELECT job_id, 1 FROM job
), given AS MATERIALIZED (
    SELECT * FROM jsonb_to_recordset($11::jsonb)
        AS t (position integer, task_key text, definition text, depends_on text[], max_retries integer,
              min_retry_interval_millis bigint, retry_on_timeout boolean, timeout_seconds integer,
              existing_cluster_id text, job_cluster_key text, new_cluster text, libraries text)
), followed AS MATERIALIZED (
    SELECT upstream AS task_key, array_agg(g.position ORDER BY g.position) AS by
    FROM given g CROSS JOIN unnest(g.depends_on) AS upstream GROUP BY upstream
), tasks AS (
    INSERT INTO job_tasks (job_id, job_version, position, task_key, definition, depends_on, dependants, max_retries,
                           min_retry_interval_millis, retry_on_timeout, timeout_seconds, existing_cluster_id,
                           job_cluster_key, new_cluster, libraries)
    SELECT job.job_id, 1, t.position, t.task_key, t.definition::jsonb, coalesce(t.depends_on, '{}'),
           coalesce(f.by, '{}'), t.max_retries, t.min_retry_interval_millis, t.retry_on_timeout, t.timeout_seconds,
           nullif(t.existing_cluster_id, ''), nullif(t.job_cluster_key, ''), nullif(t.new_cluster, '')::jsonb,
           t.libraries::jsonb
    FROM job CROSS JOIN given t LEFT JOIN followed f ON f.task_key = t.task_key
)
SELECT job_id FROM job

-- name: find_job
SELECT job_id, job_version, name, settings::text, creator_user_name, run_as_user_name, created_time, format,
       max_concurrent_runs, queue_enabled, timeout_seconds
FROM jobs WHERE job_id = $1::bigint AND kind = 'JOB' AND NOT deleted

-- name: list_jobs
SELECT job_id, job_version, name, settings::text, creator_user_name, run_as_user_name, created_time, format,
       max_concurrent_runs, queue_enabled, timeout_seconds
FROM jobs
WHERE kind = 'JOB' AND NOT deleted
  AND ($1::text IS NULL OR lower(name) = lower($1::text))
  AND ($2::bigint IS NULL OR (created_time, job_id) < ($2::bigint, $3::bigint))
  AND ($4::text IS NULL OR creator_user_name = $4::text OR run_as_user_name = $4::text)
ORDER BY created_time DESC, job_id DESC
LIMIT $5::integer OFFSET $6::integer

-- name: delete_job
WITH locked AS MATERIALIZED (
    SELECT a.job_id FROM job_admission a WHERE a.job_id = $1::bigint FOR NO KEY UPDATE
)
UPDATE jobs SET deleted = true FROM locked
WHERE jobs.job_id = locked.job_id AND kind = 'JOB' AND NOT deleted
RETURNING jobs.job_id
