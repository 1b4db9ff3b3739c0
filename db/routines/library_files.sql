-- What a library of a cluster or task, or an init script, may name in the workspace, read for the identity that the cluster runs as.
-- Notebooks are no libraries.
CREATE OR REPLACE FUNCTION read_library_file(reader text, file_path text) RETURNS bytea
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT o.content FROM workspace_objects o
    WHERE o.path = file_path AND o.object_type = 'FILE'
      AND (o.path LIKE '%.whl' OR o.path LIKE '%.jar' OR o.path LIKE '%.txt' OR o.path LIKE '%.sh')
      AND may_read_path(reader, o.path) AND serves_user(reader)
$$;
