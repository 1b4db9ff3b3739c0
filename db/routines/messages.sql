-- What a waiting run or task run waits for, and since when. Made when read, so that nothing is written while it waits.
CREATE OR REPLACE FUNCTION waiting_message(of_task_run bigint, of_cluster text) RETURNS text
LANGUAGE plpgsql STABLE AS $$
DECLARE
    awaited record;  -- all NULL for a task that the scheduler does
    since text := (SELECT ' since ' || to_char(q.ready_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS') || ' UTC'
                   FROM task_queue q WHERE q.run_id = of_task_run);
    obstacle text := why_without_place(of_cluster);
BEGIN
    SELECT format('cluster "%s"', c.cluster_name) AS cluster, shown_cluster_state(c.state, c.resized_from) AS state,
           CASE WHEN c.state_message <> '' THEN ': ' || c.state_message ELSE '' END AS message
    INTO awaited
    FROM cluster_of(of_cluster) AS c;
    RETURN CASE
        WHEN awaited.state IS NULL THEN 'Waiting for the scheduler' || coalesce(since, '')
        WHEN obstacle IS NOT NULL THEN format('Waiting for workers of %s%s: %s', awaited.cluster, since, obstacle)
        WHEN awaited.state IN ('RUNNING', 'RESIZING')
            THEN format('Waiting for a free slot on %s%s%s', awaited.cluster, since, awaited.message)
        ELSE format('Waiting for %s to start%s%s', awaited.cluster, since, awaited.message) END;
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
BEGIN
    IF life_cycle_state = 'RUNNING' THEN
        RETURN 'In run';
    ELSIF life_cycle_state <> 'PENDING' THEN
        RETURN state_message;
    END IF;
    RETURN coalesce((
        SELECT waiting_message(t.run_id, t.cluster_id)
        FROM task_runs t
        WHERE t.job_run_id = of_run AND t.life_cycle_state = 'PENDING'
        ORDER BY t.position LIMIT 1), '');
END $$;
