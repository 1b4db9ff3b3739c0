-- Size of a running cluster: what it is to have, who leaves, when it is reached. A cluster that is being resized is RUNNING
-- where rows are compared, and shown as RESIZING: its workers go on claiming.
CREATE OR REPLACE FUNCTION shown_cluster_state(state text, resized_from integer) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN state = 'RUNNING' AND resized_from IS NOT NULL THEN 'RESIZING' ELSE state END
$$;

-- To target_num_workers beside the head. Workers too many are told to leave: idle ones before busy ones, which end their runs
-- first. new_size ({num_workers} or {autoscale}) replaces what the definition says; autoscaling passes NULL. false: the cluster
-- is not RUNNING, and nothing was written.
CREATE OR REPLACE FUNCTION resize_cluster(
    of_cluster text, target_num_workers integer, new_size jsonb, cause text, user_name text, message text) RETURNS boolean
LANGUAGE plpgsql AS $$
DECLARE
    before record;
    now_millis bigint := epoch_millis();
BEGIN
    SELECT c.num_workers, c.generation INTO before
    FROM clusters c WHERE c.cluster_id = of_cluster AND c.state = 'RUNNING' AND NOT c.deleted
    FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    IF new_size IS NOT NULL THEN
        UPDATE clusters c SET spec = (c.spec - '{num_workers,autoscale}'::text[]) || new_size WHERE c.cluster_id = of_cluster;
    END IF;
    IF before.num_workers = target_num_workers THEN
        RETURN true;
    END IF;

    UPDATE clusters c
    SET num_workers = target_num_workers, resized_from = before.num_workers, state_message = message,
        times_grown = c.times_grown + (cause = 'AUTOSCALE' AND target_num_workers > before.num_workers)::integer,
        times_shrunk = c.times_shrunk + (cause = 'AUTOSCALE' AND target_num_workers < before.num_workers)::integer
    WHERE c.cluster_id = of_cluster;
    UPDATE workers w SET state = 'DRAINING'
    WHERE w.worker_id IN (
        SELECT x.worker_id FROM workers x
        WHERE x.cluster_id = of_cluster AND x.generation = before.generation AND NOT x.is_head
          AND x.state IN ('STARTING', 'READY')
        ORDER BY EXISTS (SELECT FROM task_queue q WHERE q.worker_id = x.worker_id AND q.lease_token IS NOT NULL) DESC,
                 x.state = 'READY' DESC, x.started_at, x.worker_id
        OFFSET target_num_workers);
    INSERT INTO cluster_events (cluster_id, timestamp, type, details)
    VALUES (of_cluster, now_millis, 'RESIZING', jsonb_strip_nulls(jsonb_build_object(
        'current_num_workers', before.num_workers, 'target_num_workers', target_num_workers, 'cause', cause,
        'user', nullif(user_name, ''), 'message', message)));
    PERFORM conclude_resize(of_cluster);
    RETURN true;
END $$;

-- Called with the cluster's row locked when a worker has come or gone: the resize under way is over once the cluster has exactly the
-- workers it is to have.
CREATE OR REPLACE FUNCTION conclude_resize(of_cluster text) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    resized record;
BEGIN
    SELECT c.num_workers, c.resized_from, count(w.worker_id) AS present,
           count(w.worker_id) FILTER (WHERE w.state = 'READY') AS ready
    INTO resized
    FROM clusters c
    LEFT JOIN workers w ON w.cluster_id = c.cluster_id AND w.generation = c.generation AND w.state <> 'GONE' AND NOT w.is_head
    WHERE c.cluster_id = of_cluster AND c.state = 'RUNNING' AND c.resized_from IS NOT NULL
    GROUP BY c.cluster_id;
    IF NOT FOUND OR resized.num_workers <> resized.present OR resized.num_workers <> resized.ready THEN
        RETURN;
    END IF;
    UPDATE clusters c SET resized_from = NULL, state_message = '' WHERE c.cluster_id = of_cluster;
    IF resized.num_workers > resized.resized_from THEN
        INSERT INTO cluster_events (cluster_id, timestamp, type, details)
        VALUES (of_cluster, epoch_millis(), 'UPSIZE_COMPLETED', jsonb_build_object(
            'current_num_workers', resized.num_workers, 'target_num_workers', resized.num_workers));
    END IF;
END $$;
