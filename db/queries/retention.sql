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
), for_eachs AS (
    DELETE FROM for_each_runs f WHERE f.run_id IN (SELECT run_id FROM tasks)
), set_values AS (
    DELETE FROM task_values v WHERE v.job_run_id IN (SELECT run_id FROM old)
), repairs_made AS (
    DELETE FROM repairs p WHERE p.run_id IN (SELECT run_id FROM old)
), tokens AS (
    DELETE FROM idempotency_tokens i WHERE i.run_id IN (SELECT run_id FROM old)
), told AS (
    DELETE FROM notifications n WHERE n.job_run_id IN (SELECT run_id FROM old)
), warned AS (
    DELETE FROM duration_warnings w WHERE w.job_run_id IN (SELECT run_id FROM old)
), hidden_jobs AS (
    DELETE FROM jobs j WHERE j.job_id IN (SELECT job_id FROM old) AND j.kind <> 'JOB' RETURNING j.job_id
), hidden_permissions AS (
    DELETE FROM permissions p USING hidden_jobs h WHERE p.object_type = 'jobs' AND p.object_id = h.job_id::text
), pruned AS (
    DELETE FROM runs r WHERE r.run_id IN (SELECT run_id FROM old) RETURNING r.run_id
)
SELECT count(*) AS pruned FROM pruned

-- name: prune_job_versions
-- Up to $1 versions that no run is left of: those before the oldest run's, for a run's version is not below that of a run
-- before it, but for those that start in the same moment. A repaired run has the version of its repair, and task runs of those
-- before. Deleted jobs go with their last run.
WITH outdated AS MATERIALIZED (
    SELECT j.job_id, j.job_version, j.deleted,
           (SELECT min(first.job_version)
            FROM (SELECT CASE WHEN r.repair_id IS NULL THEN r.job_version
                              ELSE (SELECT min(t.job_version) FROM task_runs_of(r.run_id) AS t) END AS job_version
                  FROM runs r WHERE r.job_id = j.job_id
                  ORDER BY r.start_time, r.run_id LIMIT 100) AS first) AS oldest
    FROM jobs j
    WHERE j.kind = 'JOB' AND (j.deleted OR EXISTS (SELECT FROM job_versions v
                                                   WHERE v.job_id = j.job_id AND v.job_version < j.job_version))
), versions AS (
    SELECT v.job_id, v.job_version FROM job_versions v JOIN outdated o ON o.job_id = v.job_id
    WHERE v.job_version < least(o.oldest, o.job_version)
    LIMIT $1::integer
), tasks AS (
    DELETE FROM job_tasks t USING versions v WHERE t.job_id = v.job_id AND t.job_version = v.job_version
), pruned AS (
    DELETE FROM job_versions x USING versions v WHERE x.job_id = v.job_id AND x.job_version = v.job_version
    RETURNING x.job_id
), jobs_gone AS (
    DELETE FROM jobs j USING outdated o WHERE j.job_id = o.job_id AND o.deleted AND o.oldest IS NULL RETURNING j.job_id
), permissions_gone AS (
    DELETE FROM permissions p USING jobs_gone g WHERE p.object_type = 'jobs' AND p.object_id = g.job_id::text
)
SELECT (SELECT count(*) FROM pruned) + (SELECT count(*) FROM jobs_gone) AS pruned

-- name: prune_clusters
WITH old AS (
    SELECT cluster_id FROM clusters
    WHERE state = 'TERMINATED' AND (deleted OR cluster_source = 'JOB' AND pinned_by_user_name IS NULL)
      AND terminated_time < $1::bigint
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
