-- name: autoscaled_pools
-- Of those that wait only the first in line are looked at: more than a pool can take at once change nothing.
SELECT c.cluster_id, (c.spec #>> '{autoscale,min_workers}')::integer AS min_workers,
       (c.spec #>> '{autoscale,max_workers}')::integer AS max_workers, c.num_workers,
       (c.spec #>> '{custom_tags,stoker.scale_down_seconds}')::integer AS scale_down_seconds,
       pool.*, queue.*
FROM clusters c
CROSS JOIN LATERAL (
    SELECT count(*) FILTER (WHERE w.state = 'DRAINING') AS draining,
           count(*) FILTER (WHERE w.state = 'READY' AND NOT w.is_head AND leased.runs = 0) AS idle,
           coalesce(max(w.slots), 1) AS slots_per_worker,
           coalesce(sum(w.slots) FILTER (WHERE w.state = 'READY'), 0) AS slots,
           coalesce(sum(least(leased.runs, w.slots)), 0) AS busy_slots
    FROM workers w
    CROSS JOIN LATERAL (SELECT count(*) AS runs FROM task_queue q
                        WHERE q.worker_id = w.worker_id AND q.lease_token IS NOT NULL) AS leased
    WHERE w.cluster_id = c.cluster_id AND w.generation = c.generation AND w.state <> 'GONE'
) AS pool
CROSS JOIN LATERAL (
    SELECT count(*) AS waiting,
           coalesce(extract(epoch FROM clock_timestamp() - min(first.ready_at)) * 1000, 0)::bigint AS oldest_wait
    FROM queue_turns s
    CROSS JOIN LATERAL (
        SELECT q.ready_at FROM task_queue q
        WHERE q.cluster_id = c.cluster_id AND q.priority = s.priority AND q.turn >= s.turn AND q.lease_token IS NULL
          AND q.ready_at <= now()
        ORDER BY q.turn, q.run_id
        LIMIT 1000
    ) AS first
    WHERE s.cluster_id = c.cluster_id
) AS queue
WHERE c.state = 'RUNNING' AND c.spec ? 'autoscale'

-- name: resize_cluster
SELECT resize_cluster($1, $2::integer, $3::jsonb, $4, $5, $6) AS resized

-- name: worker_pools
SELECT c.cluster_id, c.cluster_name, c.num_workers, c.times_grown, c.times_shrunk,
       coalesce(w.slots, 0) AS slots, coalesce(w.workers, '[]') AS workers,
       coalesce(q.leased, 0) AS leased, coalesce(q.waiting, 0) AS waiting, coalesce(q.oldest_wait, 0) AS oldest_wait
FROM clusters c
LEFT JOIN (
    SELECT alive.cluster_id, sum(alive.ready_slots) AS slots,
           jsonb_agg(jsonb_build_object('state', alive.state, 'limits_by', alive.limits_by, 'count', alive.count)) AS workers
    FROM (SELECT x.cluster_id, x.state, coalesce(x.isolation #>> '{limits,by}', '') AS limits_by, count(*) AS count,
                 coalesce(sum(x.slots) FILTER (WHERE x.state = 'READY'), 0) AS ready_slots
          FROM workers x WHERE x.state <> 'GONE'
          GROUP BY x.cluster_id, x.state, limits_by) AS alive
    GROUP BY alive.cluster_id
) AS w ON w.cluster_id = c.cluster_id
LEFT JOIN (
    SELECT t.cluster_id, count(*) FILTER (WHERE t.lease_token IS NOT NULL) AS leased,
           count(*) FILTER (WHERE t.lease_token IS NULL AND t.ready_at <= now()) AS waiting,
           (extract(epoch FROM clock_timestamp() - min(t.ready_at) FILTER (WHERE t.lease_token IS NULL
                                                                           AND t.ready_at <= now())) * 1000)::bigint AS oldest_wait
    FROM task_queue t
    GROUP BY t.cluster_id
) AS q ON q.cluster_id = c.cluster_id
WHERE c.state IN ('PENDING', 'RUNNING', 'RESTARTING', 'TERMINATING')
ORDER BY c.cluster_id
