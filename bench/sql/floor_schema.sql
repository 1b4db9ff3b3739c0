-- What any durable queue of runs on Postgres needs at least: a run with a unique idempotency token, its task run, and
-- what finds them. No admission, no tasks of more than one, no users.
DROP TABLE IF EXISTS floor_task_runs, floor_runs;
CREATE TABLE floor_runs (
    run_id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    job_id            bigint NOT NULL,
    idempotency_token text UNIQUE,
    parameters        jsonb,
    state             text NOT NULL DEFAULT 'PENDING',
    start_time        bigint NOT NULL
);
CREATE INDEX floor_runs_of_job ON floor_runs (job_id, run_id);
CREATE TABLE floor_task_runs (
    task_run_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    run_id      bigint NOT NULL,
    task_key    text NOT NULL,
    state       text NOT NULL DEFAULT 'PENDING',
    lease_token uuid,
    result      text
);
CREATE INDEX floor_task_runs_ready ON floor_task_runs (task_run_id) WHERE state = 'PENDING';
