-- Machines that host workers, as an operator sees and moves them.

-- A node that joined has a role of its own, and does what nodes do for itself alone. stoker_worker is all nodes' that have none.
CREATE OR REPLACE FUNCTION is_own_node(of_node text) RETURNS boolean
LANGUAGE plpgsql STABLE AS $$
BEGIN
    IF session_user NOT LIKE 'stoker\_node\_%' THEN
        RETURN true;
    END IF;
    RETURN EXISTS (SELECT FROM nodes n WHERE n.node_id = of_node AND n.role_name = session_user);
END $$;

CREATE OR REPLACE FUNCTION hold_to_own_node(of_node text) RETURNS void
LANGUAGE plpgsql STABLE AS $$
BEGIN
    IF NOT is_own_node(of_node) THEN
        RAISE EXCEPTION 'role % is not that of node %', session_user, of_node USING ERRCODE = 'insufficient_privilege';
    END IF;
END $$;

-- A cluster that the node has, is to have, or has turned down.
CREATE OR REPLACE FUNCTION hold_to_own_cluster(of_cluster text) RETURNS void
LANGUAGE plpgsql STABLE AS $$
BEGIN
    IF session_user NOT LIKE 'stoker\_node\_%' OR EXISTS (
        SELECT FROM nodes n
        WHERE n.role_name = session_user
          AND (EXISTS (SELECT FROM workers w
                       WHERE w.node_id = n.node_id AND w.cluster_id = of_cluster AND w.state <> 'GONE')
               OR EXISTS (SELECT FROM worker_places p WHERE p.node_id = n.node_id AND p.cluster_id = of_cluster)
               OR EXISTS (SELECT FROM unfit_nodes u WHERE u.node_id = n.node_id AND u.cluster_id = of_cluster)))
    THEN
        RETURN;
    END IF;
    RAISE EXCEPTION 'the node of role % has no part in cluster %', session_user, of_cluster
        USING ERRCODE = 'insufficient_privilege';
END $$;

-- Whether the node runs something as this user, or is to: for others it reads nothing.
CREATE OR REPLACE FUNCTION serves_user(of_user text) RETURNS boolean
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN session_user NOT LIKE 'stoker\_node\_%' OR EXISTS (
        SELECT FROM nodes n
        WHERE n.role_name = session_user
          AND (EXISTS (SELECT FROM clusters c JOIN workers w ON w.cluster_id = c.cluster_id
                       WHERE w.node_id = n.node_id AND w.state <> 'GONE' AND c.run_as_user_name = of_user)
               OR EXISTS (SELECT FROM clusters c JOIN worker_places p ON p.cluster_id = c.cluster_id
                          WHERE p.node_id = n.node_id AND c.run_as_user_name = of_user)
               OR EXISTS (SELECT FROM workers w
                          JOIN task_queue q ON q.worker_id = w.worker_id AND q.lease_token IS NOT NULL
                          JOIN runs r ON r.run_id = q.job_run_id
                          WHERE w.node_id = n.node_id AND w.state <> 'GONE' AND r.run_as_user_name = of_user)));
END $$;

CREATE OR REPLACE FUNCTION is_own_worker(of_worker text) RETURNS boolean
LANGUAGE plpgsql STABLE AS $$
BEGIN
    IF session_user NOT LIKE 'stoker\_node\_%' THEN
        RETURN true;
    END IF;
    RETURN coalesce((SELECT is_own_node(w.node_id) FROM workers w WHERE w.worker_id = of_worker), false);
END $$;

CREATE OR REPLACE FUNCTION hold_to_own_worker(of_worker text) RETURNS void
LANGUAGE plpgsql STABLE AS $$
BEGIN
    IF NOT is_own_worker(of_worker) THEN
        RAISE EXCEPTION 'worker % is not of the node of role %', of_worker, session_user USING ERRCODE = 'insufficient_privilege';
    END IF;
END $$;

-- OPEN, CORDONED (no new workers) or DRAINING (its workers leave, too, once their runs have ended). Returns the clusters that have to
-- look for other nodes; NULL: there is no such node.
CREATE OR REPLACE FUNCTION set_node_placement(of_node text, new_placement text) RETURNS text[]
LANGUAGE plpgsql AS $$
DECLARE
    touched text[];
BEGIN
    UPDATE nodes n SET placement = new_placement WHERE n.node_id = of_node AND n.state = 'ALIVE';
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    touched := ARRAY(
        SELECT c.cluster_id FROM clusters c
        WHERE c.state IN ('PENDING', 'RUNNING')
          AND (c.cluster_id IN (SELECT w.cluster_id FROM workers w WHERE w.node_id = of_node AND w.state <> 'GONE')
               OR c.cluster_id IN (SELECT p.cluster_id FROM worker_places p WHERE p.node_id = of_node)
               OR c.state = 'PENDING')
        ORDER BY c.cluster_id
        FOR NO KEY UPDATE);
    IF new_placement = 'DRAINING' THEN
        UPDATE workers w SET state = 'DRAINING' WHERE w.node_id = of_node AND w.state IN ('STARTING', 'READY');
    END IF;
    RETURN touched;
