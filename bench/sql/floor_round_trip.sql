-- name: enqueue
WITH run AS (
    INSERT INTO floor_runs (job_id, parameters, start_time)
    VALUES (1, '{"notebook_params": {"text": "hello"}}', 1700000000000)
    RETURNING run_id
), task AS (
    INSERT INTO floor_task_runs (run_id, task_key) SELECT run_id, 'main' FROM run RETURNING task_run_id
)
SELECT pg_notify('bench_ready', '') FROM task

-- name: claim
UPDATE floor_task_runs SET state = 'RUNNING', lease_token = gen_random_uuid()
WHERE task_run_id = (
    SELECT task_run_id FROM floor_task_runs WHERE state = 'PENDING' ORDER BY task_run_id LIMIT 1 FOR UPDATE SKIP LOCKED)
RETURNING task_run_id

-- name: complete
WITH task AS (
    UPDATE floor_task_runs SET state = 'TERMINATED', result = 'HELLO' WHERE task_run_id = $1::bigint RETURNING run_id
), run AS (
    UPDATE floor_runs r SET state = 'TERMINATED' FROM task t WHERE r.run_id = t.run_id RETURNING r.run_id
)
SELECT pg_notify('bench_done', run_id::text) FROM run
