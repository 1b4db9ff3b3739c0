-- name: want_spark_master
SELECT want_spark_master($1) AS first

-- name: spark_master_of
SELECT secret, master_url FROM spark_master_of($1)

-- name: spark_master_is_at
SELECT spark_master_is_at($1, $2)
