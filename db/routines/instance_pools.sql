-- Instance pools: how many warm workers there are to be, and which cluster gets one. An instance is a row of pool_instances until
-- a cluster has it, then of workers.

CREATE OR REPLACE FUNCTION pool_of(cluster_spec jsonb, is_head boolean) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN is_head THEN coalesce(cluster_spec ->> 'driver_instance_pool_id', cluster_spec ->> 'instance_pool_id')
                ELSE cluster_spec ->> 'instance_pool_id' END
$$;

-- A definition with a pool has the pool's node type.
CREATE OR REPLACE FUNCTION with_type_of_pool(cluster_spec jsonb) RETURNS jsonb
LANGUAGE sql STABLE AS $$
    SELECT cluster_spec || coalesce(
        (SELECT jsonb_build_object('node_type_id', p.spec ->> 'node_type_id') FROM instance_pools p
         WHERE p.instance_pool_id = cluster_spec ->> 'instance_pool_id'), '{}')
$$;

CREATE OR REPLACE FUNCTION pool_counts(
    of_pool text, OUT used integer, OUT pending_used integer, OUT idle integer, OUT pending_idle integer)
LANGUAGE sql STABLE AS $$
    SELECT served.used, served.pending, warm.idle, warm.pending
    FROM (SELECT count(*) FILTER (WHERE w.state <> 'STARTING')::integer AS used,
                 count(*) FILTER (WHERE w.state = 'STARTING')::integer AS pending
          FROM workers w JOIN clusters c ON c.cluster_id = w.cluster_id
          WHERE w.state <> 'GONE' AND pool_of(c.spec, w.is_head) = of_pool) AS served,
         (SELECT count(*) FILTER (WHERE i.state = 'IDLE')::integer AS idle,
                 count(*) FILTER (WHERE i.state = 'STARTING')::integer AS pending
          FROM pool_instances i JOIN nodes n ON n.node_id = i.node_id
          WHERE i.instance_pool_id = of_pool AND n.heartbeat_at > clock_timestamp() - interval '1 minute') AS warm
$$;

-- How many more warm workers a node may have, of all pools: pools may ask for any number, a machine has an end.
CREATE OR REPLACE FUNCTION room_for_warm_workers(on_node text) RETURNS integer
LANGUAGE sql STABLE AS $$
    SELECT greatest(4, 2 * n.cores) - (SELECT count(*)::integer FROM pool_instances i WHERE i.node_id = on_node)
    FROM nodes n WHERE n.node_id = on_node
$$;

-- What a node is to do for pools: to start so many instances, to end those that are too many or have been idle for too long. While a
-- cluster of the pool starts, the machine is left to it. A node that takes no workers keeps none warm.
CREATE OR REPLACE FUNCTION pools_to_keep(keeping_node text)
RETURNS TABLE (instance_pool_id text, spec text, to_start integer, to_end text[], idle text[])
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
#variable_conflict use_column
DECLARE
    is_open boolean := EXISTS (SELECT FROM nodes n WHERE n.node_id = keeping_node AND n.placement = 'OPEN');
BEGIN
    PERFORM hold_to_own_node(keeping_node);
    RETURN QUERY
    WITH pools AS MATERIALIZED (
        SELECT p.instance_pool_id, p.spec, p.state = 'ACTIVE' AS is_active, c.idle + c.pending_idle AS warm,
               CASE WHEN p.state = 'ACTIVE' THEN (p.spec ->> 'min_idle_instances')::integer ELSE 0 END AS min_idle,
               CASE WHEN p.state = 'ACTIVE'
                    THEN greatest(0, coalesce((p.spec ->> 'max_capacity')::integer, 1000000) - c.used - c.pending_used)
                    ELSE 0 END AS room
        FROM instance_pools p CROSS JOIN LATERAL pool_counts(p.instance_pool_id) AS c
    ), ranked AS (
        SELECT i.worker_id, i.instance_pool_id, i.node_id, i.state, i.idle_since,
               row_number() OVER (PARTITION BY i.instance_pool_id ORDER BY i.idle_since DESC, i.worker_id) AS place
        FROM pool_instances i
    )
    SELECT p.instance_pool_id, p.spec::text,
           CASE WHEN NOT is_open OR EXISTS (SELECT FROM clusters c WHERE c.state IN ('PENDING', 'RESTARTING')
                             AND p.instance_pool_id IN (pool_of(c.spec, true), pool_of(c.spec, false))) THEN 0
                ELSE greatest(0, least(least(p.min_idle, p.room) - p.warm, room_for_warm_workers(keeping_node))) END,
           ARRAY(SELECT r.worker_id FROM ranked r
                 WHERE r.instance_pool_id = p.instance_pool_id AND r.node_id = keeping_node
                   AND (NOT is_open OR r.place > p.room OR r.place > p.min_idle AND r.idle_since < clock_timestamp()
                            - make_interval(mins => (p.spec ->> 'idle_instance_autotermination_minutes')::integer))
                 ORDER BY r.worker_id),
           ARRAY(SELECT r.worker_id FROM ranked r
                 WHERE r.instance_pool_id = p.instance_pool_id AND r.node_id = keeping_node AND r.state = 'IDLE'
                 ORDER BY r.worker_id)
    FROM pools p
    WHERE p.is_active OR EXISTS (SELECT FROM ranked r WHERE r.instance_pool_id = p.instance_pool_id)
    ORDER BY p.instance_pool_id;
