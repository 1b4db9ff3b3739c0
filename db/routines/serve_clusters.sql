-- What a node does for clusters: its workers' lives and the changes of state that follow from them.

-- kept_workers have outlived an earlier life of the node, and are its own still.
CREATE OR REPLACE FUNCTION register_node(
    joining_node text, node_host text, node_provider text, node_cores integer, node_memory_mb bigint, node_gpus integer,
    node_labels jsonb, kept_workers text[])
RETURNS run_changes
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    changes run_changes := ('{}', '{}', '{}');
    dead_worker text;
BEGIN
    PERFORM hold_to_own_node(joining_node);
    INSERT INTO nodes (node_id, host, provider, state, cores, memory_mb, gpus, labels)
    VALUES (joining_node, node_host, node_provider, 'ALIVE', node_cores, node_memory_mb, node_gpus, node_labels)
    ON CONFLICT (node_id) DO UPDATE
    SET host = excluded.host, provider = excluded.provider, state = 'ALIVE', cores = excluded.cores,
        memory_mb = excluded.memory_mb, gpus = excluded.gpus, labels = excluded.labels, heartbeat_at = clock_timestamp();
    DELETE FROM pool_instances i WHERE i.node_id = joining_node;
    DELETE FROM worker_places p WHERE p.node_id = joining_node;
    DELETE FROM unfit_nodes u WHERE u.node_id = joining_node;
    FOR dead_worker IN
        SELECT w.worker_id FROM workers w
        WHERE w.node_id = joining_node AND w.state <> 'GONE' AND w.worker_id <> ALL (kept_workers)
        ORDER BY w.worker_id
    LOOP
        changes := merge_changes(changes, rescue_worker(dead_worker, ''));
        UPDATE workers w SET state = 'GONE' WHERE w.worker_id = dead_worker;
    END LOOP;
    RETURN changes;
END $$;

