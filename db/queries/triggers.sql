-- name: set_trigger
INSERT INTO job_triggers AS t (job_id, kind, definition, paused, next_time)
VALUES ($1::bigint, $2, $3::jsonb, $4::boolean, $5::bigint)
ON CONFLICT (job_id) DO UPDATE
SET kind = excluded.kind, definition = excluded.definition, paused = excluded.paused,
    next_time = CASE WHEN t.kind = excluded.kind AND t.definition - 'pause_status' = excluded.definition - 'pause_status'
                          AND t.paused = excluded.paused THEN t.next_time ELSE excluded.next_time END,
    state = CASE WHEN t.kind = excluded.kind AND t.definition - 'pause_status' = excluded.definition - 'pause_status'
                 THEN t.state ELSE '{}' END

-- name: delete_trigger
WITH files AS (
    DELETE FROM trigger_files WHERE job_id = $1::bigint
)
DELETE FROM job_triggers WHERE job_id = $1::bigint

-- name: find_trigger
SELECT job_id, kind, definition::text, paused, next_time, state::text FROM job_triggers WHERE job_id = $1::bigint

-- name: lock_due_jobs
-- In the order in which everyone locks them.
SELECT a.job_id
FROM job_admission a
WHERE a.job_id = ANY (ARRAY(SELECT t.job_id FROM job_triggers t WHERE t.next_time <= $1::bigint AND NOT t.paused
                            ORDER BY t.next_time LIMIT $2::integer))
ORDER BY a.job_id
FOR NO KEY UPDATE

-- name: due_triggers
SELECT t.job_id, t.kind, t.definition::text, t.paused, t.next_time, t.state::text
FROM job_triggers t
WHERE t.job_id = ANY ($1::bigint[]) AND t.next_time <= $2::bigint AND NOT t.paused
ORDER BY t.next_time

-- name: next_trigger_time
SELECT min(next_time) AS next_time FROM job_triggers WHERE next_time IS NOT NULL AND NOT paused

-- name: move_trigger
UPDATE job_triggers SET next_time = $2::bigint, state = $3::jsonb WHERE job_id = $1::bigint

-- name: see_files
INSERT INTO trigger_files (job_id, path) SELECT $1::bigint, path FROM unnest($2::text[]) AS path
ON CONFLICT DO NOTHING
RETURNING path

-- name: forget_files_but
DELETE FROM trigger_files WHERE job_id = $1::bigint AND path <> ALL ($2::text[])

-- name: has_active_run
SELECT p.active_runs > 0 OR EXISTS (SELECT FROM first_queued_run_of(p.job_id)) AS active
FROM places_of_job($1::bigint) AS p

-- name: last_end
WITH last AS (
    SELECT r.result_state IN ('FAILED', 'TIMEDOUT') AS failed, r.start_time, r.end_time,
           row_number() OVER (ORDER BY r.start_time DESC, r.run_id DESC) AS place
    FROM (SELECT x.* FROM runs x WHERE x.job_id = $1::bigint AND x.end_time <> 0
          ORDER BY x.start_time DESC, x.run_id DESC LIMIT 20) AS r
)
SELECT coalesce((SELECT start_time FROM last WHERE place = 1), 0) AS start_time,
       coalesce((SELECT end_time FROM last WHERE place = 1), 0) AS end_time,
       coalesce((SELECT min(place) FROM last WHERE failed IS NOT TRUE) - 1, (SELECT count(*) FROM last)) AS failures
