-- name: add_live_outputs
-- Nobody waits for them on disk.
SELECT set_config('synchronous_commit', 'off', true), add_live_outputs($1::jsonb) AS job_run_ids

-- name: read_live_outputs
-- What has come of each run since the seq that is known of it.
SELECT o.run_id, o.seq, o.cell, o.output, o.start, o.kind, o.content
FROM unnest($1::bigint[], $2::bigint[]) AS known (run_id, seq)
JOIN live_outputs o ON o.run_id = known.run_id AND o.seq > known.seq
ORDER BY o.run_id, o.seq
LIMIT $3::integer

-- name: prune_live_outputs
WITH gone AS (
    DELETE FROM live_outputs o
    WHERE NOT EXISTS (SELECT FROM task_queue q WHERE q.run_id = o.run_id)
    RETURNING o.run_id
)
SELECT count(*) AS pruned FROM gone
