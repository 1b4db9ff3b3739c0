-- name: list_nodes
SELECT n.node_id, n.host, n.provider, n.cores, n.memory_mb, n.gpus, n.labels, n.role_name IS NOT NULL AS joined,
       CASE WHEN n.heartbeat_at < clock_timestamp() - interval '30 seconds' THEN 'SILENT'
            WHEN n.placement = 'DRAINING' AND had.workers = 0 THEN 'DRAINED'
            WHEN n.placement = 'OPEN' THEN 'READY'
            ELSE n.placement END AS state,
       had.workers, had.task_runs, (extract(epoch FROM n.heartbeat_at) * 1000)::bigint AS last_heard_of
FROM nodes n
CROSS JOIN LATERAL (
    SELECT count(*) AS workers,
           coalesce(sum((SELECT count(*) FROM task_queue q
                         WHERE q.worker_id = w.worker_id AND q.lease_token IS NOT NULL)), 0) AS task_runs
    FROM workers w WHERE w.node_id = n.node_id AND w.state <> 'GONE'
) AS had
WHERE n.state = 'ALIVE'
ORDER BY n.node_id

-- name: set_node_placement
SELECT set_node_placement($1, $2) AS touched

-- name: insert_join_token
INSERT INTO join_tokens (token_hash, created_by, expires_at)
VALUES (sha256(convert_to($1, 'UTF8')), $2, clock_timestamp() + make_interval(secs => $3::integer))
RETURNING (extract(epoch FROM expires_at) * 1000)::bigint AS expires_at

-- name: drop_expired_join_tokens
DELETE FROM join_tokens WHERE expires_at < clock_timestamp()

-- name: join_node
SELECT join_node(sha256(convert_to($1, 'UTF8')), $2, $3, $4, $5) AS outcome

-- name: is_joined_as
SELECT EXISTS (SELECT FROM nodes n JOIN pg_roles r ON r.rolname = n.role_name
               WHERE n.node_id = $1 AND n.role_name = $2 AND r.rolcanlogin) AS joined

-- name: lock_node_out
SELECT lock_node_out($1) AS outcome

-- name: end_node_role
SELECT end_node_role($1)
