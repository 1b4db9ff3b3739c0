-- Every run that waits in the queue is claimed, ends and leaves it, a thousand a commit, with the row versions that a worker's
-- claim and finish make.
DO $$
DECLARE
    batch bigint[];
BEGIN
    LOOP
        batch := ARRAY(SELECT run_id FROM task_queue WHERE lease_token IS NULL ORDER BY run_id LIMIT 1000);
        EXIT WHEN cardinality(batch) = 0;
        UPDATE task_queue SET lease_token = gen_random_uuid(), worker_id = 'bench' WHERE run_id = ANY (batch);
        UPDATE task_runs SET life_cycle_state = 'RUNNING', worker_id = 'bench' WHERE run_id = ANY (batch);
        COMMIT;
        DELETE FROM task_queue WHERE run_id = ANY (batch);
        INSERT INTO task_outputs (run_id, result) SELECT unnest(batch), 'HELLO';
        UPDATE task_runs SET life_cycle_state = 'TERMINATED', result_state = 'SUCCESS', end_time = epoch_millis()
        WHERE run_id = ANY (batch);
        UPDATE runs SET life_cycle_state = 'TERMINATED', result_state = 'SUCCESS', end_time = epoch_millis(), kernel_token = NULL
        WHERE run_id IN (SELECT job_run_id FROM task_runs WHERE run_id = ANY (batch));
        COMMIT;
    END LOOP;
END $$;
UPDATE job_places SET active_runs = 0 WHERE job_id NOT IN (SELECT job_id FROM jobs WHERE name = 'holder');
