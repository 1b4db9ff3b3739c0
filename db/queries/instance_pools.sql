-- name: create_instance_pool
INSERT INTO instance_pools (instance_pool_id, instance_pool_name, spec, creator_user_name, created_time)
VALUES ($1, $2, $3::jsonb, $4, $5::bigint)

-- name: lock_instance_pool
SELECT instance_pool_id, instance_pool_name, spec::text, creator_user_name, state, created_time
FROM instance_pools WHERE instance_pool_id = $1 AND state = 'ACTIVE' FOR UPDATE

-- name: edit_instance_pool
UPDATE instance_pools SET instance_pool_name = $2, spec = $3::jsonb WHERE instance_pool_id = $1

-- name: delete_instance_pool
UPDATE instance_pools SET state = 'DELETED' WHERE instance_pool_id = $1 AND state = 'ACTIVE' RETURNING instance_pool_id

-- name: list_instance_pools
-- $1: one of them; NULL = all.
SELECT p.instance_pool_id, p.instance_pool_name, p.spec::text, p.creator_user_name, p.state, p.created_time,
       c.used, c.pending_used, c.idle, c.pending_idle
FROM instance_pools p CROSS JOIN LATERAL pool_counts(p.instance_pool_id) AS c
WHERE p.state = 'ACTIVE' AND ($1::text IS NULL OR p.instance_pool_id = $1::text)
ORDER BY p.instance_pool_name, p.instance_pool_id

-- name: pools_to_keep
SELECT * FROM pools_to_keep($1)

-- name: register_pool_instance
SELECT register_pool_instance($1, $2, $3, $4::boolean) AS taken

-- name: pool_instance_is_ready
SELECT pool_instance_is_ready($1)

-- name: pool_instance_is_gone
SELECT pool_instance_is_gone($1)

-- name: take_pool_place
SELECT * FROM take_pool_place($1, $2)
