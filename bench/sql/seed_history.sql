-- :runs finished runs of the jobs :jobs (a list of job ids), as the server and a worker would have left them.
WITH base AS (SELECT last_value AS id FROM run_ids)
SELECT set_config('bench.base', id::text, false), set_config('bench.jobs', :'jobs', false),
       setval('run_ids', id + 2 * :runs + 1000)
FROM base;

CREATE TEMP TABLE listed_jobs AS
SELECT place - 1 AS place, id::bigint AS job_id
FROM unnest(string_to_array(current_setting('bench.jobs'), ',')) WITH ORDINALITY AS ids (id, place);

-- Of a month ago: younger than what retention takes away.
CREATE TEMP TABLE history AS
SELECT current_setting('bench.base')::bigint + 2 * n AS run_id, current_setting('bench.base')::bigint + 2 * n + 1 AS task_run_id,
       l.job_id, epoch_millis() - 30 * 86400000::bigint + n * 7 AS start_time
FROM generate_series(1, :runs) AS n
JOIN listed_jobs l ON l.place = n % (SELECT count(*) FROM listed_jobs)
ORDER BY n;
ANALYZE history;

INSERT INTO runs (run_id, job_id, job_version, run_name, run_type, trigger, creator_user_name, run_as_user_name, life_cycle_state,
                  result_state, termination_code, termination_type, start_time, end_time, overriding_parameters, task_count,
                  unfinished_tasks)
SELECT h.run_id, h.job_id, j.job_version, j.name, 'JOB_RUN', 'ONE_TIME', j.creator_user_name, j.run_as_user_name, 'TERMINATED',
       'SUCCESS', 'SUCCESS', 'SUCCESS', h.start_time, h.start_time + 12, '{"notebook_params": {"text": "hello"}}', 1, 0
FROM history h JOIN jobs j ON j.job_id = h.job_id;

INSERT INTO task_runs (run_id, job_run_id, job_id, job_version, position, task_key, original_attempt_run_id, cluster_id,
                       life_cycle_state, result_state, termination_code, termination_type, start_time, execution_duration, end_time)
SELECT h.task_run_id, h.run_id, h.job_id, t.job_version, t.position, t.task_key, h.task_run_id, t.existing_cluster_id,
       'TERMINATED', 'SUCCESS', 'SUCCESS', 'SUCCESS', h.start_time, 10, h.start_time + 12
FROM history h
JOIN jobs j ON j.job_id = h.job_id
JOIN job_tasks t ON t.job_id = j.job_id AND t.job_version = j.job_version;

INSERT INTO task_outputs (run_id, result, notebook) SELECT task_run_id, 'HELLO', '{"cells": []}' FROM history;

INSERT INTO idempotency_tokens (creator_user_name, idempotency_token, run_id)
SELECT j.creator_user_name, 'history-' || h.run_id, h.run_id
FROM history h JOIN jobs j ON j.job_id = h.job_id WHERE h.run_id % 4 = 0;