END $$;

-- A machine with an unused token becomes the node of that name, with a role that sees what stoker_worker sees. Only the
-- database's owner makes roles. JOINED, TOKEN_UNKNOWN, or NAME_TAKEN: the caller rolls back, and the token is as good as before.
CREATE OR REPLACE FUNCTION join_node(
    used_token bytea, joining_node text, node_host text, new_role text, verifier text) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    before record;
BEGIN
    IF new_role NOT LIKE 'stoker\_node\_%' OR verifier NOT LIKE 'SCRAM-SHA-256$%' THEN
        RAISE EXCEPTION 'not the role of a node, or no verifier of a password' USING ERRCODE = 'invalid_parameter_value';
    END IF;
    DELETE FROM join_tokens t WHERE t.token_hash = used_token AND t.expires_at > clock_timestamp();
    IF NOT FOUND THEN
        RETURN 'TOKEN_UNKNOWN';
    END IF;
    SELECT n.state, n.role_name, n.heartbeat_at INTO before FROM nodes n WHERE n.node_id = joining_node FOR UPDATE;
    IF before.state = 'ALIVE'
       AND (before.role_name IS NULL OR before.heartbeat_at > clock_timestamp() - interval '30 seconds')
    THEN
        RETURN 'NAME_TAKEN';
    END IF;
    PERFORM drop_node_role(before.role_name);
    EXECUTE format('CREATE ROLE %I LOGIN IN ROLE stoker_worker PASSWORD %L', new_role, verifier);
    EXECUTE format('ALTER ROLE %I SET jit = off', new_role);
    -- A node that vanishes in the middle of a transaction holds what it has locked until its session ends.
    EXECUTE format('ALTER ROLE %I SET idle_in_transaction_session_timeout = ''15s''', new_role);
    EXECUTE format('ALTER ROLE %I SET tcp_user_timeout = ''15s''', new_role);
    EXECUTE format('ALTER ROLE %I SET tcp_keepalives_idle = 10', new_role);
    EXECUTE format('ALTER ROLE %I SET tcp_keepalives_interval = 5', new_role);
    -- Given workers from its first word on, not from here.
    INSERT INTO nodes (node_id, host, provider, state, cores, memory_mb, role_name, heartbeat_at)
    VALUES (joining_node, node_host, 'local', 'ALIVE', 0, 0, new_role, clock_timestamp() - interval '1 hour')
    ON CONFLICT (node_id) DO UPDATE
    SET host = excluded.host, state = 'ALIVE', placement = 'OPEN', role_name = excluded.role_name,
        heartbeat_at = excluded.heartbeat_at;
    RETURN 'JOINED';
END $$;

CREATE OR REPLACE FUNCTION drop_node_role(dropped_role text) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles r WHERE r.rolname = dropped_role) THEN
        RETURN;
    END IF;
    EXECUTE format('GRANT %I TO %I', dropped_role, current_user);   -- an owner who is no superuser ends sessions of its own roles only
    PERFORM pg_terminate_backend(a.pid) FROM pg_stat_activity a WHERE a.usename = dropped_role;
    EXECUTE format('DROP ROLE %I', dropped_role);
END $$;

-- From the commit on the node can begin no session. What its workers run is given up when their leases end, which they know, too.
-- REMOVED, UNKNOWN, or NOT_JOINED: it has no role of its own that could be taken away.
CREATE OR REPLACE FUNCTION lock_node_out(removed_node text) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    before record;
BEGIN
    SELECT n.role_name, n.state INTO before FROM nodes n
    WHERE n.node_id = removed_node AND (n.state = 'ALIVE' OR n.role_name IS NOT NULL)
    FOR UPDATE;
    IF NOT FOUND THEN
        RETURN 'UNKNOWN';
    ELSIF before.role_name IS NULL THEN
        RETURN 'NOT_JOINED';
    END IF;
    EXECUTE format('ALTER ROLE %I NOLOGIN', before.role_name);
    UPDATE nodes n SET state = 'GONE' WHERE n.node_id = removed_node;
    DELETE FROM worker_places p WHERE p.node_id = removed_node;
    RETURN 'REMOVED';
END $$;

-- After that commit, so that no session begins meanwhile.
CREATE OR REPLACE FUNCTION end_node_role(removed_node text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM drop_node_role(n.role_name) FROM nodes n WHERE n.node_id = removed_node AND n.state = 'GONE';
    UPDATE nodes n SET role_name = NULL WHERE n.node_id = removed_node AND n.state = 'GONE';
END $$;
