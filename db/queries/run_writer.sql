-- name: written_runs
SELECT r.run_id, r.life_cycle_state,
       ARRAY(SELECT DISTINCT t.cluster_id FROM task_runs t JOIN task_queue q ON q.run_id = t.run_id
             WHERE t.job_run_id = r.run_id)
FROM runs r WHERE r.run_id = ANY ($1::bigint[])
