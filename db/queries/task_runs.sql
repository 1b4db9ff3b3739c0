-- name: claim_task_runs
SELECT * FROM claim_task_runs($1, $2::integer, $3::integer)

-- name: begin_task_runs
SELECT begin_task_runs($1::jsonb) AS held

-- name: heartbeat
SELECT lost, cancelled, stop FROM heartbeat($1, $2::jsonb, $3::integer)

-- name: finish_task_runs
SELECT f.held, (f.changes).ended_runs, (f.changes).ready_clusters, (f.changes).changed_clusters
FROM finish_task_runs($1::jsonb, $2::text[], $3::text[], $4::text[], $5::text[], $6::text[]) AS f

-- name: release_task_runs
SELECT * FROM release_task_runs($1::jsonb)

-- name: begin_workflow_run
SELECT * FROM begin_workflow_run($1::bigint, $2::uuid, $3, $4::jsonb, $5::integer, $6::integer)

-- name: set_task_value
SELECT set_task_value($1::bigint, $2::uuid, $3, $4) AS held

-- name: get_task_value
SELECT get_task_value($1::bigint, $2::uuid, $3, $4) AS value

-- name: rescue_expired_leases
SELECT * FROM rescue_expired_leases($1::integer)

-- name: rescue_worker
SELECT * FROM rescue_worker($1, $2)

-- name: time_out_runs
SELECT (t.changes).ended_runs, (t.changes).ready_clusters, (t.changes).changed_clusters, t.cancelled
FROM time_out_runs($1::integer) AS t

-- name: admit_queued_runs
SELECT * FROM admit_queued_runs(jobs_with_room_for_queued_runs())

-- name: clusters_with_ready_work
SELECT ready_clusters, changed_clusters FROM clusters_with_ready_work()

-- name: take_control_tasks
SELECT * FROM take_control_tasks($1::integer)

-- name: finish_control_tasks
SELECT * FROM finish_control_tasks($1::jsonb)

-- name: begin_for_each
SELECT * FROM begin_for_each($1::bigint, $2::jsonb, $3::integer)

-- name: ended_child_runs
SELECT * FROM ended_child_runs($1::integer)

-- name: late_control_tasks
SELECT late_control_tasks($1::integer) AS run_ids

-- name: may_run_job
SELECT may_run_job($1, $2::bigint) AS allowed
