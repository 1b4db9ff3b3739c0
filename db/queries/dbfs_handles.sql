-- name: open_dbfs_handle
WITH idle AS (
    DELETE FROM dbfs_handles WHERE last_used < clock_timestamp() - interval '10 minutes'
)
INSERT INTO dbfs_handles (user_name, path, overwrite, file_name) VALUES ($1, $2, $3, $4) RETURNING handle

-- name: use_dbfs_handle
-- Use is noted once a minute: a block needs no wait for the database's disk.
WITH noted AS (
    UPDATE dbfs_handles SET last_used = clock_timestamp()
    WHERE handle = $1::bigint AND user_name = $2
      AND last_used BETWEEN clock_timestamp() - interval '10 minutes' AND clock_timestamp() - interval '1 minute'
)
SELECT path, overwrite, file_name FROM dbfs_handles
WHERE handle = $1::bigint AND user_name = $2 AND last_used >= clock_timestamp() - interval '10 minutes'

-- name: close_dbfs_handle
DELETE FROM dbfs_handles WHERE handle = $1::bigint
