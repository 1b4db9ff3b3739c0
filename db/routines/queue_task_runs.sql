-- Makes PENDING and WAITING_FOR_RETRY task runs claimable from `not_before` on, starting their clusters where these
-- stand still. A task run whose cluster does not exist ends here and is returned in failed_task_runs, for the caller to
-- settle.
CREATE OR REPLACE FUNCTION queue_task_runs(
    task_run_ids bigint[], not_before timestamptz,
    OUT ready_clusters text[], OUT changed_clusters text[], OUT failed_task_runs bigint[])
LANGUAGE plpgsql AS $$
DECLARE
    now_millis bigint := epoch_millis();
BEGIN
    changed_clusters := start_clusters(ARRAY(
        SELECT DISTINCT t.cluster_id FROM task_runs t JOIN clusters c ON c.cluster_id = t.cluster_id
        WHERE t.run_id = ANY (task_run_ids) AND c.state IN ('TERMINATED', 'ERROR') AND NOT c.deleted), '');

    WITH failed AS (
        UPDATE task_runs t
        SET life_cycle_state = 'INTERNAL_ERROR', result_state = 'FAILED',
            state_message = CASE WHEN t.cluster_id IS NULL THEN 'The task names no cluster to run on.'
                ELSE format('Run executed on existing cluster ID %s failed since the cluster does not exist.', t.cluster_id) END,
            termination_code = 'CLUSTER_ERROR', termination_type = 'CLIENT_ERROR',
            start_time = now_millis, end_time = now_millis
        WHERE t.run_id = ANY (task_run_ids)
          AND NOT EXISTS (SELECT FROM clusters c WHERE c.cluster_id = t.cluster_id AND NOT c.deleted)
        RETURNING t.run_id
    ), queued AS (
        INSERT INTO task_queue (run_id, job_run_id, cluster_id, priority, ready_at)
        SELECT t.run_id, t.job_run_id, t.cluster_id, j.priority, not_before
        FROM task_runs t
        JOIN clusters c ON c.cluster_id = t.cluster_id AND NOT c.deleted
        JOIN jobs j ON j.job_id = t.job_id
        WHERE t.run_id = ANY (task_run_ids)
        RETURNING cluster_id
    )
    SELECT ARRAY(SELECT DISTINCT queued.cluster_id FROM queued), ARRAY(SELECT failed.run_id FROM failed)
    INTO ready_clusters, failed_task_runs;
END $$;
