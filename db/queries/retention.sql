-- name: prune_runs
-- The first ids are the oldest runs. Only so many are looked at: without an index on end_time, which every finish would
-- pay for, a table without old runs would be read to its end.
WITH oldest AS MATERIALIZED (
    SELECT run_id FROM runs ORDER BY run_id LIMIT 10 * $2::integer
), old AS MATERIALIZED (
    SELECT r.run_id, r.job_id FROM runs r
    WHERE r.run_id IN (SELECT run_id FROM oldest) AND r.end_time > 0 AND r.end_time < $1::bigint
    ORDER BY r.run_id LIMIT $2::integer
    FOR UPDATE SKIP LOCKED
), tasks AS (
    DELETE FROM task_runs t WHERE t.job_run_id IN (SELECT run_id FROM old) RETURNING t.run_id
), outputs AS (
    DELETE FROM task_outputs o WHERE o.run_id IN (SELECT run_id FROM tasks)
), tokens AS (
    DELETE FROM idempotency_tokens i WHERE i.run_id IN (SELECT run_id FROM old)
), hidden_jobs AS (
    DELETE FROM jobs j WHERE j.job_id IN (SELECT job_id FROM old) AND j.kind <> 'JOB'
), pruned AS (
    DELETE FROM runs r WHERE r.run_id IN (SELECT run_id FROM old) RETURNING r.run_id
)
SELECT count(*) AS pruned FROM pruned

-- name: prune_clusters
WITH old AS (
    SELECT cluster_id FROM clusters
    WHERE state = 'TERMINATED' AND (deleted OR cluster_source = 'JOB') AND terminated_time < $1::bigint
    LIMIT $2::integer
    FOR UPDATE SKIP LOCKED
), pruned AS (
    DELETE FROM clusters c WHERE c.cluster_id IN (SELECT cluster_id FROM old) RETURNING c.cluster_id
)
SELECT count(*) AS pruned FROM pruned

-- name: next_ready_in_millis
-- Of a long queue only a part is looked at: the sweep comes every second anyway.
SELECT ceil(extract(epoch FROM min(q.ready_at) - clock_timestamp()) * 1000)::bigint AS millis
FROM (SELECT ready_at FROM task_queue WHERE lease_token IS NULL LIMIT 10000) AS q
WHERE q.ready_at > clock_timestamp()
