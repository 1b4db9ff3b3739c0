-- Which node starts which worker. Decided by whoever asks what it is to serve, one at a time, and written down: a node
-- may need minutes to make the environment of a worker that it was given.

CREATE OR REPLACE FUNCTION may_take_workers(state text, placement text, heartbeat_at timestamptz) RETURNS boolean
LANGUAGE sql STABLE AS $$
    SELECT state = 'ALIVE' AND placement = 'OPEN' AND heartbeat_at > clock_timestamp() - interval '30 seconds'
$$;

-- How many heads and further workers live clusters lack; less than 0: so many have a place too many.
CREATE OR REPLACE FUNCTION missing_workers() RETURNS TABLE (cluster_id text, generation bigint, is_head boolean, missing bigint)
LANGUAGE sql STABLE AS $$
    SELECT c.cluster_id, c.generation, wanted.is_head, wanted.count - present.count - placed.count
    FROM clusters c
    CROSS JOIN LATERAL (VALUES (true, 1), (false, c.num_workers)) AS wanted (is_head, count)
    CROSS JOIN LATERAL (
        SELECT count(*) FROM workers w
        WHERE w.cluster_id = c.cluster_id AND w.generation = c.generation AND w.is_head = wanted.is_head
          AND w.state IN ('STARTING', 'READY')
    ) AS present
    CROSS JOIN LATERAL (
        SELECT count(*) FROM worker_places p
        WHERE p.cluster_id = c.cluster_id AND p.generation = c.generation AND p.is_head = wanted.is_head
    ) AS placed
    WHERE c.state IN ('PENDING', 'RUNNING') AND wanted.count <> present.count + placed.count
    ORDER BY wanted.is_head DESC, c.cluster_id
$$;

-- Places that nobody is to take any more.
CREATE OR REPLACE FUNCTION void_places() RETURNS SETOF bigint
LANGUAGE sql STABLE AS $$
    SELECT p.place_id
    FROM worker_places p
    LEFT JOIN clusters c
           ON c.cluster_id = p.cluster_id AND c.generation = p.generation AND c.state IN ('PENDING', 'RUNNING')
    JOIN nodes n ON n.node_id = p.node_id
    WHERE c.cluster_id IS NULL OR NOT may_take_workers(n.state, n.placement, n.heartbeat_at)
$$;

-- A node that has a warm worker for the cluster, else that with most room; room is a preference only: several clusters may each
-- have all of a machine. A worker that is to come counts as one that takes all of its node.
CREATE OR REPLACE FUNCTION node_for_worker(of_cluster text, of_generation bigint) RETURNS text
LANGUAGE sql STABLE AS $$
    SELECT n.node_id
    FROM nodes n
    CROSS JOIN LATERAL (
        SELECT greatest(coalesce(sum(w.cores), 0)::float / greatest(n.cores, 1),
                        coalesce(sum(w.memory_mb), 0)::float / greatest(n.memory_mb, 1)) AS share
        FROM workers w WHERE w.node_id = n.node_id AND w.state <> 'GONE'
    ) AS taken
    CROSS JOIN LATERAL (SELECT count(*) FROM worker_places p WHERE p.node_id = n.node_id) AS placed
    WHERE may_take_workers(n.state, n.placement, n.heartbeat_at)
      AND NOT EXISTS (SELECT FROM unfit_nodes u
                      WHERE u.cluster_id = of_cluster AND u.generation = of_generation AND u.node_id = n.node_id)
    ORDER BY placed.count < (SELECT count(*) FROM pool_instances i JOIN clusters c ON c.cluster_id = of_cluster
                             WHERE i.node_id = n.node_id AND i.state = 'IDLE'
                               AND i.instance_pool_id IN (pool_of(c.spec, true), pool_of(c.spec, false))) DESC,
             taken.share + placed.count, n.node_id
    LIMIT 1
$$;

CREATE OR REPLACE FUNCTION place_workers(asking_node text) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    lacking record;
    chosen_node text;
BEGIN
    IF NOT EXISTS (SELECT FROM missing_workers()) AND NOT EXISTS (SELECT FROM void_places()) THEN
        RETURN;
    END IF;
    PERFORM pg_advisory_xact_lock(hashtext('place_workers'));
    DELETE FROM worker_places p WHERE p.place_id IN (SELECT void_places());
    FOR lacking IN SELECT * FROM missing_workers() LOOP
        DELETE FROM worker_places p WHERE p.place_id IN (
            SELECT x.place_id FROM worker_places x
            WHERE x.cluster_id = lacking.cluster_id AND x.generation = lacking.generation AND x.is_head = lacking.is_head
            ORDER BY x.place_id DESC LIMIT greatest(-lacking.missing, 0));
        FOR place IN 1..least(lacking.missing, 256) LOOP   -- the next look finds the rest
            chosen_node := node_for_worker(lacking.cluster_id, lacking.generation);
            EXIT WHEN chosen_node IS NULL;
            INSERT INTO worker_places (cluster_id, generation, node_id, is_head)
            VALUES (lacking.cluster_id, lacking.generation, chosen_node, lacking.is_head);
            IF chosen_node <> asking_node THEN
                PERFORM pg_notify('stoker_clusters', lacking.cluster_id);
            END IF;
        END LOOP;
    END LOOP;
END $$;

-- What a node cannot host goes to another. false: there is none that may take it.
CREATE OR REPLACE FUNCTION turn_down_workers(
    unfit_node text, of_cluster text, of_generation bigint, why text) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM hold_to_own_node(unfit_node);
    DELETE FROM worker_places p WHERE p.cluster_id = of_cluster AND p.node_id = unfit_node;
    INSERT INTO unfit_nodes (cluster_id, generation, node_id, reason) VALUES (of_cluster, of_generation, unfit_node, why)
    ON CONFLICT (cluster_id, node_id) DO UPDATE SET generation = excluded.generation, reason = excluded.reason;
    PERFORM place_workers(unfit_node);
    RETURN EXISTS (SELECT FROM worker_places p WHERE p.cluster_id = of_cluster AND p.generation = of_generation);
END $$;

-- Why a cluster's workers have no place; NULL: nothing is known to be in the way.
CREATE OR REPLACE FUNCTION why_without_place(of_cluster text) RETURNS text
LANGUAGE plpgsql STABLE AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM nodes n WHERE n.state = 'ALIVE' AND n.heartbeat_at > clock_timestamp() - interval '1 minute')
    THEN
        RETURN 'no node has been heard of for a minute';
    ELSIF EXISTS (SELECT FROM worker_places p WHERE p.cluster_id = of_cluster)
       OR EXISTS (SELECT FROM workers w WHERE w.cluster_id = of_cluster AND w.state IN ('STARTING', 'READY'))
    THEN
        RETURN NULL;
    ELSIF NOT EXISTS (SELECT FROM nodes n WHERE n.state = 'ALIVE' AND n.placement = 'OPEN') THEN
        RETURN 'all nodes are cordoned';
    END IF;
    RETURN (SELECT string_agg(u.reason, '; ' ORDER BY u.node_id)
            FROM unfit_nodes u JOIN clusters c ON c.cluster_id = u.cluster_id AND c.generation = u.generation
            WHERE u.cluster_id = of_cluster);
END $$;
