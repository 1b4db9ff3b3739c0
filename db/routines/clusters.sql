-- What clients see of clusters, and what only they change.

-- The machines that a cluster runs on now: one entry a worker that is ready, the head first.
CREATE OR REPLACE FUNCTION nodes_of_cluster(of_cluster text, of_generation bigint) RETURNS jsonb
LANGUAGE sql STABLE AS $$
    SELECT coalesce(jsonb_agg(jsonb_build_object(
               'worker_id', w.worker_id, 'node_id', w.node_id, 'host', n.host, 'is_head', w.is_head,
               'start_timestamp', (extract(epoch FROM w.started_at) * 1000)::bigint)
               ORDER BY w.is_head DESC, w.started_at, w.worker_id), '[]')
    FROM workers w JOIN nodes n ON n.node_id = w.node_id
    WHERE w.cluster_id = of_cluster AND w.generation = of_generation AND w.state = 'READY'
$$;

-- false: so many are pinned already that there is no place for another.
CREATE OR REPLACE FUNCTION pin_cluster(pinned_cluster text, user_name text, most integer, now_millis bigint) RETURNS boolean
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('pin_cluster'));   -- two at once must not both take the last place
    IF EXISTS (SELECT FROM clusters c WHERE c.cluster_id = pinned_cluster AND c.pinned_by_user_name IS NOT NULL) THEN
        RETURN true;
    END IF;
    IF (SELECT count(*) FROM clusters c WHERE c.pinned_by_user_name IS NOT NULL AND NOT c.deleted) >= most THEN
        RETURN false;
    END IF;
    UPDATE clusters c SET pinned_by_user_name = user_name WHERE c.cluster_id = pinned_cluster;
    INSERT INTO cluster_events (cluster_id, timestamp, type, details)
    VALUES (pinned_cluster, now_millis, 'PINNED', jsonb_build_object('user', user_name));
    RETURN true;
END $$;
