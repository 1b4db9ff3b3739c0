-- What a waiting run or task run waits for. Made when read, so that nothing is written while a cluster comes up.
CREATE OR REPLACE FUNCTION task_run_message(
    life_cycle_state text, state_message text, cluster_state text, cluster_message text) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE life_cycle_state
        WHEN 'RUNNING' THEN 'In run'
        WHEN 'WAITING_FOR_RETRY' THEN 'Waiting for the retry interval'
        WHEN 'PENDING' THEN
            CASE WHEN cluster_state = 'RUNNING' THEN 'Waiting for a free slot of the cluster'
                 WHEN coalesce(cluster_message, '') = '' THEN 'Waiting for cluster'
                 ELSE 'Waiting for cluster: ' || cluster_message END
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
        SELECT task_run_message(t.life_cycle_state, '', c.state, c.state_message)
        FROM task_runs t LEFT JOIN clusters c ON c.cluster_id = t.cluster_id
        WHERE t.job_run_id = of_run AND t.life_cycle_state = 'PENDING'
        ORDER BY t.position LIMIT 1), '');
END $$;
