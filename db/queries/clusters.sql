-- name: create_cluster
WITH made AS (
    INSERT INTO clusters (cluster_id, cluster_name, spec, libraries, state, state_message, cluster_source,
                          creator_user_name, run_as_user_name, num_workers, autotermination_minutes, start_time,
                          last_activity_time)
    VALUES ($1, $2, $3::jsonb, $4::jsonb, 'PENDING', 'Starting the cluster', $5, $6, $6, $7, $8, $9, $9)
    RETURNING cluster_id
)
INSERT INTO cluster_events (cluster_id, timestamp, type, details)
SELECT cluster_id, $9, 'CREATING', jsonb_build_object('user', $6::text) FROM made

-- name: find_cluster
SELECT cluster_id, cluster_name, spec::text, libraries::text,
       shown_cluster_state(state, resized_from) AS state, state_message, termination_reason::text,
       cluster_source, creator_user_name, run_as_user_name, num_workers, autotermination_minutes, generation, start_time,
       last_restarted_time, terminated_time, last_activity_time
FROM clusters WHERE cluster_id = $1 AND NOT deleted

-- name: edit_cluster
WITH edited AS (
    UPDATE clusters
    SET cluster_name = $2, spec = $3::jsonb, libraries = $4::jsonb, num_workers = $5, autotermination_minutes = $6,
        generation = generation + CASE state WHEN 'RUNNING' THEN 1 ELSE 0 END,
        state = CASE state WHEN 'RUNNING' THEN 'RESTARTING' ELSE state END, resized_from = NULL
    WHERE cluster_id = $1 AND NOT deleted
    RETURNING cluster_id
)
INSERT INTO cluster_events (cluster_id, timestamp, type, details)
SELECT cluster_id, $7, 'EDITED', jsonb_build_object('user', $8::text) FROM edited

-- name: pin_cluster
SELECT pin_cluster($1, $2, $3::integer, $4::bigint) AS pinned

-- name: unpin_cluster
WITH unpinned AS (
    UPDATE clusters SET pinned_by_user_name = NULL
    WHERE cluster_id = $1 AND pinned_by_user_name IS NOT NULL AND NOT deleted
    RETURNING cluster_id
)
INSERT INTO cluster_events (cluster_id, timestamp, type, details)
SELECT cluster_id, $3::bigint, 'UNPINNED', jsonb_build_object('user', $2::text) FROM unpinned

-- name: change_cluster_owner
WITH given AS (
    UPDATE clusters SET creator_user_name = $2, run_as_user_name = $2
    WHERE cluster_id = $1 AND state = 'TERMINATED' AND NOT deleted
    RETURNING cluster_id
), told AS (
    INSERT INTO cluster_events (cluster_id, timestamp, type, details)
    SELECT cluster_id, $4::bigint, 'EDITED', jsonb_build_object('user', $3::text, 'owner_username', $2::text) FROM given
)
SELECT cluster_id FROM given

-- name: start_cluster
SELECT start_clusters(ARRAY[$1::text], $2) AS started

-- name: restart_cluster
WITH moved AS (
    UPDATE clusters
    SET state = 'RESTARTING', state_message = 'Restarting the cluster', generation = generation + 1,
        last_restarted_time = $3::bigint, last_activity_time = $3::bigint, resized_from = NULL
    WHERE cluster_id = $1 AND state = 'RUNNING' AND NOT deleted
    RETURNING cluster_id
), told AS (
    INSERT INTO cluster_events (cluster_id, timestamp, type, details)
    SELECT cluster_id, $3::bigint, 'RESTARTING', jsonb_build_object('user', $2::text) FROM moved
)
SELECT cluster_id FROM moved

