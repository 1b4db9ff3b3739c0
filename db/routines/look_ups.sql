-- Rows by their keys, for FROM: they become part of the caller's plan. The hot routines join to tables by these alone, and
-- update them by `key = ANY (…)`, be it of one. A session makes its plans once, perhaps while a table is all but empty. A plain
-- join would then be planned as a walk through the whole of it, along an index that has it in the order of the key, and stay
-- so while the table grows. OFFSET 0 keeps the planner to the key, and ANY knows of no order. Without bitmap scans, which these
-- routines go without too, the first row of an order is read from the index's end and not found among all there are.
CREATE OR REPLACE FUNCTION run_of(of_run_id bigint) RETURNS SETOF runs
LANGUAGE sql STABLE AS $$
    SELECT r.* FROM runs r WHERE r.run_id = of_run_id OFFSET 0
$$;

CREATE OR REPLACE FUNCTION task_run_of(of_run_id bigint) RETURNS SETOF task_runs
LANGUAGE sql STABLE AS $$
    SELECT t.* FROM task_runs t WHERE t.run_id = of_run_id OFFSET 0
$$;

CREATE OR REPLACE FUNCTION task_runs_of(of_job_run_id bigint) RETURNS SETOF task_runs
LANGUAGE sql STABLE AS $$
    SELECT t.* FROM task_runs t WHERE t.job_run_id = of_job_run_id OFFSET 0
$$;

-- BETWEEN and not =, which would make the order by job_id no order at all: then runs_pkey has it too, with every run there is.
CREATE OR REPLACE FUNCTION first_queued_run_of(of_job_id bigint) RETURNS SETOF runs
LANGUAGE sql STABLE AS $$
    SELECT r.* FROM runs r
    WHERE r.job_id BETWEEN of_job_id AND of_job_id AND r.queue_reason IS NOT NULL
    ORDER BY r.job_id, r.run_id LIMIT 1
$$;

CREATE OR REPLACE FUNCTION job_of(of_job_id bigint) RETURNS SETOF jobs
LANGUAGE sql STABLE AS $$
    SELECT j.* FROM jobs j WHERE j.job_id = of_job_id OFFSET 0
$$;

CREATE OR REPLACE FUNCTION job_version_of(of_job_id bigint, of_version integer) RETURNS SETOF job_versions
LANGUAGE sql STABLE AS $$
    SELECT v.* FROM job_versions v WHERE v.job_id = of_job_id AND v.job_version = of_version OFFSET 0
$$;

CREATE OR REPLACE FUNCTION job_task_of(of_job_id bigint, of_version integer, of_position integer) RETURNS SETOF job_tasks
LANGUAGE sql STABLE AS $$
    SELECT jt.* FROM job_tasks jt
    WHERE jt.job_id = of_job_id AND jt.job_version = of_version AND jt.position = of_position OFFSET 0
$$;

-- Without those that a for-each repeats: they are no nodes of the graph.
CREATE OR REPLACE FUNCTION job_tasks_of(of_job_id bigint, of_version integer) RETURNS SETOF job_tasks
LANGUAGE sql STABLE AS $$
    SELECT jt.* FROM job_tasks jt
    WHERE jt.job_id = of_job_id AND jt.job_version = of_version AND jt.nested_in IS NULL OFFSET 0
$$;

CREATE OR REPLACE FUNCTION cluster_of(of_cluster_id text) RETURNS SETOF clusters
LANGUAGE sql STABLE AS $$
    SELECT c.* FROM clusters c WHERE c.cluster_id = of_cluster_id OFFSET 0
$$;

CREATE OR REPLACE FUNCTION idempotency_token_of(of_user text, of_token text) RETURNS SETOF idempotency_tokens
LANGUAGE sql STABLE AS $$
    SELECT i.* FROM idempotency_tokens i WHERE i.creator_user_name = of_user AND i.idempotency_token = of_token OFFSET 0
$$;

CREATE OR REPLACE FUNCTION workspace_object_of(of_path text) RETURNS SETOF workspace_objects
LANGUAGE sql STABLE AS $$
    SELECT o.* FROM workspace_objects o WHERE o.path = of_path OFFSET 0
$$;
