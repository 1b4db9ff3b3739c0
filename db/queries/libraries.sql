-- name: read_library_file
SELECT read_library_file($1, $2) AS content
