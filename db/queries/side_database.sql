-- name: side_role_statement
-- Creates the login role $1 with the password $2, or sets the password of the one there is.
SELECT format(CASE WHEN EXISTS (SELECT FROM pg_roles WHERE rolname = $1)
                   THEN 'ALTER ROLE %I LOGIN PASSWORD %L' ELSE 'CREATE ROLE %I LOGIN PASSWORD %L' END, $1::text, $2::text);

-- name: side_database_statement
-- No row when the database $1 is there already.
SELECT format('CREATE DATABASE %I OWNER %I', $1::text, $2::text)
WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = $1);

-- name: close_database_statement
-- Keeps roles out of the database $1 that were not let in by name.
SELECT format('REVOKE CONNECT ON DATABASE %I FROM PUBLIC', $1::text);
