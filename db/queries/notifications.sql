-- name: add_notification_destination
INSERT INTO notification_destinations (destination_id, display_name, destination_type, addresses, secrets, creator_user_name,
                                       created_time)
VALUES ($1, $2, $3, $4::text[], $5::jsonb, $6, $7)

-- name: find_notification_destination
SELECT destination_id, display_name, destination_type, addresses, secrets
FROM notification_destinations WHERE destination_id = $1

-- name: lock_notification_destination
SELECT destination_id, display_name, destination_type, addresses, secrets
FROM notification_destinations WHERE destination_id = $1 FOR NO KEY UPDATE

-- name: list_notification_destinations
SELECT destination_id, display_name, destination_type, addresses, secrets
FROM notification_destinations ORDER BY created_time, destination_id LIMIT $1::integer OFFSET $2::bigint

-- name: change_notification_destination
UPDATE notification_destinations SET display_name = $2, addresses = $3::text[], secrets = $4::jsonb WHERE destination_id = $1

-- name: delete_notification_destination
DELETE FROM notification_destinations WHERE destination_id = $1 RETURNING destination_id

-- name: lease_notification
SELECT n.notification_id, n.delivery_id, n.tries, n.job_run_id, n.task_run_id, n.event, n.destination_id, n.address,
       n.life_cycle_state, n.result_state, n.state_message, n.error, n.created_time, d.destination_type, d.secrets, r.job_id,
       r.run_name, j.name AS job_name, t.task_key, t.attempt_number
FROM lease_notification($1::bigint, $2::bigint, $3::text[], $4::boolean) AS n
LEFT JOIN notification_destinations d ON d.destination_id = n.destination_id
LEFT JOIN runs r ON r.run_id = n.job_run_id
LEFT JOIN jobs j ON j.job_id = r.job_id
LEFT JOIN task_runs t ON t.run_id = n.task_run_id

-- name: has_due_notification
SELECT EXISTS (SELECT FROM notifications WHERE state = 'PENDING' AND next_time <= $1::bigint) AS is_due

-- name: record_delivery
-- Of the try $2: a later one has its own word.
UPDATE notifications
SET state = $3, next_time = $4, last_error = $5, delivered_time = $6
WHERE notification_id = $1 AND tries = $2 AND state = 'PENDING'

-- name: list_notifications
SELECT n.notification_id, n.delivery_id, n.tries, n.job_run_id, n.task_run_id, n.event, n.destination_id, n.address, n.state,
       n.next_time, n.last_error, n.created_time, n.delivered_time, d.destination_type, d.display_name, t.task_key
FROM notifications n
LEFT JOIN notification_destinations d ON d.destination_id = n.destination_id
LEFT JOIN task_runs t ON t.run_id = n.task_run_id
WHERE n.job_run_id = $1::bigint AND ($2::bigint IS NULL OR n.task_run_id = $2) AND n.notification_id > $3::bigint
ORDER BY n.notification_id LIMIT $4::integer

-- name: tell_of_long_runs
SELECT tell_of_long_runs($1::bigint, $2::integer) AS looked_at

-- name: prune_notifications
-- The first ids are the oldest.
WITH oldest AS MATERIALIZED (
    SELECT notification_id, created_time FROM notifications ORDER BY notification_id LIMIT $2::integer
), pruned AS (
    DELETE FROM notifications n
    WHERE n.notification_id IN (SELECT o.notification_id FROM oldest o WHERE o.created_time < $1::bigint)
    RETURNING n.notification_id
)
SELECT count(*) AS pruned FROM pruned
