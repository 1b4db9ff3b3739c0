-- name: hold_lease
INSERT INTO leases (name, owner, expires_at) VALUES ($1, $2, clock_timestamp() + $3::integer * interval '1 second')
ON CONFLICT (name) DO UPDATE SET owner = excluded.owner, expires_at = excluded.expires_at
WHERE leases.owner = excluded.owner OR leases.expires_at <= clock_timestamp()
RETURNING owner

-- name: fence_lease
SELECT FROM leases WHERE name = $1 AND owner = $2 AND expires_at > clock_timestamp() FOR SHARE

-- name: release_lease
DELETE FROM leases WHERE name = $1 AND owner = $2