END $$;

-- `follows`: in the place of one that a cluster had, beyond min_idle_instances. false: there is no place for it.
CREATE OR REPLACE FUNCTION register_pool_instance(
    new_worker text, of_pool text, on_node text, follows boolean) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    pool instance_pools;
    counts record;
BEGIN
    PERFORM hold_to_own_node(on_node);
    SELECT * INTO pool FROM instance_pools p WHERE p.instance_pool_id = of_pool AND p.state = 'ACTIVE' FOR UPDATE;
    IF NOT FOUND OR NOT EXISTS (SELECT FROM nodes n WHERE n.node_id = on_node AND n.placement = 'OPEN') THEN
        RETURN false;
    END IF;
    SELECT c.used + c.pending_used AS used, c.idle + c.pending_idle AS warm INTO counts FROM pool_counts(of_pool) AS c;
    IF counts.used + counts.warm >= coalesce((pool.spec ->> 'max_capacity')::integer, 1000000)
       OR follows AND (pool.spec ->> 'idle_instance_autotermination_minutes')::integer = 0
       OR NOT follows AND counts.warm >= (pool.spec ->> 'min_idle_instances')::integer
    THEN
        RETURN false;
    END IF;
    IF room_for_warm_workers(on_node) <= 0 THEN
        RETURN false;
    END IF;
    INSERT INTO pool_instances (worker_id, instance_pool_id, node_id) VALUES (new_worker, of_pool, on_node);
    RETURN true;
END $$;

CREATE OR REPLACE FUNCTION pool_instance_is_ready(ready_worker text) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    UPDATE pool_instances i SET state = 'IDLE', idle_since = clock_timestamp()
    WHERE i.worker_id = ready_worker AND is_own_node(i.node_id)
$$;

CREATE OR REPLACE FUNCTION pool_instance_is_gone(gone_worker text) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    DELETE FROM pool_instances i WHERE i.worker_id = gone_worker AND is_own_node(i.node_id)
$$;

-- Called when the worker has been registered for a cluster: a warm one is the pool's no more; a new one needs a place in it. What keeps
-- it from one, else ''.
CREATE OR REPLACE FUNCTION take_pool_place(of_pool text, for_worker text, OUT exists_pool boolean, OUT why_not text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    pool instance_pools;
    counts record;
BEGIN
    PERFORM hold_to_own_worker(for_worker);
    SELECT * INTO pool FROM instance_pools p WHERE p.instance_pool_id = of_pool AND p.state = 'ACTIVE' FOR UPDATE;
    exists_pool := FOUND;
    why_not := '';
    IF NOT exists_pool THEN
        why_not := format('instance pool %s does not exist', of_pool);
        RETURN;
    END IF;
    DELETE FROM pool_instances i WHERE i.worker_id = for_worker;
    SELECT c.used + c.pending_used AS used, c.idle + c.pending_idle AS warm INTO counts FROM pool_counts(of_pool) AS c;
    IF counts.used + counts.warm > coalesce((pool.spec ->> 'max_capacity')::integer, 1000000) THEN
        why_not := format('instance pool "%s" is used up: %s of %s instances are in use%s', pool.instance_pool_name,
            counts.used - 1, pool.spec ->> 'max_capacity',
            CASE WHEN counts.warm > 0 THEN format(', %s are warm for other definitions', counts.warm) ELSE '' END);
    END IF;
END $$;
