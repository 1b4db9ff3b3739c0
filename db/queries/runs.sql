-- name: allocate_run_ids
SELECT nextval('run_ids') AS run_id FROM generate_series(1, $1::integer)

-- name: hold_idempotency_token
INSERT INTO idempotency_tokens AS held (creator_user_name, idempotency_token, run_id) VALUES ($1, $2, $3::bigint)
ON CONFLICT (creator_user_name, idempotency_token) DO UPDATE SET run_id = held.run_id
RETURNING held.run_id

-- name: enqueue_runs
SELECT outcome, run_id, life_cycle_state, ready_clusters, started_clusters FROM enqueue_runs($1::jsonb)

-- A row for each task run: asked_run_id, is_named, then the columns of the run, of the task run and of its output, which
-- the reader finds by their places. What may be long of the run stands in its first row only. Iterations of a for-each are
-- found only by their own ids.
-- name: find_runs
SELECT t.asked_run_id, t.is_named,
       r.run_id, r.job_id, r.run_name, r.run_type, r.trigger, r.creator_user_name, r.run_as_user_name, j.format,
       CASE WHEN t.is_first THEN v.settings::text END AS settings, r.life_cycle_state,
       r.result_state, run_message(r.run_id, r.life_cycle_state, r.state_message) AS state_message, r.queue_reason,
       r.termination_code, r.termination_type, r.user_cancelled_or_timedout, r.start_time, r.end_time, r.queue_duration,
       CASE WHEN t.is_first THEN r.overriding_parameters::text END AS overriding_parameters,
       CASE WHEN t.is_first THEN r.job_parameters::text END AS job_parameters, r.task_count, r.revision,
       r.parent_run_id, r.trigger_info::text, r.git_commit, r.repair_id, r.repaired_time, r.earlier_duration,
       t.run_id, t.job_run_id, t.job_id, t.task_key, t.attempt_number, t.original_attempt_run_id,
       jt.definition::text, t.cluster_id, c.start_time + c.generation AS spark_context_id, t.life_cycle_state,
       t.result_state, task_run_message(t.run_id, t.cluster_id, t.life_cycle_state, t.state_message) AS state_message,
       t.termination_code, t.termination_type, t.user_cancelled_or_timedout, t.start_time, t.setup_duration,
       t.execution_duration, t.cleanup_duration, t.end_time, t.is_last_attempt, t.repair_id, t.for_each_run_id,
       t.iteration, t.outcome, CASE jt.task_type WHEN 'for_each_task' THEN for_each_stats(t.run_id)::text END AS stats,
       o.run_id AS output_run_id, o.result, o.truncated, o.error, o.error_trace, o.logs, o.logs_truncated, o.details::text
FROM (SELECT asked.run_id AS asked_run_id, asked.with_output, of_run.*,
             row_number() OVER (PARTITION BY asked.run_id ORDER BY of_run.position, of_run.run_id) = 1 AS is_first
      FROM unnest($1::bigint[], $2::boolean[]) AS asked (run_id, with_output)
      CROSS JOIN LATERAL (
          SELECT false AS is_named, a.* FROM task_runs a WHERE a.job_run_id = asked.run_id AND a.for_each_run_id IS NULL
          UNION ALL
          SELECT true, n.* FROM task_runs n WHERE n.run_id = asked.run_id) AS of_run) AS t
JOIN runs r ON r.run_id = t.job_run_id AND NOT r.deleted
JOIN jobs j ON j.job_id = r.job_id
JOIN job_versions v ON v.job_id = r.job_id AND v.job_version = r.job_version
JOIN job_tasks jt ON jt.job_id = t.job_id AND jt.job_version = t.job_version AND jt.position = t.position
LEFT JOIN clusters c ON c.cluster_id = t.cluster_id
LEFT JOIN task_outputs o ON o.run_id = t.run_id AND t.with_output AND t.end_time <> 0
    AND (t.is_named OR (r.task_count = 1 AND t.is_last_attempt))
ORDER BY t.asked_run_id, t.is_first DESC, t.position, t.run_id

-- name: list_runs
SELECT r.run_id, r.job_id, r.run_name, r.run_type, r.trigger, r.creator_user_name, r.run_as_user_name, j.format,
       v.settings::text AS settings, r.life_cycle_state, r.result_state,
       run_message(r.run_id, r.life_cycle_state, r.state_message) AS state_message, r.queue_reason, r.termination_code,
       r.termination_type, r.user_cancelled_or_timedout, r.start_time, r.end_time, r.queue_duration,
       r.overriding_parameters::text, r.job_parameters::text, r.task_count, r.revision,
       r.parent_run_id, r.trigger_info::text, r.git_commit, r.repair_id, r.repaired_time, r.earlier_duration
FROM list_run_ids($1::jsonb) AS l
CROSS JOIN LATERAL run_of(l.run_id) AS r
CROSS JOIN LATERAL job_of(r.job_id) AS j
CROSS JOIN LATERAL job_version_of(r.job_id, r.job_version) AS v
ORDER BY l.start_time DESC, l.run_id DESC

-- name: find_task_runs
SELECT t.run_id, t.job_run_id, t.job_id, t.task_key, t.attempt_number, t.original_attempt_run_id,
       jt.definition::text, t.cluster_id, c.start_time + c.generation AS spark_context_id, t.life_cycle_state,
       t.result_state, task_run_message(t.run_id, t.cluster_id, t.life_cycle_state, t.state_message) AS state_message,
       t.termination_code, t.termination_type, t.user_cancelled_or_timedout, t.start_time, t.setup_duration,
       t.execution_duration, t.cleanup_duration, t.end_time, t.is_last_attempt, t.repair_id, t.for_each_run_id,
       t.iteration, t.outcome, CASE jt.task_type WHEN 'for_each_task' THEN for_each_stats(t.run_id)::text END AS stats
