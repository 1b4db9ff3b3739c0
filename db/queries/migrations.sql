-- name: lock_migrations
SELECT set_config('client_min_messages', 'warning', true), pg_advisory_xact_lock(7310582)

-- name: create_migration_tables
CREATE TABLE IF NOT EXISTS schema_migrations (
    version    integer PRIMARY KEY,
    name       text NOT NULL,
    checksum   text NOT NULL,                 -- SHA-256 of the file
    applied_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE IF NOT EXISTS schema_routines (
    name       text PRIMARY KEY,
    checksum   text NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now()
);

-- name: applied_migrations
SELECT version, name, checksum FROM schema_migrations ORDER BY version

-- name: record_migration
INSERT INTO schema_migrations (version, name, checksum) VALUES ($1::integer, $2, $3)

-- name: applied_routines
SELECT name, checksum FROM schema_routines

-- name: record_routine
INSERT INTO schema_routines (name, checksum) VALUES ($1, $2)
ON CONFLICT (name) DO UPDATE SET checksum = excluded.checksum, applied_at = now()

-- name: create_roles
DO $$
DECLARE
    role text;
BEGIN
    FOREACH role IN ARRAY ARRAY['stoker_server', 'stoker_worker'] LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = role) THEN
            BEGIN
                EXECUTE format('CREATE ROLE %I LOGIN', role);
                EXECUTE format('ALTER ROLE %I SET jit = off', role);
            EXCEPTION WHEN duplicate_object OR unique_violation THEN
                NULL;   -- another database of this server is being migrated
            END;
        END IF;
    END LOOP;
END $$;

-- name: grant_rights
DO $$
BEGIN
    EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database());
    EXECUTE format('GRANT CONNECT ON DATABASE %I TO stoker_server, stoker_worker', current_database());
END $$;
REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO stoker_server, stoker_worker;
REVOKE ALL ON ALL TABLES IN SCHEMA public FROM PUBLIC, stoker_worker;
REVOKE ALL ON ALL SEQUENCES IN SCHEMA public FROM PUBLIC, stoker_worker;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA public FROM PUBLIC, stoker_worker;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO stoker_server;
REVOKE INSERT, UPDATE, DELETE ON schema_migrations, schema_routines FROM stoker_server;
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO stoker_server;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA public TO stoker_server;
GRANT EXECUTE ON FUNCTION
    claim_task_runs, begin_task_runs, heartbeat, finish_task_runs, release_task_runs, begin_workflow_run, rescue_worker,
    register_node, clusters_to_serve, register_worker, worker_is_ready, worker_is_gone, cluster_is_down, cluster_failed,
    set_cluster_message, add_cluster_event, read_library_file, set_task_value, get_task_value,
    git_access, pin_git_commit, add_live_outputs, libraries_are, libraries_failed, libraries_are_installed,
    want_spark_master, spark_master_of, spark_master_is_at, init_script_failed, logs_were_delivered, pools_to_keep,
    register_pool_instance, pool_instance_is_ready, pool_instance_is_gone, take_pool_place, take_spark_pages,
    answer_spark_page, turn_down_workers, cluster_waits
TO stoker_worker;

-- name: set_role_password
SELECT format('ALTER ROLE %I PASSWORD %L', $1::text, $2::text) AS statement
