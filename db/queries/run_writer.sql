-- name: run_as_of_jobs
SELECT job_id, run_as_user_name FROM jobs WHERE job_id = ANY ($1::bigint[])

-- name: written_runs
SELECT run_id, life_cycle_state FROM runs WHERE run_id = ANY ($1::bigint[])
