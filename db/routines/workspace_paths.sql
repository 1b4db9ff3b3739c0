-- The stored form of a workspace path: without the optional /Workspace.
CREATE OR REPLACE FUNCTION workspace_path(path text) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN path LIKE '/Workspace/%' THEN substr(path, 11) ELSE path END
$$;

-- What api/http/authorize says of reading a workspace path, for what is read when nobody asks the API any more: notebooks
-- that a run calls, libraries of a cluster that starts.
CREATE OR REPLACE FUNCTION may_read_path(reader text, path text) RETURNS boolean
LANGUAGE sql STABLE AS $$
    SELECT path LIKE '/Shared/%' OR starts_with(path, '/Users/' || reader || '/')
        OR EXISTS (SELECT FROM users WHERE user_name = reader AND is_admin)
$$;
