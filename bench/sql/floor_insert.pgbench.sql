\set token random(1, 9000000000000000000)
WITH run AS (
    INSERT INTO floor_runs (job_id, idempotency_token, parameters, start_time)
    VALUES (1, (:token)::bigint::text, '{"notebook_params": {"text": "hello"}}', 1700000000000)
    RETURNING run_id
)
INSERT INTO floor_task_runs (run_id, task_key) SELECT run_id, 'main' FROM run;
