-- name: ask_spark_page
-- What nobody has fetched goes.
WITH stale AS (
    DELETE FROM spark_pages WHERE asked_at < clock_timestamp() - interval '2 minutes'
)
INSERT INTO spark_pages (worker_id, target, base) VALUES ($1, $2, $3) RETURNING request_id

-- name: fetch_spark_page
DELETE FROM spark_pages WHERE request_id = $1::bigint AND response IS NOT NULL RETURNING response

-- name: take_spark_pages
SELECT request_id, target, base FROM take_spark_pages($1)

-- name: answer_spark_page
SELECT answer_spark_page($1, $2::bigint, $3)

-- name: spark_drivers_of
-- The head's first.
SELECT w.worker_id
FROM workers w JOIN clusters c ON c.cluster_id = w.cluster_id AND c.generation = w.generation
WHERE w.cluster_id = $1 AND w.state IN ('READY', 'DRAINING')
ORDER BY w.is_head DESC, w.worker_id