-- Clusters of which the node has workers or is to have some, and those that nobody has workers of who could say that they are down.
CREATE OR REPLACE FUNCTION clusters_to_serve(serving_node text)
RETURNS TABLE (
    cluster_id text, cluster_name text, spec text, libraries text, state text, state_message text,
    termination_reason text, cluster_source text, creator_user_name text, run_as_user_name text, num_workers integer,
    autotermination_minutes integer, generation bigint, start_time bigint, last_restarted_time bigint,
    terminated_time bigint, last_activity_time bigint, workers jsonb, head_placed boolean, workers_placed integer,
    head_node text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
#variable_conflict use_column
BEGIN
    PERFORM hold_to_own_node(serving_node);
    UPDATE nodes n SET heartbeat_at = clock_timestamp() WHERE n.node_id = serving_node;
    PERFORM place_workers(serving_node);
    RETURN QUERY
    SELECT c.cluster_id, c.cluster_name, with_type_of_pool(c.spec)::text, libraries_to_install(c)::text, c.state, c.state_message,
           c.termination_reason::text, c.cluster_source, c.creator_user_name, c.run_as_user_name, c.num_workers,
           c.autotermination_minutes, c.generation, c.start_time, c.last_restarted_time, c.terminated_time,
           c.last_activity_time,
           coalesce((SELECT jsonb_agg(jsonb_build_object(
                        'worker_id', w.worker_id, 'cluster_id', w.cluster_id, 'node_id', w.node_id,
                        'generation', w.generation, 'is_head', w.is_head, 'state', w.state)
                        ORDER BY w.generation, w.is_head DESC, w.worker_id)
                     FROM workers w WHERE w.cluster_id = c.cluster_id AND w.state <> 'GONE'), '[]'),
           placed.heads > 0, placed.further::integer,
           coalesce((SELECT w.node_id FROM workers w
                     WHERE w.cluster_id = c.cluster_id AND w.generation = c.generation AND w.is_head
                       AND w.state IN ('STARTING', 'READY')),
                    (SELECT p.node_id FROM worker_places p
                     WHERE p.cluster_id = c.cluster_id AND p.generation = c.generation AND p.is_head), '')
    FROM clusters c
    CROSS JOIN LATERAL (
        SELECT count(*) FILTER (WHERE p.is_head) AS heads, count(*) FILTER (WHERE NOT p.is_head) AS further
        FROM worker_places p
        WHERE p.cluster_id = c.cluster_id AND p.generation = c.generation AND p.node_id = serving_node
    ) AS placed
    CROSS JOIN LATERAL (
        SELECT count(*) AS all, count(*) FILTER (WHERE w.node_id = serving_node) AS own
        FROM workers w WHERE w.cluster_id = c.cluster_id AND w.state <> 'GONE'
    ) AS present
    WHERE c.state IN ('PENDING', 'RUNNING', 'RESTARTING', 'TERMINATING')
      AND (placed.heads + placed.further + present.own > 0
           OR present.all = 0 AND c.state IN ('RESTARTING', 'TERMINATING'))
    ORDER BY c.cluster_id;
END $$;

-- A second head of one generation, a worker beyond what the cluster is to have, one that another node is to start, or one of a
-- generation that is over, is not taken: no process is started for it.
CREATE OR REPLACE FUNCTION register_worker(
    new_worker text, worker_cluster text, worker_node text, worker_generation bigint, head boolean,
    worker_slots integer, worker_cores integer, worker_memory_mb bigint) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    wanted integer;
BEGIN
    PERFORM hold_to_own_node(worker_node);
    SELECT CASE WHEN head THEN 1 ELSE c.num_workers END INTO wanted FROM clusters c
    WHERE c.cluster_id = worker_cluster AND c.generation = worker_generation
      AND c.state IN ('PENDING', 'RUNNING', 'RESTARTING')
    FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    DELETE FROM worker_places p WHERE p.place_id = (
        SELECT min(x.place_id) FROM worker_places x
        WHERE x.cluster_id = worker_cluster AND x.generation = worker_generation AND x.node_id = worker_node
          AND x.is_head = head);
    IF wanted <= (SELECT count(*) FROM workers w
                  WHERE w.cluster_id = worker_cluster AND w.generation = worker_generation AND w.is_head = head
                    AND w.state IN ('STARTING', 'READY'))
               + (SELECT count(*) FROM worker_places p
                  WHERE p.cluster_id = worker_cluster AND p.generation = worker_generation AND p.is_head = head)
    THEN
        RETURN false;
    END IF;
    INSERT INTO workers (worker_id, cluster_id, node_id, generation, is_head, state, slots, cores, memory_mb)
    VALUES (new_worker, worker_cluster, worker_node, worker_generation, head, 'STARTING', worker_slots, worker_cores,
            worker_memory_mb)
    ON CONFLICT DO NOTHING;
    RETURN FOUND;
END $$;

-- Before the worker's own row, as a resize does.
CREATE OR REPLACE FUNCTION lock_cluster_of(of_worker text) RETURNS void
LANGUAGE sql AS $$
    SELECT FROM clusters c WHERE c.cluster_id = (SELECT w.cluster_id FROM workers w WHERE w.worker_id = of_worker)
    FOR NO KEY UPDATE
$$;

CREATE OR REPLACE FUNCTION worker_is_ready(ready_worker text, worker_isolation jsonb) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    worker record;
    now_millis bigint := epoch_millis();
BEGIN
    PERFORM hold_to_own_worker(ready_worker);
    PERFORM lock_cluster_of(ready_worker);
    UPDATE workers w SET state = 'READY', isolation = worker_isolation, heartbeat_at = clock_timestamp()
    WHERE w.worker_id = ready_worker AND w.state IN ('STARTING', 'READY')
    RETURNING w.cluster_id, w.generation, w.is_head INTO worker;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    IF NOT worker.is_head THEN
        PERFORM conclude_resize(worker.cluster_id);
        RETURN;
    END IF;
    UPDATE clusters c
    SET state = 'RUNNING', state_message = '', waits_for = '', last_activity_time = now_millis,
        last_restarted_time = CASE c.generation WHEN 1 THEN c.last_restarted_time ELSE now_millis END
    WHERE c.cluster_id = worker.cluster_id AND c.generation = worker.generation AND c.state IN ('PENDING', 'RESTARTING');
    IF FOUND THEN
        INSERT INTO cluster_events (cluster_id, timestamp, type)
        VALUES (worker.cluster_id, now_millis, 'RUNNING'), (worker.cluster_id, now_millis, 'DRIVER_HEALTHY');
    END IF;
END $$;

-- What workers that have not begun wait for; '' = nothing any more. They cannot say themselves that they are not lost.
CREATE OR REPLACE FUNCTION cluster_waits(
    waiting_cluster text, of_generation bigint, waiting_workers text[], what text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM hold_to_own_cluster(waiting_cluster);
    UPDATE clusters c
    SET waits_for = what,
        state_message = CASE WHEN c.state = 'RUNNING' OR what = '' THEN c.state_message ELSE what END
    WHERE c.cluster_id = waiting_cluster AND c.generation = of_generation
      AND c.state IN ('PENDING', 'RUNNING', 'RESTARTING') AND c.waits_for <> what;
    UPDATE workers w SET heartbeat_at = clock_timestamp()
    WHERE w.worker_id = ANY (waiting_workers) AND w.cluster_id = waiting_cluster AND w.state IN ('STARTING', 'DRAINING');
END $$;

CREATE OR REPLACE FUNCTION worker_is_gone(gone_worker text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    left_cluster text;
BEGIN
    PERFORM hold_to_own_worker(gone_worker);
    PERFORM lock_cluster_of(gone_worker);
    UPDATE workers w SET state = 'GONE' WHERE w.worker_id = gone_worker RETURNING w.cluster_id INTO left_cluster;
    PERFORM conclude_resize(left_cluster);
END $$;

-- With work still waiting for it, a cluster that came down goes up again.
CREATE OR REPLACE FUNCTION cluster_is_down(down_cluster text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    now_millis bigint := epoch_millis();
BEGIN
    UPDATE clusters c
    SET state = CASE c.state WHEN 'TERMINATING' THEN 'TERMINATED' ELSE 'PENDING' END,
        state_message = CASE c.state WHEN 'TERMINATING' THEN '' ELSE 'Restarting the cluster' END,
        terminated_time = CASE c.state WHEN 'TERMINATING' THEN now_millis ELSE c.terminated_time END
    WHERE c.cluster_id = down_cluster AND c.state IN ('TERMINATING', 'RESTARTING')
      AND NOT EXISTS (SELECT FROM workers w WHERE w.cluster_id = c.cluster_id AND w.state <> 'GONE'
                      AND (c.state = 'TERMINATING' OR w.generation < c.generation));
    IF FOUND AND EXISTS (SELECT FROM task_queue q WHERE q.cluster_id = down_cluster AND q.lease_token IS NULL) THEN
        PERFORM start_clusters(ARRAY[down_cluster], '');
    END IF;
END $$;

CREATE OR REPLACE FUNCTION cluster_failed(failed_cluster text, message text, code text) RETURNS run_changes
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    changes run_changes := ('{}', '{}', '{}');
    locked bigint[];    -- a run that comes later finds the cluster TERMINATED and starts it again
    waiting bigint[];
    now_millis bigint := epoch_millis();
    is_of_client boolean := code IN ('LIBRARY_INSTALLATION_ERROR', 'INIT_SCRIPT_FAILURE');
    reason jsonb := jsonb_build_object(   -- in the words for clusters, which are not those for runs
        'code', CASE code WHEN 'LIBRARY_INSTALLATION_ERROR' THEN 'INVALID_ARGUMENT'
                          WHEN 'INIT_SCRIPT_FAILURE' THEN code ELSE 'UNEXPECTED_LAUNCH_FAILURE' END,
        'type', CASE WHEN is_of_client THEN 'CLIENT_ERROR' ELSE 'SERVICE_FAULT' END,
        'parameters', jsonb_build_object('databricks_error_message', message));
BEGIN
    PERFORM hold_to_own_cluster(failed_cluster);
    locked := ARRAY(
        SELECT r.run_id FROM runs r
        WHERE r.run_id IN (SELECT q.job_run_id FROM task_queue q
                           WHERE q.cluster_id = failed_cluster AND q.lease_token IS NULL)
        ORDER BY r.run_id
        FOR NO KEY UPDATE);
    UPDATE clusters c
    SET state = CASE WHEN EXISTS (SELECT FROM workers w WHERE w.cluster_id = c.cluster_id AND w.state <> 'GONE')
                     THEN 'TERMINATING' ELSE 'TERMINATED' END,
        state_message = message, termination_reason = reason, terminated_time = now_millis
    WHERE c.cluster_id = failed_cluster AND c.state IN ('PENDING', 'RUNNING', 'RESTARTING');
    IF NOT FOUND THEN
        RETURN changes;
    END IF;
    INSERT INTO cluster_events (cluster_id, timestamp, type, details)
    VALUES (failed_cluster, now_millis, 'TERMINATING', jsonb_build_object('reason', reason));

    WITH gone AS (
        DELETE FROM task_queue q
        WHERE q.run_id IN (SELECT w.run_id FROM task_queue w
                           WHERE w.cluster_id = failed_cluster AND w.lease_token IS NULL AND w.job_run_id = ANY (locked)
                           ORDER BY w.run_id FOR UPDATE)
        RETURNING q.run_id
    )
    SELECT ARRAY(SELECT g.run_id FROM gone g) INTO waiting;
    INSERT INTO task_outputs (run_id, error) SELECT id, message FROM unnest(waiting) AS id;
    RETURN merge_changes(changes, conclude_task_runs(failed_outcomes(
        waiting, message, CASE code WHEN 'INIT_SCRIPT_FAILURE' THEN 'CLUSTER_ERROR' ELSE code END, 'CLIENT_ERROR', false)));
END $$;

CREATE OR REPLACE FUNCTION set_cluster_message(told_cluster text, message text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM hold_to_own_cluster(told_cluster);
    UPDATE clusters c SET state_message = message
    WHERE c.cluster_id = told_cluster AND c.state IN ('PENDING', 'RESTARTING') AND c.state_message <> message;
END $$;

-- For nodes: add_cluster_event with the rights of the owner.
CREATE OR REPLACE FUNCTION add_cluster_event(
    told_cluster text, event_type text, event_details jsonb, event_time bigint) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT hold_to_own_cluster(told_cluster);
    INSERT INTO cluster_events (cluster_id, timestamp, type, details)
    VALUES (told_cluster, event_time, event_type, event_details)
$$;
