-- name: find_permissions
SELECT principal_kind, principal, permission_level FROM permissions
WHERE object_type = $1 AND object_id = $2
ORDER BY principal_kind, principal

-- name: delete_permissions
DELETE FROM permissions WHERE object_type = $1 AND object_id = $2

-- name: add_permissions
INSERT INTO permissions (object_type, object_id, principal_kind, principal, permission_level)
SELECT $1, $2, p.kind, p.principal, p.level FROM unnest($3::text[], $4::text[], $5::text[]) AS p (kind, principal, level)

-- name: job_permission_level
SELECT job_permission_level($1, $2::bigint) AS level
