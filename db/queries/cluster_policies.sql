-- name: add_cluster_policy
INSERT INTO cluster_policies (policy_id, name, definition, description, libraries, max_clusters_per_user, creator_user_name,
                              created_at_timestamp)
VALUES ($1, $2, $3, $4, $5::jsonb, $6::bigint, $7, $8::bigint)
ON CONFLICT (name) DO NOTHING
RETURNING policy_id

-- name: lock_policy_names
-- Of two that give one name at once the second sees what the first has done.
SELECT pg_advisory_xact_lock(hashtext('cluster_policies'))

-- name: change_cluster_policy
UPDATE cluster_policies
SET name = $2, definition = $3, description = $4, libraries = $5::jsonb, max_clusters_per_user = $6::bigint
WHERE policy_id = $1 AND NOT EXISTS (SELECT FROM cluster_policies other WHERE other.name = $2 AND other.policy_id <> $1)
RETURNING policy_id

-- name: delete_cluster_policy
DELETE FROM cluster_policies WHERE policy_id = $1 RETURNING policy_id

-- name: find_cluster_policy
SELECT policy_id, name, definition, description, libraries::text, max_clusters_per_user, creator_user_name, created_at_timestamp
FROM cluster_policies WHERE policy_id = $1

-- name: lock_cluster_policy
SELECT policy_id, name, definition, description, libraries::text, max_clusters_per_user, creator_user_name, created_at_timestamp
FROM cluster_policies WHERE policy_id = $1 FOR NO KEY UPDATE

-- name: list_cluster_policies
SELECT policy_id, name, definition, description, libraries::text, max_clusters_per_user, creator_user_name, created_at_timestamp
FROM cluster_policies ORDER BY created_at_timestamp, policy_id

-- name: count_active_clusters
SELECT count(*) AS count FROM clusters
WHERE spec ->> 'policy_id' = $1 AND creator_user_name = $2 AND cluster_id <> $3 AND cluster_source <> 'JOB'
  AND state IN ('PENDING', 'RUNNING', 'RESTARTING') AND NOT deleted
