-- name: repair_run
SELECT p.outcome, p.new_repair_id, p.wrong_task, (p.changes).ended_runs, (p.changes).ready_clusters,
       (p.changes).changed_clusters
FROM repair_run($1::bigint, $2::text[], $3::boolean, $4::boolean, $5::bigint, $6::jsonb, $7::jsonb, $8) AS p

-- name: find_repairs
SELECT repair_id, start_time, end_time, life_cycle_state, result_state, state_message, termination_code, termination_type,
       user_cancelled_or_timedout
FROM repairs WHERE run_id = $1::bigint ORDER BY repair_id
