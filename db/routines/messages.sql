-- What a waiting run or task run waits for, and since when. Made when read, so that nothing is written while it waits.
-- Polls of runs that are not over ask for it: one look, and nothing but plain expressions beside it.
CREATE OR REPLACE FUNCTION waiting_text(
    ready_at timestamptz, cluster_name text, cluster_state text, cluster_message text, obstacle text) RETURNS text
LANGUAGE plpgsql STABLE AS $$
DECLARE
    since text := coalesce(' since ' || to_char(ready_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS') || ' UTC', '');
    message text := CASE WHEN cluster_message <> '' THEN ': ' || cluster_message ELSE '' END;
BEGIN
    IF cluster_state IS NULL THEN  -- a task that the scheduler does
        RETURN 'Waiting for the scheduler' || since;
    ELSIF cluster_state IN ('RUNNING', 'RESIZING') THEN
        RETURN format('Waiting for a free slot on cluster "%s"%s%s', cluster_name, since, message);
    ELSIF obstacle IS NOT NULL THEN
        RETURN format('Waiting for workers of cluster "%s"%s: %s', cluster_name, since, obstacle);
    END IF;
    RETURN format('Waiting for cluster "%s" to start%s%s', cluster_name, since, message);
END $$;

CREATE OR REPLACE FUNCTION waiting_message(of_task_run bigint, of_cluster text) RETURNS text
LANGUAGE plpgsql STABLE AS $$
DECLARE
    awaited record;
BEGIN
    SELECT q.ready_at, c.cluster_name, shown_cluster_state(c.state, c.resized_from) AS state,
           concat_ws(': ', nullif(c.state_message, ''), CASE WHEN c.state = 'RUNNING' THEN nullif(c.waits_for, '') END) AS message
    INTO awaited
    FROM (SELECT) AS asked
    LEFT JOIN task_queue q ON q.run_id = of_task_run
    LEFT JOIN cluster_of(of_cluster) AS c ON true;
    RETURN waiting_text(
        awaited.ready_at, awaited.cluster_name, awaited.state, awaited.message,
        CASE WHEN awaited.state NOT IN ('RUNNING', 'RESIZING') THEN why_without_place(of_cluster) END);
END $$;

CREATE OR REPLACE FUNCTION task_run_message(
    of_task_run bigint, of_cluster text, life_cycle_state text, state_message text) RETURNS text
LANGUAGE sql STABLE AS $$
    SELECT CASE life_cycle_state
        WHEN 'RUNNING' THEN 'In run'
        WHEN 'WAITING_FOR_RETRY' THEN 'Waiting for the retry interval'
        WHEN 'PENDING' THEN waiting_message(of_task_run, of_cluster)
        ELSE state_message END
$$;

-- In plpgsql, which keeps its plan, and makes none for a run that does not wait.
CREATE OR REPLACE FUNCTION run_message(of_run bigint, life_cycle_state text, state_message text) RETURNS text
LANGUAGE plpgsql STABLE AS $$
DECLARE
    first record;
BEGIN
    IF life_cycle_state = 'RUNNING' THEN
        RETURN 'In run';
    ELSIF life_cycle_state <> 'PENDING' THEN
        RETURN state_message;
    END IF;
    SELECT t.run_id, t.cluster_id INTO first
    FROM task_runs t
    WHERE t.job_run_id = of_run AND t.life_cycle_state = 'PENDING'
    ORDER BY t.position LIMIT 1;
    RETURN CASE WHEN first.run_id IS NULL THEN '' ELSE waiting_message(first.run_id, first.cluster_id) END;
END $$;
