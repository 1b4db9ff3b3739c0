-- Workers of one cluster find their Spark master here, in no other way: none of them may be reached before.

-- true: nobody of this generation wanted it before.
CREATE OR REPLACE FUNCTION want_spark_master(asking_worker text) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO spark_masters AS m (cluster_id, generation, secret)
    SELECT w.cluster_id, w.generation, gen_random_uuid()::text || gen_random_uuid()::text
    FROM workers w WHERE w.worker_id = asking_worker AND is_own_node(w.node_id)
    ON CONFLICT (cluster_id) DO UPDATE
    SET generation = excluded.generation, secret = excluded.secret, master_url = ''
    WHERE m.generation < excluded.generation;
    RETURN FOUND;
END $$;

CREATE OR REPLACE FUNCTION spark_master_of(asking_worker text) RETURNS TABLE (secret text, master_url text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT m.secret, m.master_url
    FROM workers w JOIN spark_masters m ON m.cluster_id = w.cluster_id AND m.generation = w.generation
    WHERE w.worker_id = asking_worker AND is_own_node(w.node_id)
$$;

CREATE OR REPLACE FUNCTION spark_master_is_at(head_worker text, url text) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    UPDATE spark_masters m SET master_url = url
    FROM workers w
    WHERE w.worker_id = head_worker AND w.is_head AND is_own_node(w.node_id) AND m.cluster_id = w.cluster_id AND m.generation = w.generation
$$;
