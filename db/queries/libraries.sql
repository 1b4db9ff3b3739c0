-- name: read_library_file
SELECT read_library_file($1, $2) AS content

-- name: lock_cluster_libraries
SELECT libraries::text FROM clusters WHERE cluster_id = $1 FOR NO KEY UPDATE

-- name: set_cluster_libraries
UPDATE clusters SET libraries = $2::jsonb WHERE cluster_id = $1

-- name: forget_failed_libraries
DELETE FROM cluster_libraries
WHERE cluster_id = $1 AND status = 'FAILED' AND library IN (SELECT jsonb_array_elements($2::jsonb))

-- name: library_statuses
SELECT c.cluster_id, l.library::text, l.status, l.message
FROM clusters c CROSS JOIN LATERAL library_statuses_of(c) l
WHERE NOT c.deleted
  AND ($1::text IS NULL OR c.cluster_id = $1::text)
  AND ($2::text IS NULL OR c.creator_user_name = $2::text OR c.run_as_user_name = $2::text)
  AND (c.cluster_source <> 'JOB' OR c.state <> 'TERMINATED' OR $1::text IS NOT NULL)
ORDER BY c.start_time DESC, c.cluster_id

-- name: libraries_are
SELECT libraries_are($1, $2::bigint, $3::jsonb, $4)

-- name: libraries_failed
SELECT libraries_failed($1, $2::bigint, $3::jsonb, $4) AS any_failed

-- name: libraries_are_installed
SELECT libraries_are_installed($1, $2::jsonb)