FROM task_runs t
JOIN job_tasks jt ON jt.job_id = t.job_id AND jt.job_version = t.job_version AND jt.position = t.position
LEFT JOIN clusters c ON c.cluster_id = t.cluster_id
WHERE t.job_run_id = ANY ($1::bigint[]) AND t.for_each_run_id IS NULL
ORDER BY t.job_run_id, t.position, t.run_id

-- name: find_iterations
SELECT t.run_id, t.job_run_id, t.job_id, t.task_key, t.attempt_number, t.original_attempt_run_id,
       jt.definition::text, t.cluster_id, c.start_time + c.generation AS spark_context_id, t.life_cycle_state,
       t.result_state, task_run_message(t.run_id, t.cluster_id, t.life_cycle_state, t.state_message) AS state_message,
       t.termination_code, t.termination_type, t.user_cancelled_or_timedout, t.start_time, t.setup_duration,
       t.execution_duration, t.cleanup_duration, t.end_time, t.is_last_attempt, t.repair_id, t.for_each_run_id,
       t.iteration, t.outcome, NULL AS stats
FROM task_runs t
JOIN job_tasks jt ON jt.job_id = t.job_id AND jt.job_version = t.job_version AND jt.position = t.position
LEFT JOIN clusters c ON c.cluster_id = t.cluster_id
WHERE t.for_each_run_id = $1::bigint AND t.iteration >= $2::integer
ORDER BY t.iteration, t.attempt_number
LIMIT $4::integer OFFSET $3::integer

-- name: find_reference_values
-- Of those of the task runs whose texts refer to values.
SELECT t.run_id, v.reference_values::text
FROM task_runs t
JOIN runs r ON r.run_id = t.job_run_id
JOIN job_tasks jt ON jt.job_id = t.job_id AND jt.job_version = t.job_version AND jt.position = t.position
CROSS JOIN LATERAL (SELECT reference_values(t, r, jt)) AS v
WHERE t.run_id = ANY ($1::bigint[]) AND v.reference_values IS NOT NULL

-- name: find_outputs
-- The last tries of a run's tasks, iterations too, with their outputs.
SELECT t.run_id, t.job_run_id, t.job_id, t.task_key, t.attempt_number, t.original_attempt_run_id,
       jt.definition::text, t.cluster_id, c.start_time + c.generation AS spark_context_id, t.life_cycle_state,
       t.result_state, task_run_message(t.run_id, t.cluster_id, t.life_cycle_state, t.state_message) AS state_message,
       t.termination_code, t.termination_type, t.user_cancelled_or_timedout, t.start_time, t.setup_duration,
       t.execution_duration, t.cleanup_duration, t.end_time, t.is_last_attempt, t.repair_id, t.for_each_run_id,
       t.iteration, t.outcome, NULL AS stats,
       o.run_id AS output_run_id, o.result, o.truncated, o.error, o.error_trace, o.logs, o.logs_truncated, o.details::text
FROM task_runs t
JOIN job_tasks jt ON jt.job_id = t.job_id AND jt.job_version = t.job_version AND jt.position = t.position
LEFT JOIN clusters c ON c.cluster_id = t.cluster_id
LEFT JOIN task_outputs o ON o.run_id = t.run_id
WHERE t.job_run_id = $1::bigint AND t.is_last_attempt
ORDER BY t.position, t.for_each_run_id NULLS FIRST, t.iteration
LIMIT $3::integer OFFSET $2::integer

-- name: cancel_runs
-- At most $3 runs of the job $1 (or of all) that are not over, only QUEUED ones when $2 says so, older than $4 if given.
SELECT (c.changes).ended_runs, (c.changes).ready_clusters, (c.changes).changed_clusters, c.cancelled
FROM end_runs_early(ARRAY(
    SELECT r.run_id FROM active_runs() AS a CROSS JOIN LATERAL run_of(a) AS r
    WHERE ($1::bigint IS NULL OR r.job_id = $1::bigint) AND r.end_time = 0 AND r.ending_as IS NULL
      AND (NOT $2::boolean OR r.queue_reason IS NOT NULL) AND r.run_type <> 'WORKFLOW_RUN'
      AND ($4::bigint IS NULL OR r.run_id < $4::bigint)
    ORDER BY r.run_id LIMIT $3::integer), 'CANCELED') AS c

-- name: find_task_notebook
SELECT notebook FROM task_outputs WHERE run_id = $1::bigint

-- name: cancel_run
SELECT (c.changes).ended_runs, (c.changes).ready_clusters, (c.changes).changed_clusters, c.cancelled
FROM cancel_run($1::bigint) AS c

-- name: delete_run
UPDATE runs SET deleted = true, revision = revision + 1
WHERE run_id = $1::bigint AND NOT deleted AND end_time <> 0
RETURNING run_id

-- name: run_is_deleted
SELECT FROM runs WHERE run_id = $1::bigint AND deleted

-- name: run_exists
SELECT end_time = 0 AS alive, end_time > epoch_millis() - 300000 AS ended_lately FROM runs WHERE run_id = $1::bigint AND NOT deleted

-- name: count_queue
SELECT count(*) FILTER (WHERE lease_token IS NULL) AS ready, count(*) FILTER (WHERE lease_token IS NOT NULL) AS leased
FROM task_queue
