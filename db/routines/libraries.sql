-- Libraries of clusters. Wanted are those of clusters.libraries; what became of them in the present generation stands in
-- cluster_libraries. One that is not wanted any more stays until the next generation, since runs may use it.

CREATE OR REPLACE FUNCTION library_statuses_of(of_cluster clusters)
RETURNS TABLE (library jsonb, status text, message text)
LANGUAGE sql STABLE AS $$
    SELECT wanted.library,
           CASE WHEN told.status = 'FAILED' OR of_cluster.state IN ('PENDING', 'RUNNING')
                THEN coalesce(told.status, 'PENDING') ELSE 'PENDING' END,
           coalesce(told.message, '')
    FROM jsonb_array_elements(of_cluster.libraries) WITH ORDINALITY AS wanted(library, place)
    LEFT JOIN cluster_libraries told ON told.cluster_id = of_cluster.cluster_id
        AND told.generation = of_cluster.generation AND told.library = wanted.library
    UNION ALL
    SELECT told.library, 'UNINSTALL_ON_RESTART', ''
    FROM cluster_libraries told
    WHERE told.cluster_id = of_cluster.cluster_id AND told.generation = of_cluster.generation
      AND told.status = 'INSTALLED' AND of_cluster.state = 'RUNNING'
      AND told.library NOT IN (SELECT jsonb_array_elements(of_cluster.libraries))
$$;

-- What a node makes the environment and the jars of. One that has failed is left out until it is asked for again.
CREATE OR REPLACE FUNCTION libraries_to_install(of_cluster clusters) RETURNS jsonb
LANGUAGE sql STABLE AS $$
    SELECT coalesce(jsonb_agg(l.library), '[]') FROM library_statuses_of(of_cluster) l WHERE l.status <> 'FAILED'
$$;

CREATE OR REPLACE FUNCTION tell_of_libraries(
    of_cluster text, of_generation bigint, told_libraries jsonb, new_status text, new_message text) RETURNS integer
LANGUAGE plpgsql AS $$
DECLARE
    changed integer;
BEGIN
    -- What is installed stays so for its generation, whatever others do to the attempt to add to it.
    INSERT INTO cluster_libraries AS told (cluster_id, library, generation, status, message)
    SELECT c.cluster_id, one.library, of_generation, new_status, new_message
    FROM clusters c CROSS JOIN LATERAL (SELECT DISTINCT jsonb_array_elements(told_libraries)) AS one(library)
    WHERE c.cluster_id = of_cluster AND c.generation = of_generation
    ORDER BY md5(one.library::text)
    ON CONFLICT (cluster_id, md5(library::text)) DO UPDATE
    SET generation = excluded.generation, status = excluded.status, message = excluded.message
    WHERE told.generation < excluded.generation OR told.status NOT IN ('INSTALLED', new_status);
    GET DIAGNOSTICS changed = ROW_COUNT;
    RETURN changed;
END $$;

-- RESOLVING or INSTALLING.
CREATE OR REPLACE FUNCTION libraries_are(
    of_cluster text, of_generation bigint, told_libraries jsonb, new_status text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM hold_to_own_cluster(of_cluster);
    PERFORM tell_of_libraries(of_cluster, of_generation, told_libraries, new_status, '');
END $$;

-- The guilty one, or all that are not installed when it is none of those. false: there was none to blame.
CREATE OR REPLACE FUNCTION libraries_failed(
    of_cluster text, of_generation bigint, guilty jsonb, why text) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM hold_to_own_cluster(of_cluster);
    IF tell_of_libraries(of_cluster, of_generation, guilty, 'FAILED', why) > 0 THEN
        RETURN true;
    END IF;
    RETURN tell_of_libraries(of_cluster, of_generation, (SELECT c.libraries FROM clusters c WHERE c.cluster_id = of_cluster),
                             'FAILED', why) > 0;
END $$;

-- Runs that begin on the worker from here on find these. INSTALLED is what all workers of the generation have.
CREATE OR REPLACE FUNCTION libraries_are_installed(on_worker text, installed jsonb) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    worker record;
BEGIN
    PERFORM hold_to_own_worker(on_worker);
    PERFORM lock_cluster_of(on_worker);   -- two last workers must not look past each other
    UPDATE workers w SET libraries = installed
    WHERE w.worker_id = on_worker AND w.state = 'READY'
    RETURNING w.cluster_id, w.generation INTO worker;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    PERFORM tell_of_libraries(
        worker.cluster_id, worker.generation,
        (SELECT coalesce(jsonb_agg(one), '[]') FROM jsonb_array_elements(installed) AS one
         WHERE NOT EXISTS (SELECT FROM workers w
                           WHERE w.cluster_id = worker.cluster_id AND w.generation = worker.generation
                             AND w.state = 'READY' AND one NOT IN (SELECT jsonb_array_elements(w.libraries)))),
        'INSTALLED', '');
END $$;
