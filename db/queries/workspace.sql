-- name: find_object
SELECT object_id, path, object_type, language, format, creator_user_name, created_at, modified_at,
       coalesce(octet_length(content), 0) AS size
FROM workspace_objects WHERE path = $1

-- name: read_content
SELECT content FROM workspace_objects WHERE object_id = $1::bigint AND content IS NOT NULL

-- name: list_objects
SELECT object_id, path, object_type, language, format, creator_user_name, created_at, modified_at,
       coalesce(octet_length(content), 0) AS size
FROM workspace_objects WHERE parent = $1 AND path <> '/' ORDER BY path

-- name: put_object
INSERT INTO workspace_objects (path, parent, object_type, language, format, content, creator_user_name, created_at,
                               modified_at)
VALUES ($1, $2, $3, $4, $5, $6::bytea, $7, $8, $9)
ON CONFLICT (path) DO UPDATE
SET object_type = excluded.object_type, language = excluded.language, format = excluded.format, content = excluded.content,
    modified_at = excluded.modified_at
RETURNING object_id

-- name: make_directories
INSERT INTO workspace_objects (path, parent, object_type, creator_user_name, created_at, modified_at)
SELECT d.path, d.parent, 'DIRECTORY', $3, $4, $4
FROM unnest($1::text[], $2::text[]) AS d (path, parent)
ON CONFLICT (path) DO NOTHING

-- name: directory_in_the_way
SELECT path FROM workspace_objects WHERE path = ANY ($1::text[]) AND object_type <> 'DIRECTORY'

-- name: has_children
SELECT EXISTS (SELECT FROM workspace_objects WHERE parent = $1 AND path <> '/') AS found

-- name: delete_tree
WITH RECURSIVE tree AS (
    SELECT path FROM workspace_objects WHERE path = $1
    UNION
    SELECT o.path FROM workspace_objects o JOIN tree ON o.parent = tree.path
)
DELETE FROM workspace_objects o USING tree WHERE o.path = tree.path