-- name: terminate_cluster
WITH moved AS (
    UPDATE clusters c
    SET state = CASE WHEN alive.any_worker THEN 'TERMINATING' ELSE 'TERMINATED' END,
        terminated_time = CASE WHEN alive.any_worker THEN 0 ELSE $3::bigint END,
        state_message = '', termination_reason = $2::jsonb
    FROM (SELECT EXISTS (SELECT FROM workers w WHERE w.cluster_id = $1 AND w.state <> 'GONE') AS any_worker) AS alive
    WHERE c.cluster_id = $1 AND c.state IN ('PENDING', 'RUNNING', 'RESTARTING') AND NOT c.deleted
    RETURNING c.cluster_id
)
INSERT INTO cluster_events (cluster_id, timestamp, type, details)
SELECT cluster_id, $3::bigint, 'TERMINATING', jsonb_build_object('reason', $2::jsonb) FROM moved

-- name: delete_cluster
UPDATE clusters SET deleted = true WHERE cluster_id = $1 AND NOT deleted RETURNING cluster_id

-- name: list_cluster_events
SELECT timestamp, type, details::text
FROM cluster_events
WHERE cluster_id = $1
  AND ($2::bigint = 0 OR timestamp >= $2::bigint) AND ($3::bigint = 0 OR timestamp <= $3::bigint)
  AND (cardinality($5::text[]) = 0 OR type = ANY ($5::text[]))
ORDER BY CASE WHEN $4::boolean THEN event_id END ASC, event_id DESC
LIMIT $7::integer OFFSET $6::integer

-- name: count_cluster_events
SELECT count(*) AS total_count
FROM cluster_events
WHERE cluster_id = $1
  AND ($2::bigint = 0 OR timestamp >= $2::bigint) AND ($3::bigint = 0 OR timestamp <= $3::bigint)
  AND (cardinality($4::text[]) = 0 OR type = ANY ($4::text[]))

-- name: add_cluster_event
SELECT add_cluster_event($1, $2, $3::jsonb, $4::bigint)

-- name: terminate_idle_clusters
WITH busy AS (
    UPDATE clusters c SET last_activity_time = $1::bigint
    WHERE c.state = 'RUNNING' AND c.autotermination_minutes > 0
      AND EXISTS (SELECT FROM task_queue q WHERE q.cluster_id = c.cluster_id)
    RETURNING c.cluster_id
), idle AS (
    UPDATE clusters c
    SET state = 'TERMINATING', state_message = '',
        termination_reason = jsonb_build_object('code', 'INACTIVITY', 'type', 'SUCCESS', 'parameters',
            jsonb_build_object('inactivity_duration_min', c.autotermination_minutes::text))
    WHERE c.state = 'RUNNING' AND c.autotermination_minutes > 0
      AND c.last_activity_time < $1::bigint - c.autotermination_minutes * 60000::bigint
      AND NOT EXISTS (SELECT FROM task_queue q WHERE q.cluster_id = c.cluster_id)
    RETURNING c.cluster_id, c.termination_reason
), told AS (
    INSERT INTO cluster_events (cluster_id, timestamp, type, details)
    SELECT cluster_id, $1::bigint, 'TERMINATING', jsonb_build_object('reason', termination_reason) FROM idle
)
SELECT cluster_id FROM idle

-- name: register_node
SELECT * FROM register_node($1, $2, $3, $4::integer, $5::bigint, $6::integer, $7::jsonb, $8::text[])

-- name: clusters_to_serve
SELECT * FROM clusters_to_serve($1)

-- name: register_worker
SELECT register_worker($1, $2, $3, $4::bigint, $5::boolean, $6::integer, $7::integer, $8::bigint) AS taken

-- name: turn_down_workers
SELECT turn_down_workers($1, $2, $3::bigint, $4) AS placed_elsewhere

-- name: worker_is_ready
SELECT worker_is_ready($1, $2::jsonb)

-- name: cluster_waits
SELECT cluster_waits($1, $2::bigint, $3::text[], $4)

-- name: worker_is_gone
SELECT worker_is_gone($1)

-- name: cluster_is_down
SELECT cluster_is_down($1)

-- name: cluster_failed
SELECT * FROM cluster_failed($1, $2, $3)

-- name: init_script_failed
SELECT * FROM init_script_failed($1, $2)

-- name: logs_were_delivered
SELECT logs_were_delivered($1, $2)

-- name: set_cluster_message
SELECT set_cluster_message($1, $2)
