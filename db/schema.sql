
CREATE TYPE public.run_changes AS (
	ended_runs bigint[],
	ready_clusters text[],
	changed_clusters text[]
);

CREATE FUNCTION public.active_runs() RETURNS SETOF bigint
    LANGUAGE sql STABLE
    AS ...

CREATE FUNCTION public.add_cluster_event(told_cluster text, event_type text, event_details jsonb, event_time bigint) RETURNS void
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS ...

CREATE FUNCTION public.add_live_outputs(outputs jsonb) RETURNS bigint[]
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS ...

CREATE FUNCTION public.admit_next_runs(job_ids bigint[], OUT ready_clusters text[], OUT changed_clusters text[], OUT ended_task_runs bigint[]) RETURNS record
    LANGUAGE plpgsql
    AS ...

CREATE FUNCTION public.admit_queued_runs(job_ids bigint[]) RETURNS public.run_changes
    LANGUAGE plpgsql
    AS ...

CREATE FUNCTION public.admit_runs(run_ids bigint[], OUT ready_clusters text[], OUT changed_clusters text[], OUT ended_task_runs bigint[]) RETURNS record
    LANGUAGE plpgsql
    AS ...

CREATE FUNCTION public.advance_iterations(ended_task_runs bigint[]) RETURNS public.run_changes
    LANGUAGE plpgsql
    AS ...

CREATE FUNCTION public.advance_tasks(ended_task_runs bigint[]) RETURNS public.run_changes
    LANGUAGE plpgsql
    AS ...

CREATE FUNCTION public.ancestor_jobs(of_run_id bigint) RETURNS bigint[]
    LANGUAGE sql STABLE
    AS ...

CREATE FUNCTION public.answer_spark_page(answering_worker text, of_request bigint, made text) RETURNS void
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS ...

CREATE FUNCTION public.ask_to_cancel(task_run_ids bigint[]) RETURNS bigint[]
    LANGUAGE plpgsql
    AS ...

CREATE FUNCTION public.begin_for_each(for_each_run bigint, for_each_inputs jsonb, for_each_concurrency integer) RETURNS public.run_changes
    LANGUAGE plpgsql
    AS ...

CREATE FUNCTION public.begin_task_runs(leases jsonb) RETURNS bigint[]
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    SET plan_cache_mode TO 'force_generic_plan'
    SET enable_hashjoin TO 'off'
    SET enable_mergejoin TO 'off'
    SET enable_seqscan TO 'off'
    SET enable_bitmapscan TO 'off'
    SET jit TO 'off'
    AS ...

CREATE FUNCTION public.begin_workflow_run(calling_run_id bigint, calling_token uuid, notebook_path text, arguments jsonb, run_timeout_seconds integer, lease_seconds integer) RETURNS TABLE(run_id bigint, job_run_id bigint, job_id bigint, task_key text, attempt_number integer, lease_token uuid, definition text, overriding_parameters text, job_parameters text, job_tags text, run_as_user_name text, kernel_token text, timeout_seconds integer, job_start_time bigint, reference_values text, git_source text, git_commit text, source_path text, source_object_type text, source_content bytea, source_format text, source_language text)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    SET plan_cache_mode TO 'force_generic_plan'
    SET enable_hashjoin TO 'off'
    SET enable_mergejoin TO 'off'
    SET enable_seqscan TO 'off'
    SET enable_bitmapscan TO 'off'
    SET jit TO 'off'
    AS ...

CREATE FUNCTION public.cancel_run(id bigint, OUT changes public.run_changes, OUT cancelled bigint[]) RETURNS record
    LANGUAGE plpgsql
    AS ...

CREATE FUNCTION public.cancelled_outcomes(task_run_ids bigint[]) RETURNS jsonb
    LANGUAGE sql STABLE
    AS ...

CREATE FUNCTION public.change_places(job_ids bigint[], counts integer[], queue_at bigint[]) RETURNS void
    LANGUAGE plpgsql
    AS ...

CREATE FUNCTION public.claim_task_runs(claiming_worker text, max_runs integer, lease_seconds integer) RETURNS TABLE(run_id bigint, job_run_id bigint, job_id bigint, task_key text, attempt_number integer, lease_token uuid, definition text, overriding_parameters text, job_parameters text, job_tags text, run_as_user_name text, kernel_token text, timeout_seconds integer, job_start_time bigint, reference_values text, git_source text, git_commit text, source_path text, source_object_type text, source_content bytea, source_format text, source_language text)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    SET plan_cache_mode TO 'force_generic_plan'
    SET enable_hashjoin TO 'off'
    SET enable_mergejoin TO 'off'
    SET enable_seqscan TO 'off'
    SET enable_bitmapscan TO 'off'
    SET jit TO 'off'
    AS ...

CREATE FUNCTION public.cluster_failed(failed_cluster text, message text, code text) RETURNS public.run_changes
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS ...

CREATE FUNCTION public.cluster_is_down(down_cluster text) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS ...

CREATE TABLE public.clusters (
    cluster_id text NOT NULL,
    cluster_name text NOT NULL,
    spec jsonb NOT NULL,
    libraries jsonb DEFAULT '[]'::jsonb NOT NULL,
    state text NOT NULL,
    state_message text DEFAULT ''::text NOT NULL,
    termination_reason jsonb,
    cluster_source text NOT NULL,
    creator_user_name text NOT NULL,
    run_as_user_name text NOT NULL,
    num_workers integer DEFAULT 0 NOT NULL,
    autotermination_minutes integer DEFAULT 0 NOT NULL,
    generation bigint DEFAULT 1 NOT NULL,
    job_run_id bigint,
    job_cluster_key text,
    start_time bigint NOT NULL,
    last_restarted_time bigint DEFAULT 0 NOT NULL,
    terminated_time bigint DEFAULT 0 NOT NULL,
    last_activity_time bigint DEFAULT 0 NOT NULL,
    deleted boolean DEFAULT false NOT NULL,
    serverless_key text,
    pinned_by_user_name text,
    resized_from integer,
    times_grown integer DEFAULT 0 NOT NULL,
    times_shrunk integer DEFAULT 0 NOT NULL,
    cluster_log_status jsonb,
    waits_for text DEFAULT ''::text NOT NULL,
    CONSTRAINT clusters_cluster_source_check CHECK ((cluster_source = ANY (ARRAY['UI'::text, 'API'::text, 'JOB'::text]))),
    CONSTRAINT clusters_state_check CHECK ((state = ANY (ARRAY['PENDING'::text, 'RUNNING'::text, 'RESTARTING'::text, 'TERMINATING'::text, 'TERMINATED'::text, 'ERROR'::text])))
)
WITH (fillfactor='70');

CREATE FUNCTION public.cluster_of(of_cluster_id text) RETURNS SETOF public.clusters
    LANGUAGE sql STABLE
    AS ...

CREATE FUNCTION public.cluster_waits(waiting_cluster text, of_generation bigint, waiting_workers text[], what text) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS ...

CREATE FUNCTION public.clusters_to_serve(serving_node text) RETURNS TABLE(cluster_id text, cluster_name text, spec text, libraries text, state text, state_message text, termination_reason text, cluster_source text, creator_user_name text, run_as_user_name text, num_workers integer, autotermination_minutes integer, generation bigint, start_time bigint, last_restarted_time bigint, terminated_time bigint, last_activity_time bigint, workers jsonb, head_placed boolean, workers_placed integer, head_node text)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS ...

CREATE FUNCTION public.clusters_with_ready_work(OUT ready_clusters text[], OUT changed_clusters text[]) RETURNS record
    LANGUAGE plpgsql
    SET enable_seqscan TO 'off'
    AS ...

CREATE FUNCTION public.conclude_for_each(for_each_run bigint) RETURNS public.run_changes
    LANGUAGE plpgsql
    AS ...

CREATE FUNCTION public.conclude_resize(of_cluster text) RETURNS void
    LANGUAGE plpgsql
    AS ...

CREATE FUNCTION public.conclude_task_runs(outcomes jsonb) RETURNS public.run_changes
    LANGUAGE plpgsql
    AS ...

CREATE FUNCTION public.control_outcome(task_run bigint, result text, message text) RETURNS jsonb
    LANGUAGE sql IMMUTABLE
    AS ...

CREATE FUNCTION public.drop_node_role(dropped_role text) RETURNS void
    LANGUAGE plpgsql
    AS ...

CREATE FUNCTION public.end_finished_runs(ended_task_runs bigint[], OUT ended bigint[], OUT freed_jobs bigint[], OUT for_scheduler boolean) RETURNS record
    LANGUAGE plpgsql
    AS ...

CREATE FUNCTION public.end_job_clusters(run_ids bigint[]) RETURNS text[]
    LANGUAGE plpgsql
    AS ...

CREATE FUNCTION public.end_node_role(removed_node text) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS ...

CREATE FUNCTION public.end_runs_early(run_ids bigint[], how text, OUT changes public.run_changes, OUT cancelled bigint[]) RETURNS record
    LANGUAGE plpgsql
    AS ...

CREATE FUNCTION public.end_unplaced_task_runs(task_run_ids bigint[]) RETURNS bigint[]
    LANGUAGE plpgsql
    AS ...

CREATE FUNCTION public.end_waiting_task_runs(task_run_ids bigint[], how text) RETURNS bigint[]
    LANGUAGE plpgsql
    AS ...

CREATE FUNCTION public.ended_child_runs(max_tasks integer) RETURNS TABLE(run_id bigint, child_run_id bigint, result_state text, state_message text)
    LANGUAGE sql STABLE
    AS ...

CREATE FUNCTION public.enqueue_runs(requests jsonb) RETURNS TABLE(outcome text, run_id bigint, life_cycle_state text, ready_clusters text[], started_clusters text[])
    LANGUAGE plpgsql
    SET plan_cache_mode TO 'force_generic_plan'
    SET enable_hashjoin TO 'off'
    SET enable_mergejoin TO 'off'
    SET enable_seqscan TO 'off'
    SET enable_bitmapscan TO 'off'
    SET jit TO 'off'
    AS ...

CREATE FUNCTION public.epoch_millis() RETURNS bigint
    LANGUAGE sql
    AS ...

CREATE FUNCTION public.error_of_run(of_run_id bigint, result_state text) RETURNS text
    LANGUAGE plpgsql STABLE
    AS ...

CREATE FUNCTION public.event_of_end(result_state text) RETURNS text
    LANGUAGE sql IMMUTABLE
    AS ...

CREATE FUNCTION public.failed_outcomes(task_run_ids bigint[], message text, code text, type text, retryable boolean) RETURNS jsonb
    LANGUAGE sql STABLE
    AS ...

CREATE FUNCTION public.finish_control_tasks(outcomes jsonb) RETURNS public.run_changes
    LANGUAGE plpgsql
    AS ...

CREATE FUNCTION public.finish_task_runs(outcomes jsonb, results text[], errors text[], error_traces text[], logs text[], notebooks text[], OUT held boolean[], OUT changes public.run_changes) RETURNS record
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    SET plan_cache_mode TO 'force_generic_plan'
    SET enable_hashjoin TO 'off'
    SET enable_mergejoin TO 'off'
    SET enable_seqscan TO 'off'
    SET enable_bitmapscan TO 'off'
    SET jit TO 'off'
    AS ...

CREATE TABLE public.runs (
    run_id bigint NOT NULL,
    job_id bigint NOT NULL,
    job_version integer NOT NULL,
    run_name text NOT NULL,
    run_type text NOT NULL,
    trigger text DEFAULT 'ONE_TIME'::text NOT NULL,
    creator_user_name text NOT NULL,
    run_as_user_name text NOT NULL,
    life_cycle_state text NOT NULL,
    result_state text,
    state_message text DEFAULT ''::text NOT NULL,
    queue_reason text,
    termination_code text,
    termination_type text,
    user_cancelled_or_timedout boolean DEFAULT false NOT NULL,
    start_time bigint NOT NULL,
    end_time bigint DEFAULT 0 NOT NULL,
    queue_duration bigint DEFAULT 0 NOT NULL,
    overriding_parameters jsonb,
    job_parameters jsonb,
    parent_run_id bigint,
    task_count integer NOT NULL,
    unfinished_tasks integer NOT NULL,
    ending_as text,
    deadline_at timestamp with time zone,
    revision integer DEFAULT 1 NOT NULL,
    kernel_token text,
    deleted boolean DEFAULT false NOT NULL,
    trigger_info jsonb,
    git_commit text,
    repair_id bigint,
    repaired_time bigint DEFAULT 0 NOT NULL,
    earlier_duration bigint DEFAULT 0 NOT NULL,
    CONSTRAINT runs_ending_as_check CHECK ((ending_as = ANY (ARRAY['CANCELED'::text, 'TIMEDOUT'::text]))),
    CONSTRAINT runs_run_type_check CHECK ((run_type = ANY (ARRAY['JOB_RUN'::text, 'SUBMIT_RUN'::text, 'WORKFLOW_RUN'::text])))
)
WITH (fillfactor='80');

CREATE FUNCTION public.first_queued_run_of(of_job_id bigint) RETURNS SETOF public.runs
    LANGUAGE sql STABLE
    AS ...

CREATE FUNCTION public.for_each_stats(for_each_run bigint) RETURNS jsonb
    LANGUAGE sql STABLE
    AS ...

CREATE FUNCTION public.get_task_value(getting_run_id bigint, getting_token uuid, of_task_key text, value_key text) RETURNS text
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS ...

CREATE FUNCTION public.git_access(reading_run_id bigint, reading_token uuid) RETURNS TABLE(git_commit text, user_name text, credential_id bigint, git_username text, git_email text, sealed_token text)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    SET plan_cache_mode TO 'force_generic_plan'
    SET enable_hashjoin TO 'off'
    SET enable_mergejoin TO 'off'
    SET enable_seqscan TO 'off'
    SET enable_bitmapscan TO 'off'
    SET jit TO 'off'
    AS ...

CREATE FUNCTION public.give_back_task_runs(task_run_ids bigint[]) RETURNS public.run_changes
    LANGUAGE plpgsql
    AS ...

CREATE FUNCTION public.give_clusters(task_run_ids bigint[]) RETURNS text[]
    LANGUAGE plpgsql
    AS ...

CREATE FUNCTION public.give_serverless_clusters(task_run_ids bigint[]) RETURNS text[]
    LANGUAGE plpgsql
    AS ...

CREATE FUNCTION public.heartbeat(beating_worker text, leases jsonb, lease_seconds integer, OUT lost bigint[], OUT cancelled bigint[], OUT stop boolean) RETURNS record
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    SET plan_cache_mode TO 'force_generic_plan'
    SET enable_hashjoin TO 'off'
    SET enable_mergejoin TO 'off'
    SET enable_seqscan TO 'off'
    SET enable_bitmapscan TO 'off'
    SET jit TO 'off'
    AS ...

CREATE FUNCTION public.hold_to_own_cluster(of_cluster text) RETURNS void
    LANGUAGE plpgsql STABLE
    AS ...

CREATE FUNCTION public.hold_to_own_node(of_node text) RETURNS void
    LANGUAGE plpgsql STABLE
    AS ...

CREATE FUNCTION public.hold_to_own_worker(of_worker text) RETURNS void
    LANGUAGE plpgsql STABLE
    AS ...

CREATE TABLE public.idempotency_tokens (
    creator_user_name text NOT NULL,
    idempotency_token text NOT NULL,
    run_id bigint NOT NULL
);

CREATE FUNCTION public.idempotency_token_of(of_user text, of_token text) RETURNS SETOF public.idempotency_tokens
    LANGUAGE sql STABLE
    AS ...

CREATE FUNCTION public.init_script_failed(failed_worker text, message text) RETURNS public.run_changes
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS ...

CREATE FUNCTION public.is_control(task_type text) RETURNS boolean
    LANGUAGE sql IMMUTABLE
    AS ...

CREATE FUNCTION public.is_muted(settings jsonb, life_cycle_state text, result_state text, is_address boolean) RETURNS boolean
    LANGUAGE sql IMMUTABLE
    AS ...

CREATE FUNCTION public.is_own_node(of_node text) RETURNS boolean
    LANGUAGE plpgsql STABLE
    AS ...

CREATE FUNCTION public.is_own_worker(of_worker text) RETURNS boolean
    LANGUAGE plpgsql STABLE
    AS ...

CREATE FUNCTION public.is_set(settings jsonb, path text[]) RETURNS boolean
    LANGUAGE sql IMMUTABLE
    AS ...

CREATE FUNCTION public.is_silent(worker_heard_at timestamp with time zone, of_node text) RETURNS boolean
    LANGUAGE sql STABLE
    AS ...

CREATE FUNCTION public.is_terminal(life_cycle_state text) RETURNS boolean
    LANGUAGE sql IMMUTABLE
    AS ...

CREATE FUNCTION public.items_of(settings jsonb, path text[]) RETURNS SETOF jsonb
    LANGUAGE sql IMMUTABLE
    AS ...

CREATE SEQUENCE public.job_ids
    START WITH 101
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;

CREATE TABLE public.jobs (
    job_id bigint DEFAULT nextval('public.job_ids'::regclass) NOT NULL,
    job_version integer DEFAULT 1 NOT NULL,
    name text NOT NULL,
    creator_user_name text NOT NULL,
    run_as_user_name text NOT NULL,
    created_time bigint NOT NULL,
    kind text NOT NULL,
    format text NOT NULL,
    max_concurrent_runs integer DEFAULT 1 NOT NULL,
    queue_enabled boolean DEFAULT false NOT NULL,
    timeout_seconds integer DEFAULT 0 NOT NULL,
    priority smallint DEFAULT 0 NOT NULL,
    deleted boolean DEFAULT false NOT NULL,
    notifies boolean DEFAULT false NOT NULL,
    continuous boolean DEFAULT false NOT NULL,
    CONSTRAINT jobs_format_check CHECK ((format = ANY (ARRAY['SINGLE_TASK'::text, 'MULTI_TASK'::text]))),
    CONSTRAINT jobs_kind_check CHECK ((kind = ANY (ARRAY['JOB'::text, 'SUBMIT'::text, 'WORKFLOW'::text])))
);

CREATE FUNCTION public.job_of(of_job_id bigint) RETURNS SETOF public.jobs
    LANGUAGE sql STABLE
    AS ...

CREATE FUNCTION public.job_owner(of_job_id bigint, creator text) RETURNS text
    LANGUAGE sql STABLE
    AS ...

CREATE FUNCTION public.job_permission_level(of_user text, of_job_id bigint) RETURNS text
    LANGUAGE sql STABLE
    AS ...

CREATE TABLE public.job_tasks (
    job_id bigint NOT NULL,
    job_version integer NOT NULL,
    "position" integer NOT NULL,
    task_key text NOT NULL,
    definition jsonb NOT NULL,
    depends_on text[] DEFAULT '{}'::text[] NOT NULL,
    dependants integer[] DEFAULT '{}'::integer[] NOT NULL,
    max_retries integer DEFAULT 0 NOT NULL,
    min_retry_interval_millis bigint DEFAULT 0 NOT NULL,
    retry_on_timeout boolean DEFAULT false NOT NULL,
    timeout_seconds integer DEFAULT 0 NOT NULL,
    existing_cluster_id text,
    job_cluster_key text,
    new_cluster jsonb,
    libraries jsonb DEFAULT '[]'::jsonb NOT NULL,
    task_type text DEFAULT 'notebook_task'::text NOT NULL,
    run_if text DEFAULT 'ALL_SUCCESS'::text NOT NULL,
    upstreams integer[] DEFAULT '{}'::integer[] NOT NULL,
    outcomes text[] DEFAULT '{}'::text[] NOT NULL,
    nested_in integer,
    disabled boolean DEFAULT false NOT NULL,
    serverless boolean DEFAULT false NOT NULL,
    source_path text,
    has_references boolean DEFAULT false NOT NULL
);

CREATE FUNCTION public.job_task_of(of_job_id bigint, of_version integer, of_position integer) RETURNS SETOF public.job_tasks
    LANGUAGE sql STABLE
    AS ...

CREATE FUNCTION public.job_tasks_of(of_job_id bigint, of_version integer) RETURNS SETOF public.job_tasks
    LANGUAGE sql STABLE
    AS ...

CREATE TABLE public.job_versions (
    job_id bigint NOT NULL,
    job_version integer NOT NULL,
    settings jsonb NOT NULL
);

CREATE FUNCTION public.job_version_of(of_job_id bigint, of_version integer) RETURNS SETOF public.job_versions
    LANGUAGE sql STABLE
    AS ...

CREATE FUNCTION public.jobs_with_room_for_queued_runs() RETURNS bigint[]
    LANGUAGE sql STABLE
    SET enable_seqscan TO 'off'
    AS ...

CREATE FUNCTION public.join_node(used_token bytea, joining_node text, node_host text, new_role text, verifier text) RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS ...

CREATE FUNCTION public.late_control_tasks(max_tasks integer) RETURNS bigint[]
    LANGUAGE sql STABLE
    AS ...

CREATE TABLE public.notifications (
    notification_id bigint NOT NULL,
    delivery_id uuid DEFAULT gen_random_uuid() NOT NULL,
    job_run_id bigint NOT NULL,
    repair_id bigint DEFAULT 0 NOT NULL,
    task_run_id bigint,
    event text NOT NULL,
    destination_id text,
    address text,
    life_cycle_state text NOT NULL,
    result_state text,
    state_message text DEFAULT ''::text NOT NULL,
    error text,
    created_time bigint NOT NULL,
    state text DEFAULT 'PENDING'::text NOT NULL,
    tries integer DEFAULT 0 NOT NULL,
    next_time bigint DEFAULT 0 NOT NULL,
    last_error text,
    delivered_time bigint DEFAULT 0 NOT NULL,
    CONSTRAINT notifications_check CHECK (((destination_id IS NOT NULL) OR (address IS NOT NULL))),
    CONSTRAINT notifications_event_check CHECK ((event = ANY (ARRAY['on_start'::text, 'on_success'::text, 'on_failure'::text, 'on_duration_warning_threshold_exceeded'::text]))),
    CONSTRAINT notifications_state_check CHECK ((state = ANY (ARRAY['PENDING'::text, 'DELIVERED'::text, 'FAILED'::text])))
)
WITH (fillfactor='80');

CREATE FUNCTION public.lease_notification(at_time bigint, until bigint, busy text[], emails boolean) RETURNS SETOF public.notifications
    LANGUAGE plpgsql
    SET enable_seqscan TO 'off'
    AS ...

CREATE FUNCTION public.libraries_are(of_cluster text, of_generation bigint, told_libraries jsonb, new_status text) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS ...

CREATE FUNCTION public.libraries_are_installed(on_worker text, installed jsonb) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS ...

CREATE FUNCTION public.libraries_failed(of_cluster text, of_generation bigint, guilty jsonb, why text) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS ...

CREATE FUNCTION public.libraries_of_job_cluster(of_job_id bigint, of_version integer, of_key text) RETURNS jsonb
    LANGUAGE sql STABLE
    AS ...

CREATE FUNCTION public.libraries_to_install(of_cluster public.clusters) RETURNS jsonb
    LANGUAGE sql STABLE
    AS ...

CREATE FUNCTION public.library_statuses_of(of_cluster public.clusters) RETURNS TABLE(library jsonb, status text, message text)
    LANGUAGE sql STABLE
    AS ...

CREATE FUNCTION public.list_job_ids(filter jsonb) RETURNS TABLE(job_id bigint, created_time bigint)
    LANGUAGE plpgsql STABLE
    AS ...

CREATE FUNCTION public.list_run_ids(filter jsonb) RETURNS TABLE(run_id bigint, start_time bigint)
    LANGUAGE plpgsql STABLE
    AS ...

CREATE FUNCTION public.lock_cluster_of(of_worker text) RETURNS void
    LANGUAGE sql
    AS ...

CREATE FUNCTION public.lock_leases(leases jsonb) RETURNS bigint[]
    LANGUAGE plpgsql
    AS ...

CREATE FUNCTION public.lock_node_out(removed_node text) RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS ...

CREATE FUNCTION public.lock_runs_of(task_runs jsonb) RETURNS void
    LANGUAGE plpgsql
    AS ...

CREATE FUNCTION public.logs_were_delivered(of_cluster text, trouble text) RETURNS void
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS ...

CREATE FUNCTION public.may_read_path(reader text, path text) RETURNS boolean
    LANGUAGE sql STABLE
    AS ...

CREATE FUNCTION public.may_run_job(of_user text, of_job_id bigint) RETURNS boolean
    LANGUAGE sql STABLE
    AS ...

CREATE FUNCTION public.may_take_workers(state text, placement text, heartbeat_at timestamp with time zone) RETURNS boolean
    LANGUAGE sql STABLE
    AS ...

CREATE FUNCTION public.merge_changes(a public.run_changes, b public.run_changes) RETURNS public.run_changes
    LANGUAGE plpgsql IMMUTABLE
    AS ...

CREATE FUNCTION public.missing_workers() RETURNS TABLE(cluster_id text, generation bigint, is_head boolean, missing bigint)
    LANGUAGE sql STABLE
    AS ...

CREATE FUNCTION public.node_for_worker(of_cluster text, of_generation bigint) RETURNS text
    LANGUAGE sql STABLE
    AS ...

CREATE FUNCTION public.nodes_of_cluster(of_cluster text, of_generation bigint) RETURNS jsonb
    LANGUAGE sql STABLE
    AS ...

CREATE FUNCTION public.notifying(task_run_ids bigint[]) RETURNS bigint[]
    LANGUAGE plpgsql STABLE
    AS ...

CREATE FUNCTION public.pin_cluster(pinned_cluster text, user_name text, most integer, now_millis bigint) RETURNS boolean
    LANGUAGE plpgsql
    AS ...

CREATE FUNCTION public.pin_git_commit(pinning_run_id bigint, pinning_token uuid, found_commit text) RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    SET plan_cache_mode TO 'force_generic_plan'
    SET enable_hashjoin TO 'off'
    SET enable_mergejoin TO 'off'
    SET enable_seqscan TO 'off'
    SET enable_bitmapscan TO 'off'
    SET jit TO 'off'
    AS ...

CREATE FUNCTION public.place_workers(asking_node text) RETURNS void
    LANGUAGE plpgsql
    AS ...

CREATE TABLE public.job_places (
    job_id bigint NOT NULL,
    seq bigint NOT NULL,
    changes integer DEFAULT 0 NOT NULL,
    active_runs integer DEFAULT 0 NOT NULL,
    turn bigint DEFAULT 0 NOT NULL
)
WITH (fillfactor='50');

CREATE FUNCTION public.places_of_job(of_job_id bigint) RETURNS SETOF public.job_places
    LANGUAGE sql STABLE
    AS ...

CREATE FUNCTION public.pool_counts(of_pool text, OUT used integer, OUT pending_used integer, OUT idle integer, OUT pending_idle integer) RETURNS record
    LANGUAGE sql STABLE
    AS ...

CREATE FUNCTION public.pool_instance_is_gone(gone_worker text) RETURNS void
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS ...

CREATE FUNCTION public.pool_instance_is_ready(ready_worker text) RETURNS void
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS ...

CREATE FUNCTION public.pool_of(cluster_spec jsonb, is_head boolean) RETURNS text
    LANGUAGE sql IMMUTABLE
    AS ...

CREATE FUNCTION public.pools_to_keep(keeping_node text) RETURNS TABLE(instance_pool_id text, spec text, to_start integer, to_end text[], idle text[])
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS ...

CREATE FUNCTION public.queue_task_runs(task_run_ids bigint[], not_before timestamp with time zone, newly_admitted boolean, OUT ready_clusters text[], OUT changed_clusters text[], OUT ended_task_runs bigint[]) RETURNS record
    LANGUAGE plpgsql
    AS ...

CREATE FUNCTION public.queue_turn_of_job(of_job_id bigint) RETURNS bigint
    LANGUAGE plpgsql STABLE
    AS ...

CREATE FUNCTION public.read_library_file(reader text, file_path text) RETURNS bytea
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS ...

CREATE FUNCTION public.recipients_of(settings jsonb, event text) RETURNS TABLE(destination_id text, address text)
    LANGUAGE sql STABLE
    AS ...

CREATE SEQUENCE public.run_ids
    START WITH 1001
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;

CREATE TABLE public.task_runs (
    run_id bigint DEFAULT nextval('public.run_ids'::regclass) NOT NULL,
    job_run_id bigint NOT NULL,
    job_id bigint NOT NULL,
    job_version integer NOT NULL,
    "position" integer NOT NULL,
    task_key text NOT NULL,
    attempt_number integer DEFAULT 0 NOT NULL,
    original_attempt_run_id bigint NOT NULL,
    uncounted_losses smallint DEFAULT 0 NOT NULL,
    cluster_id text,
    worker_id text,
    life_cycle_state text NOT NULL,
    unfinished_upstreams integer DEFAULT 0 NOT NULL,
    result_state text,
    state_message text DEFAULT ''::text NOT NULL,
    termination_code text,
    termination_type text,
    user_cancelled_or_timedout boolean DEFAULT false NOT NULL,
    start_time bigint DEFAULT 0 NOT NULL,
    setup_duration bigint DEFAULT 0 NOT NULL,
    execution_duration bigint DEFAULT 0 NOT NULL,
    cleanup_duration bigint DEFAULT 0 NOT NULL,
    end_time bigint DEFAULT 0 NOT NULL,
    is_last_attempt boolean DEFAULT true NOT NULL,
    repair_id bigint,
    for_each_run_id bigint,
    iteration integer,
    input jsonb,
    outcome text
)
WITH (fillfactor='70');

CREATE FUNCTION public.reference_values(t public.task_runs, r public.runs, jt public.job_tasks) RETURNS jsonb
    LANGUAGE plpgsql STABLE
    AS ...

CREATE FUNCTION public.register_node(joining_node text, node_host text, node_provider text, node_cores integer, node_memory_mb bigint, node_gpus integer, node_labels jsonb, kept_workers text[]) RETURNS public.run_changes
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS ...

CREATE FUNCTION public.register_pool_instance(new_worker text, of_pool text, on_node text, follows boolean) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS ...

CREATE FUNCTION public.register_worker(new_worker text, worker_cluster text, worker_node text, worker_generation bigint, head boolean, worker_slots integer, worker_cores integer, worker_memory_mb bigint) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS ...

CREATE FUNCTION public.release_task_runs(leases jsonb) RETURNS public.run_changes
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    SET plan_cache_mode TO 'force_generic_plan'
    SET enable_hashjoin TO 'off'
    SET enable_mergejoin TO 'off'
    SET enable_seqscan TO 'off'
    SET enable_bitmapscan TO 'off'
    SET jit TO 'off'
    AS ...

CREATE FUNCTION public.repair_run(repaired_run bigint, rerun_tasks text[], all_failed boolean, with_dependents boolean, latest_repair bigint, new_overriding_parameters jsonb, new_job_parameters jsonb, new_kernel_token text, OUT outcome text, OUT new_repair_id bigint, OUT wrong_task text, OUT changes public.run_changes) RETURNS record
    LANGUAGE plpgsql
    AS ...

CREATE FUNCTION public.rescue_expired_leases(max_leases integer) RETURNS public.run_changes
    LANGUAGE plpgsql
    AS ...

CREATE FUNCTION public.rescue_task_runs(task_run_ids bigint[], dead_worker text, why text) RETURNS public.run_changes
    LANGUAGE plpgsql
    AS ...

CREATE FUNCTION public.rescue_worker(dead_worker text, why text) RETURNS public.run_changes
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS ...

CREATE FUNCTION public.resize_cluster(of_cluster text, target_num_workers integer, new_size jsonb, cause text, user_name text, message text) RETURNS boolean
    LANGUAGE plpgsql
    AS ...

CREATE FUNCTION public.result_of_graph(of_job_run_id bigint) RETURNS text
    LANGUAGE plpgsql STABLE
    AS ...

CREATE FUNCTION public.room_for_warm_workers(on_node text) RETURNS integer
    LANGUAGE sql STABLE
    AS ...

CREATE FUNCTION public.run_if_result(run_if text, succeeded bigint, failed bigint, canceled bigint, excluded bigint, not_taken bigint) RETURNS text
    LANGUAGE sql IMMUTABLE
    AS ...

CREATE FUNCTION public.run_message(of_run bigint, life_cycle_state text, state_message text) RETURNS text
    LANGUAGE plpgsql STABLE
    AS ...

CREATE FUNCTION public.run_of(of_run_id bigint) RETURNS SETOF public.runs
    LANGUAGE sql STABLE
    AS ...

CREATE FUNCTION public.serverless_uses(task_run_ids bigint[]) RETURNS TABLE(run_id bigint, run_as_user_name text, new_cluster jsonb, libraries jsonb, key text)
    LANGUAGE sql STABLE
    AS ...

CREATE FUNCTION public.serves_user(of_user text) RETURNS boolean
    LANGUAGE plpgsql STABLE
    AS ...

CREATE FUNCTION public.set_cluster_message(told_cluster text, message text) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS ...

CREATE FUNCTION public.set_node_placement(of_node text, new_placement text) RETURNS text[]
    LANGUAGE plpgsql
    AS ...

CREATE FUNCTION public.set_task_value(setting_run_id bigint, setting_token uuid, value_key text, task_value text) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS ...

CREATE FUNCTION public.settings_of(j public.jobs, with_tasks boolean) RETURNS jsonb
    LANGUAGE sql STABLE
    AS ...

CREATE FUNCTION public.settle_runs(ended_task_runs bigint[]) RETURNS public.run_changes
    LANGUAGE plpgsql
    AS ...

CREATE FUNCTION public.shown_cluster_state(state text, resized_from integer) RETURNS text
    LANGUAGE sql IMMUTABLE
    AS ...

CREATE FUNCTION public.spark_master_is_at(head_worker text, url text) RETURNS void
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS ...

CREATE FUNCTION public.spark_master_of(asking_worker text) RETURNS TABLE(secret text, master_url text)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS ...

CREATE FUNCTION public.start_clusters(cluster_ids text[], user_name text) RETURNS text[]
    LANGUAGE plpgsql
    AS ...

CREATE FUNCTION public.start_iterations(for_each_run bigint) RETURNS public.run_changes
    LANGUAGE plpgsql
    AS ...

CREATE FUNCTION public.take_control_tasks(max_tasks integer) RETURNS TABLE(run_id bigint, job_run_id bigint, job_id bigint, task_key text, task_type text, definition text, overriding_parameters text, job_parameters text, reference_values text, run_as_user_name text, ancestor_jobs bigint[])
    LANGUAGE plpgsql
    AS ...

CREATE FUNCTION public.take_pool_place(of_pool text, for_worker text, OUT exists_pool boolean, OUT why_not text) RETURNS record
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS ...

CREATE FUNCTION public.take_spark_pages(asked_worker text) RETURNS TABLE(request_id bigint, target text, base text)
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS ...

CREATE FUNCTION public.task_run_message(of_task_run bigint, of_cluster text, life_cycle_state text, state_message text) RETURNS text
    LANGUAGE sql STABLE
    AS ...

CREATE FUNCTION public.task_run_of(of_run_id bigint) RETURNS SETOF public.task_runs
    LANGUAGE sql STABLE
    AS ...

CREATE FUNCTION public.task_runs_of(of_job_run_id bigint) RETURNS SETOF public.task_runs
    LANGUAGE sql STABLE
    AS ...

CREATE FUNCTION public.tell_of_ended_runs(run_ids bigint[]) RETURNS void
    LANGUAGE plpgsql
    AS ...

CREATE FUNCTION public.tell_of_ended_task_runs(task_run_ids bigint[]) RETURNS void
    LANGUAGE plpgsql
    AS ...

CREATE FUNCTION public.tell_of_libraries(of_cluster text, of_generation bigint, told_libraries jsonb, new_status text, new_message text) RETURNS integer
    LANGUAGE plpgsql
    AS ...

CREATE FUNCTION public.tell_of_long_runs(at_time bigint, max_warnings integer) RETURNS integer
    LANGUAGE plpgsql
    SET enable_seqscan TO 'off'
    AS ...

CREATE FUNCTION public.tell_of_started(task_run_ids bigint[]) RETURNS void
    LANGUAGE plpgsql
    AS ...

CREATE FUNCTION public.time_out_runs(max_runs integer, OUT changes public.run_changes, OUT cancelled bigint[]) RETURNS record
    LANGUAGE plpgsql
    AS ...

CREATE FUNCTION public.try_again(tries jsonb) RETURNS public.run_changes
    LANGUAGE plpgsql
    AS ...

CREATE FUNCTION public.turn_down_workers(unfit_node text, of_cluster text, of_generation bigint, why text) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS ...

CREATE FUNCTION public.upstream_class(result_state text, outcome text, wanted_outcome text) RETURNS text
    LANGUAGE sql IMMUTABLE
    AS ...

CREATE FUNCTION public.upstreams_of(t public.task_runs, jt public.job_tasks, is_repaired boolean) RETURNS TABLE(result_state text, outcome text, wanted_outcome text)
    LANGUAGE plpgsql STABLE
    AS ...

CREATE FUNCTION public.visible_jobs(user_name text) RETURNS SETOF bigint
    LANGUAGE sql STABLE
    AS ...

CREATE FUNCTION public.void_places() RETURNS SETOF bigint
    LANGUAGE sql STABLE
    AS ...

CREATE FUNCTION public.waiting_message(of_task_run bigint, of_cluster text) RETURNS text
    LANGUAGE plpgsql STABLE
    AS ...

CREATE FUNCTION public.waiting_text(ready_at timestamp with time zone, cluster_name text, cluster_state text, cluster_message text, obstacle text) RETURNS text
    LANGUAGE plpgsql STABLE
    AS ...

CREATE FUNCTION public.want_spark_master(asking_worker text) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS ...

CREATE FUNCTION public.warned_duration_millis(settings jsonb) RETURNS bigint
    LANGUAGE sql STABLE
    AS ...

CREATE FUNCTION public.why_without_place(of_cluster text) RETURNS text
    LANGUAGE plpgsql STABLE
    AS ...

CREATE FUNCTION public.with_type_of_pool(cluster_spec jsonb) RETURNS jsonb
    LANGUAGE sql STABLE
    AS ...

CREATE FUNCTION public.worker_is_gone(gone_worker text) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS ...

CREATE FUNCTION public.worker_is_ready(ready_worker text, worker_isolation jsonb) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS ...

CREATE TABLE public.workspace_objects (
    object_id bigint NOT NULL,
    path text NOT NULL,
    parent text NOT NULL,
    object_type text NOT NULL,
    language text,
    format text,
    content bytea,
    creator_user_name text NOT NULL,
    created_at bigint NOT NULL,
    modified_at bigint NOT NULL,
    CONSTRAINT workspace_objects_object_type_check CHECK ((object_type = ANY (ARRAY['NOTEBOOK'::text, 'DIRECTORY'::text, 'FILE'::text])))
);

CREATE FUNCTION public.workspace_object_of(of_path text) RETURNS SETOF public.workspace_objects
    LANGUAGE sql STABLE
    AS ...

CREATE FUNCTION public.workspace_path(path text) RETURNS text
    LANGUAGE sql IMMUTABLE
    AS ...

CREATE TABLE public.cluster_events (
    event_id bigint NOT NULL,
    cluster_id text NOT NULL,
    "timestamp" bigint NOT NULL,
    type text NOT NULL,
    details jsonb DEFAULT '{}'::jsonb NOT NULL
);

ALTER TABLE public.cluster_events ALTER COLUMN event_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.cluster_events_event_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.cluster_libraries (
    cluster_id text NOT NULL,
    library jsonb NOT NULL,
    generation bigint NOT NULL,
    status text NOT NULL,
    message text DEFAULT ''::text NOT NULL,
    CONSTRAINT cluster_libraries_status_check CHECK ((status = ANY (ARRAY['RESOLVING'::text, 'INSTALLING'::text, 'INSTALLED'::text, 'FAILED'::text])))
);

CREATE TABLE public.cluster_policies (
    policy_id text NOT NULL,
    name text NOT NULL,
    definition text NOT NULL,
    description text DEFAULT ''::text NOT NULL,
    libraries jsonb DEFAULT '[]'::jsonb NOT NULL,
    max_clusters_per_user bigint,
    creator_user_name text NOT NULL,
    created_at_timestamp bigint NOT NULL
);

CREATE TABLE public.dbfs_handles (
    handle bigint NOT NULL,
    user_name text NOT NULL,
    path text NOT NULL,
    overwrite boolean NOT NULL,
    file_name text NOT NULL,
    last_used timestamp with time zone DEFAULT clock_timestamp() NOT NULL
);

ALTER TABLE public.dbfs_handles ALTER COLUMN handle ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.dbfs_handles_handle_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.duration_warnings (
    run_id bigint NOT NULL,
    repair_id bigint DEFAULT 0 NOT NULL,
    job_run_id bigint NOT NULL,
    due_time bigint
);

CREATE TABLE public.for_each_runs (
    run_id bigint NOT NULL,
    inputs jsonb NOT NULL,
    concurrency integer NOT NULL,
    next_iteration integer DEFAULT 0 NOT NULL,
    active integer DEFAULT 0 NOT NULL,
    failed integer DEFAULT 0 NOT NULL
)
WITH (fillfactor='50');

CREATE SEQUENCE public.git_credential_ids
    START WITH 101
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;

CREATE TABLE public.git_credentials (
    credential_id bigint DEFAULT nextval('public.git_credential_ids'::regclass) NOT NULL,
    user_name text NOT NULL,
    git_provider text NOT NULL,
    git_username text,
    git_email text,
    name text,
    sealed_token text NOT NULL,
    is_default_for_provider boolean NOT NULL
);

CREATE TABLE public.instance_pools (
    instance_pool_id text NOT NULL,
    instance_pool_name text NOT NULL,
    spec jsonb NOT NULL,
    creator_user_name text NOT NULL,
    state text DEFAULT 'ACTIVE'::text NOT NULL,
    created_time bigint NOT NULL,
    CONSTRAINT instance_pools_state_check CHECK ((state = ANY (ARRAY['ACTIVE'::text, 'DELETED'::text])))
);

CREATE TABLE public.job_admission (
    job_id bigint NOT NULL
)
WITH (fillfactor='50');

CREATE TABLE public.job_triggers (
    job_id bigint NOT NULL,
    kind text NOT NULL,
    definition jsonb NOT NULL,
    paused boolean NOT NULL,
    next_time bigint,
    state jsonb DEFAULT '{}'::jsonb NOT NULL,
    CONSTRAINT job_triggers_kind_check CHECK ((kind = ANY (ARRAY['SCHEDULE'::text, 'PERIODIC'::text, 'FILE_ARRIVAL'::text, 'CONTINUOUS'::text])))
);

CREATE TABLE public.join_tokens (
    token_hash bytea NOT NULL,
    created_by text NOT NULL,
    expires_at timestamp with time zone NOT NULL
);

CREATE TABLE public.leases (
    name text NOT NULL,
    owner text NOT NULL,
    expires_at timestamp with time zone NOT NULL
);

CREATE UNLOGGED TABLE public.live_outputs (
    run_id bigint NOT NULL,
    seq bigint NOT NULL,
    cell integer NOT NULL,
    output integer NOT NULL,
    start bigint NOT NULL,
    kind text NOT NULL,
    content text NOT NULL
);

CREATE TABLE public.nodes (
    node_id text NOT NULL,
    host text NOT NULL,
    provider text NOT NULL,
    state text NOT NULL,
    cores integer NOT NULL,
    memory_mb bigint NOT NULL,
    heartbeat_at timestamp with time zone DEFAULT now() NOT NULL,
    placement text DEFAULT 'OPEN'::text NOT NULL,
    role_name text,
    gpus integer DEFAULT 0 NOT NULL,
    labels jsonb DEFAULT '{}'::jsonb NOT NULL,
    CONSTRAINT nodes_placement_check CHECK ((placement = ANY (ARRAY['OPEN'::text, 'CORDONED'::text, 'DRAINING'::text]))),
    CONSTRAINT nodes_state_check CHECK ((state = ANY (ARRAY['ALIVE'::text, 'GONE'::text])))
);

CREATE TABLE public.notification_destinations (
    destination_id text NOT NULL,
    display_name text NOT NULL,
    destination_type text NOT NULL,
    addresses text[] DEFAULT '{}'::text[] NOT NULL,
    secrets jsonb DEFAULT '{}'::jsonb NOT NULL,
    creator_user_name text NOT NULL,
    created_time bigint NOT NULL,
    CONSTRAINT notification_destinations_destination_type_check CHECK ((destination_type = ANY (ARRAY['EMAIL'::text, 'MICROSOFT_TEAMS'::text, 'PAGERDUTY'::text, 'SLACK'::text, 'WEBHOOK'::text])))
);

ALTER TABLE public.notifications ALTER COLUMN notification_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.notifications_notification_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.permissions (
    object_type text NOT NULL,
    object_id text NOT NULL,
    principal_kind text NOT NULL,
    principal text NOT NULL,
    permission_level text NOT NULL,
    CONSTRAINT permissions_object_type_check CHECK ((object_type = 'jobs'::text)),
    CONSTRAINT permissions_principal_kind_check CHECK ((principal_kind = ANY (ARRAY['user_name'::text, 'group_name'::text, 'service_principal_name'::text])))
);

CREATE TABLE public.pool_instances (
    worker_id text NOT NULL,
    instance_pool_id text NOT NULL,
    node_id text NOT NULL,
    state text DEFAULT 'STARTING'::text NOT NULL,
    idle_since timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT pool_instances_state_check CHECK ((state = ANY (ARRAY['STARTING'::text, 'IDLE'::text])))
);

CREATE TABLE public.queue_turns (
    cluster_id text NOT NULL,
    priority smallint NOT NULL,
    turn bigint DEFAULT 0 NOT NULL,
    next_turn bigint DEFAULT 0 NOT NULL,
    next_at timestamp with time zone DEFAULT now() NOT NULL
)
WITH (fillfactor='50');

CREATE SEQUENCE public.repair_ids
    START WITH 101
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;

CREATE TABLE public.repairs (
    run_id bigint NOT NULL,
    repair_id bigint NOT NULL,
    start_time bigint NOT NULL,
    end_time bigint DEFAULT 0 NOT NULL,
    life_cycle_state text,
    result_state text,
    state_message text DEFAULT ''::text NOT NULL,
    termination_code text,
    termination_type text,
    user_cancelled_or_timedout boolean DEFAULT false NOT NULL
);

CREATE TABLE public.schema_migrations (
    version integer NOT NULL,
    name text NOT NULL,
    checksum text NOT NULL,
    applied_at timestamp with time zone DEFAULT now() NOT NULL
);

CREATE TABLE public.schema_routines (
    name text NOT NULL,
    checksum text NOT NULL,
    applied_at timestamp with time zone DEFAULT now() NOT NULL
);

CREATE TABLE public.spark_masters (
    cluster_id text NOT NULL,
    generation bigint NOT NULL,
    secret text NOT NULL,
    master_url text DEFAULT ''::text NOT NULL
);

CREATE UNLOGGED TABLE public.spark_pages (
    request_id bigint NOT NULL,
    worker_id text NOT NULL,
    target text NOT NULL,
    base text NOT NULL,
    asked_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    taken boolean DEFAULT false NOT NULL,
    response text
);

ALTER TABLE public.spark_pages ALTER COLUMN request_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.spark_pages_request_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.task_outputs (
    run_id bigint NOT NULL,
    result text,
    truncated boolean DEFAULT false NOT NULL,
    error text,
    error_trace text,
    logs text,
    logs_truncated boolean DEFAULT false NOT NULL,
    notebook text,
    details jsonb
);

CREATE TABLE public.task_queue (
    run_id bigint NOT NULL,
    job_run_id bigint NOT NULL,
    cluster_id text NOT NULL,
    priority smallint DEFAULT 0 NOT NULL,
    turn bigint DEFAULT 0 NOT NULL,
    ready_at timestamp with time zone DEFAULT now() NOT NULL,
    lease_token uuid,
    lease_expires_at timestamp with time zone,
    worker_id text,
    begun boolean DEFAULT false NOT NULL,
    cancel_requested boolean DEFAULT false NOT NULL,
    notifies boolean DEFAULT false NOT NULL
)
WITH (fillfactor='70', autovacuum_vacuum_scale_factor='0.02', autovacuum_vacuum_threshold='500');

CREATE TABLE public.task_values (
    job_run_id bigint NOT NULL,
    task_key text NOT NULL,
    key text NOT NULL,
    value text NOT NULL
);

CREATE TABLE public.tokens (
    token_id text NOT NULL,
    token_hash bytea NOT NULL,
    user_name text NOT NULL,
    comment text DEFAULT ''::text NOT NULL,
    creation_time bigint NOT NULL,
    expiry_time bigint DEFAULT '-1'::integer NOT NULL
);

CREATE TABLE public.trigger_files (
    job_id bigint NOT NULL,
    path text NOT NULL
);

CREATE TABLE public.unfit_nodes (
    cluster_id text NOT NULL,
    generation bigint NOT NULL,
    node_id text NOT NULL,
    reason text NOT NULL
);

CREATE TABLE public.users (
    user_name text NOT NULL,
    user_id bigint NOT NULL,
    display_name text DEFAULT ''::text NOT NULL,
    active boolean DEFAULT true NOT NULL,
    is_admin boolean DEFAULT false NOT NULL,
    created_time bigint NOT NULL
);

ALTER TABLE public.users ALTER COLUMN user_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.users_user_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.worker_places (
    place_id bigint NOT NULL,
    cluster_id text NOT NULL,
    generation bigint NOT NULL,
    node_id text NOT NULL,
    is_head boolean NOT NULL
);

ALTER TABLE public.worker_places ALTER COLUMN place_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.worker_places_place_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.workers (
    worker_id text NOT NULL,
    cluster_id text NOT NULL,
    node_id text NOT NULL,
    generation bigint NOT NULL,
    is_head boolean NOT NULL,
    state text NOT NULL,
    slots integer NOT NULL,
    isolation jsonb DEFAULT '{}'::jsonb NOT NULL,
    heartbeat_at timestamp with time zone DEFAULT now() NOT NULL,
    started_at timestamp with time zone DEFAULT now() NOT NULL,
    libraries jsonb DEFAULT '[]'::jsonb NOT NULL,
    cores integer DEFAULT 1 NOT NULL,
    memory_mb bigint DEFAULT 0 NOT NULL,
    CONSTRAINT workers_state_check CHECK ((state = ANY (ARRAY['STARTING'::text, 'READY'::text, 'DRAINING'::text, 'GONE'::text])))
)
WITH (fillfactor='70');

ALTER TABLE public.workspace_objects ALTER COLUMN object_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.workspace_objects_object_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

ALTER TABLE ONLY public.cluster_events
    ADD CONSTRAINT cluster_events_pkey PRIMARY KEY (event_id);

ALTER TABLE ONLY public.cluster_policies
    ADD CONSTRAINT cluster_policies_name_key UNIQUE (name);

ALTER TABLE ONLY public.cluster_policies
    ADD CONSTRAINT cluster_policies_pkey PRIMARY KEY (policy_id);

ALTER TABLE ONLY public.clusters
    ADD CONSTRAINT clusters_pkey PRIMARY KEY (cluster_id);

ALTER TABLE ONLY public.dbfs_handles
    ADD CONSTRAINT dbfs_handles_pkey PRIMARY KEY (handle);

ALTER TABLE ONLY public.duration_warnings
    ADD CONSTRAINT duration_warnings_pkey PRIMARY KEY (run_id, repair_id);

ALTER TABLE ONLY public.for_each_runs
    ADD CONSTRAINT for_each_runs_pkey PRIMARY KEY (run_id);

ALTER TABLE ONLY public.git_credentials
    ADD CONSTRAINT git_credentials_pkey PRIMARY KEY (credential_id);

ALTER TABLE ONLY public.idempotency_tokens
    ADD CONSTRAINT idempotency_tokens_pkey PRIMARY KEY (creator_user_name, idempotency_token);

ALTER TABLE ONLY public.instance_pools
    ADD CONSTRAINT instance_pools_pkey PRIMARY KEY (instance_pool_id);

ALTER TABLE ONLY public.job_admission
    ADD CONSTRAINT job_admission_pkey PRIMARY KEY (job_id);

ALTER TABLE ONLY public.job_places
    ADD CONSTRAINT job_places_pkey PRIMARY KEY (job_id, seq);

ALTER TABLE ONLY public.job_tasks
    ADD CONSTRAINT job_tasks_job_id_job_version_task_key_key UNIQUE (job_id, job_version, task_key);

ALTER TABLE ONLY public.job_tasks
    ADD CONSTRAINT job_tasks_pkey PRIMARY KEY (job_id, job_version, "position");

ALTER TABLE ONLY public.job_triggers
    ADD CONSTRAINT job_triggers_pkey PRIMARY KEY (job_id);

ALTER TABLE ONLY public.job_versions
    ADD CONSTRAINT job_versions_pkey PRIMARY KEY (job_id, job_version);

ALTER TABLE ONLY public.jobs
    ADD CONSTRAINT jobs_pkey PRIMARY KEY (job_id);

ALTER TABLE ONLY public.join_tokens
    ADD CONSTRAINT join_tokens_pkey PRIMARY KEY (token_hash);

ALTER TABLE ONLY public.leases
    ADD CONSTRAINT leases_pkey PRIMARY KEY (name);

ALTER TABLE ONLY public.live_outputs
    ADD CONSTRAINT live_outputs_pkey PRIMARY KEY (run_id, seq);

ALTER TABLE ONLY public.nodes
    ADD CONSTRAINT nodes_pkey PRIMARY KEY (node_id);

ALTER TABLE ONLY public.nodes
    ADD CONSTRAINT nodes_role_name_key UNIQUE (role_name);

ALTER TABLE ONLY public.notification_destinations
    ADD CONSTRAINT notification_destinations_pkey PRIMARY KEY (destination_id);

ALTER TABLE ONLY public.notifications
    ADD CONSTRAINT notifications_pkey PRIMARY KEY (notification_id);

ALTER TABLE ONLY public.permissions
    ADD CONSTRAINT permissions_pkey PRIMARY KEY (object_type, object_id, principal_kind, principal);

ALTER TABLE ONLY public.pool_instances
    ADD CONSTRAINT pool_instances_pkey PRIMARY KEY (worker_id);

ALTER TABLE ONLY public.queue_turns
    ADD CONSTRAINT queue_turns_pkey PRIMARY KEY (cluster_id, priority);

ALTER TABLE ONLY public.repairs
    ADD CONSTRAINT repairs_pkey PRIMARY KEY (run_id, repair_id);

ALTER TABLE ONLY public.runs
    ADD CONSTRAINT runs_pkey PRIMARY KEY (run_id);

ALTER TABLE ONLY public.schema_migrations
    ADD CONSTRAINT schema_migrations_pkey PRIMARY KEY (version);

ALTER TABLE ONLY public.schema_routines
    ADD CONSTRAINT schema_routines_pkey PRIMARY KEY (name);

ALTER TABLE ONLY public.spark_masters
    ADD CONSTRAINT spark_masters_pkey PRIMARY KEY (cluster_id);

ALTER TABLE ONLY public.spark_pages
    ADD CONSTRAINT spark_pages_pkey PRIMARY KEY (request_id);

ALTER TABLE ONLY public.task_outputs
    ADD CONSTRAINT task_outputs_pkey PRIMARY KEY (run_id);

ALTER TABLE ONLY public.task_queue
    ADD CONSTRAINT task_queue_pkey PRIMARY KEY (run_id);

ALTER TABLE ONLY public.task_runs
    ADD CONSTRAINT task_runs_pkey PRIMARY KEY (run_id);

ALTER TABLE ONLY public.task_values
    ADD CONSTRAINT task_values_pkey PRIMARY KEY (job_run_id, task_key, key);

ALTER TABLE ONLY public.tokens
    ADD CONSTRAINT tokens_pkey PRIMARY KEY (token_id);

ALTER TABLE ONLY public.tokens
    ADD CONSTRAINT tokens_token_hash_key UNIQUE (token_hash);

ALTER TABLE ONLY public.trigger_files
    ADD CONSTRAINT trigger_files_pkey PRIMARY KEY (job_id, path);

ALTER TABLE ONLY public.unfit_nodes
    ADD CONSTRAINT unfit_nodes_pkey PRIMARY KEY (cluster_id, node_id);

ALTER TABLE ONLY public.users
    ADD CONSTRAINT users_pkey PRIMARY KEY (user_name);

ALTER TABLE ONLY public.users
    ADD CONSTRAINT users_user_id_key UNIQUE (user_id);

ALTER TABLE ONLY public.worker_places
    ADD CONSTRAINT worker_places_pkey PRIMARY KEY (place_id);

ALTER TABLE ONLY public.workers
    ADD CONSTRAINT workers_pkey PRIMARY KEY (worker_id);

ALTER TABLE ONLY public.workspace_objects
    ADD CONSTRAINT workspace_objects_path_key UNIQUE (path);

ALTER TABLE ONLY public.workspace_objects
    ADD CONSTRAINT workspace_objects_pkey PRIMARY KEY (object_id);

CREATE INDEX cluster_events_of ON public.cluster_events USING btree (cluster_id, "timestamp" DESC, event_id DESC);

CREATE UNIQUE INDEX cluster_libraries_key ON public.cluster_libraries USING btree (cluster_id, md5((library)::text));

CREATE INDEX clusters_live ON public.clusters USING btree (state) WHERE (state = ANY (ARRAY['PENDING'::text, 'RUNNING'::text, 'RESTARTING'::text, 'TERMINATING'::text]));

CREATE INDEX clusters_of_run ON public.clusters USING btree (job_run_id) WHERE (job_run_id IS NOT NULL);

CREATE UNIQUE INDEX clusters_serverless ON public.clusters USING btree (serverless_key) WHERE ((serverless_key IS NOT NULL) AND (NOT deleted));

CREATE INDEX dbfs_handles_idle ON public.dbfs_handles USING btree (last_used);

CREATE INDEX duration_warnings_due ON public.duration_warnings USING btree (due_time) WHERE (due_time IS NOT NULL);

CREATE INDEX duration_warnings_of_run ON public.duration_warnings USING btree (job_run_id);

CREATE UNIQUE INDEX git_credentials_default ON public.git_credentials USING btree (user_name, git_provider) WHERE is_default_for_provider;

CREATE INDEX git_credentials_of_user ON public.git_credentials USING btree (user_name, git_provider);

CREATE INDEX job_triggers_due ON public.job_triggers USING btree (next_time) WHERE ((next_time IS NOT NULL) AND (NOT paused));

CREATE INDEX jobs_by_name ON public.jobs USING btree (lower(name)) WHERE ((kind = 'JOB'::text) AND (NOT deleted));

CREATE INDEX jobs_listed ON public.jobs USING btree (created_time DESC, job_id DESC) WHERE ((kind = 'JOB'::text) AND (NOT deleted));

CREATE INDEX jobs_of_creator ON public.jobs USING btree (creator_user_name) WHERE ((kind = 'JOB'::text) AND (NOT deleted));

CREATE INDEX jobs_of_run_as ON public.jobs USING btree (run_as_user_name) WHERE ((kind = 'JOB'::text) AND (NOT deleted));

CREATE INDEX notification_destinations_listed ON public.notification_destinations USING btree (created_time, destination_id);

CREATE INDEX notifications_due ON public.notifications USING btree (next_time, notification_id) WHERE (state = 'PENDING'::text);

CREATE UNIQUE INDEX notifications_once ON public.notifications USING btree (job_run_id, repair_id, task_run_id, event, destination_id, address) NULLS NOT DISTINCT;

CREATE INDEX permissions_of_principal ON public.permissions USING btree (principal, object_type);

CREATE INDEX pool_instances_of_pool ON public.pool_instances USING btree (instance_pool_id);

CREATE INDEX runs_called ON public.runs USING btree (start_time DESC, run_id DESC) WHERE ((run_type = 'WORKFLOW_RUN'::text) AND (NOT deleted));

CREATE INDEX runs_listed ON public.runs USING btree (start_time DESC, run_id DESC) WHERE ((run_type <> 'WORKFLOW_RUN'::text) AND (NOT deleted));

CREATE INDEX runs_of_job ON public.runs USING btree (job_id, start_time DESC, run_id DESC);

CREATE INDEX runs_of_parent ON public.runs USING btree (parent_run_id) WHERE (parent_run_id IS NOT NULL);

CREATE INDEX runs_queued ON public.runs USING btree (job_id, run_id) WHERE (queue_reason IS NOT NULL);

CREATE INDEX runs_submitted ON public.runs USING btree (start_time DESC, run_id DESC) WHERE ((run_type = 'SUBMIT_RUN'::text) AND (NOT deleted));

CREATE INDEX runs_submitted_as ON public.runs USING btree (run_as_user_name, start_time DESC, run_id DESC) WHERE ((run_type = 'SUBMIT_RUN'::text) AND (NOT deleted));

CREATE INDEX runs_with_deadline ON public.runs USING btree (deadline_at) WHERE (deadline_at IS NOT NULL);

CREATE INDEX task_queue_leased ON public.task_queue USING btree (worker_id) WHERE (lease_token IS NOT NULL);

CREATE INDEX task_queue_ready ON public.task_queue USING btree (cluster_id, priority, turn, run_id) WHERE (lease_token IS NULL);

CREATE UNIQUE INDEX task_runs_of_for_each ON public.task_runs USING btree (for_each_run_id, iteration, attempt_number) WHERE (for_each_run_id IS NOT NULL);

CREATE INDEX task_runs_of_run ON public.task_runs USING btree (job_run_id, "position", attempt_number);

CREATE INDEX worker_places_of_cluster ON public.worker_places USING btree (cluster_id);

CREATE UNIQUE INDEX workers_head ON public.workers USING btree (cluster_id, generation) WHERE (is_head AND (state = ANY (ARRAY['STARTING'::text, 'READY'::text])));

CREATE INDEX workers_of_cluster ON public.workers USING btree (cluster_id) WHERE (state <> 'GONE'::text);

CREATE INDEX workers_of_node ON public.workers USING btree (node_id) WHERE (state <> 'GONE'::text);

CREATE INDEX workspace_objects_parent ON public.workspace_objects USING btree (parent, path);

ALTER TABLE ONLY public.cluster_events
    ADD CONSTRAINT cluster_events_cluster_id_fkey FOREIGN KEY (cluster_id) REFERENCES public.clusters(cluster_id) ON DELETE CASCADE;

ALTER TABLE ONLY public.cluster_libraries
    ADD CONSTRAINT cluster_libraries_cluster_id_fkey FOREIGN KEY (cluster_id) REFERENCES public.clusters(cluster_id) ON DELETE CASCADE;

ALTER TABLE ONLY public.git_credentials
    ADD CONSTRAINT git_credentials_user_name_fkey FOREIGN KEY (user_name) REFERENCES public.users(user_name);

ALTER TABLE ONLY public.job_admission
    ADD CONSTRAINT job_admission_job_id_fkey FOREIGN KEY (job_id) REFERENCES public.jobs(job_id) ON DELETE CASCADE;

ALTER TABLE ONLY public.job_places
    ADD CONSTRAINT job_places_job_id_fkey FOREIGN KEY (job_id) REFERENCES public.jobs(job_id) ON DELETE CASCADE;

ALTER TABLE ONLY public.job_tasks
    ADD CONSTRAINT job_tasks_job_id_fkey FOREIGN KEY (job_id) REFERENCES public.jobs(job_id) ON DELETE CASCADE;

ALTER TABLE ONLY public.job_triggers
    ADD CONSTRAINT job_triggers_job_id_fkey FOREIGN KEY (job_id) REFERENCES public.jobs(job_id) ON DELETE CASCADE;

ALTER TABLE ONLY public.job_versions
    ADD CONSTRAINT job_versions_job_id_fkey FOREIGN KEY (job_id) REFERENCES public.jobs(job_id) ON DELETE CASCADE;

ALTER TABLE ONLY public.pool_instances
    ADD CONSTRAINT pool_instances_instance_pool_id_fkey FOREIGN KEY (instance_pool_id) REFERENCES public.instance_pools(instance_pool_id) ON DELETE CASCADE;

ALTER TABLE ONLY public.pool_instances
    ADD CONSTRAINT pool_instances_node_id_fkey FOREIGN KEY (node_id) REFERENCES public.nodes(node_id) ON DELETE CASCADE;

ALTER TABLE ONLY public.spark_masters
    ADD CONSTRAINT spark_masters_cluster_id_fkey FOREIGN KEY (cluster_id) REFERENCES public.clusters(cluster_id) ON DELETE CASCADE;

ALTER TABLE ONLY public.tokens
    ADD CONSTRAINT tokens_user_name_fkey FOREIGN KEY (user_name) REFERENCES public.users(user_name);

ALTER TABLE ONLY public.trigger_files
    ADD CONSTRAINT trigger_files_job_id_fkey FOREIGN KEY (job_id) REFERENCES public.jobs(job_id) ON DELETE CASCADE;

ALTER TABLE ONLY public.unfit_nodes
    ADD CONSTRAINT unfit_nodes_cluster_id_fkey FOREIGN KEY (cluster_id) REFERENCES public.clusters(cluster_id) ON DELETE CASCADE;

ALTER TABLE ONLY public.unfit_nodes
    ADD CONSTRAINT unfit_nodes_node_id_fkey FOREIGN KEY (node_id) REFERENCES public.nodes(node_id) ON DELETE CASCADE;

ALTER TABLE ONLY public.worker_places
    ADD CONSTRAINT worker_places_cluster_id_fkey FOREIGN KEY (cluster_id) REFERENCES public.clusters(cluster_id) ON DELETE CASCADE;

ALTER TABLE ONLY public.worker_places
    ADD CONSTRAINT worker_places_node_id_fkey FOREIGN KEY (node_id) REFERENCES public.nodes(node_id) ON DELETE CASCADE;

ALTER TABLE ONLY public.workers
    ADD CONSTRAINT workers_cluster_id_fkey FOREIGN KEY (cluster_id) REFERENCES public.clusters(cluster_id) ON DELETE CASCADE;

ALTER TABLE ONLY public.workers
    ADD CONSTRAINT workers_node_id_fkey FOREIGN KEY (node_id) REFERENCES public.nodes(node_id);

REVOKE USAGE ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO stoker_server;
GRANT USAGE ON SCHEMA public TO stoker_worker;

REVOKE ALL ON FUNCTION public.active_runs() FROM PUBLIC;
GRANT ALL ON FUNCTION public.active_runs() TO stoker_server;

REVOKE ALL ON FUNCTION public.add_cluster_event(told_cluster text, event_type text, event_details jsonb, event_time bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION public.add_cluster_event(told_cluster text, event_type text, event_details jsonb, event_time bigint) TO stoker_server;
GRANT ALL ON FUNCTION public.add_cluster_event(told_cluster text, event_type text, event_details jsonb, event_time bigint) TO stoker_worker;

REVOKE ALL ON FUNCTION public.add_live_outputs(outputs jsonb) FROM PUBLIC;
GRANT ALL ON FUNCTION public.add_live_outputs(outputs jsonb) TO stoker_server;
GRANT ALL ON FUNCTION public.add_live_outputs(outputs jsonb) TO stoker_worker;

REVOKE ALL ON FUNCTION public.admit_next_runs(job_ids bigint[], OUT ready_clusters text[], OUT changed_clusters text[], OUT ended_task_runs bigint[]) FROM PUBLIC;
GRANT ALL ON FUNCTION public.admit_next_runs(job_ids bigint[], OUT ready_clusters text[], OUT changed_clusters text[], OUT ended_task_runs bigint[]) TO stoker_server;

REVOKE ALL ON FUNCTION public.admit_queued_runs(job_ids bigint[]) FROM PUBLIC;
GRANT ALL ON FUNCTION public.admit_queued_runs(job_ids bigint[]) TO stoker_server;

REVOKE ALL ON FUNCTION public.admit_runs(run_ids bigint[], OUT ready_clusters text[], OUT changed_clusters text[], OUT ended_task_runs bigint[]) FROM PUBLIC;
GRANT ALL ON FUNCTION public.admit_runs(run_ids bigint[], OUT ready_clusters text[], OUT changed_clusters text[], OUT ended_task_runs bigint[]) TO stoker_server;

REVOKE ALL ON FUNCTION public.advance_iterations(ended_task_runs bigint[]) FROM PUBLIC;
GRANT ALL ON FUNCTION public.advance_iterations(ended_task_runs bigint[]) TO stoker_server;

REVOKE ALL ON FUNCTION public.advance_tasks(ended_task_runs bigint[]) FROM PUBLIC;
GRANT ALL ON FUNCTION public.advance_tasks(ended_task_runs bigint[]) TO stoker_server;

REVOKE ALL ON FUNCTION public.ancestor_jobs(of_run_id bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION public.ancestor_jobs(of_run_id bigint) TO stoker_server;

REVOKE ALL ON FUNCTION public.answer_spark_page(answering_worker text, of_request bigint, made text) FROM PUBLIC;
GRANT ALL ON FUNCTION public.answer_spark_page(answering_worker text, of_request bigint, made text) TO stoker_server;
GRANT ALL ON FUNCTION public.answer_spark_page(answering_worker text, of_request bigint, made text) TO stoker_worker;

REVOKE ALL ON FUNCTION public.ask_to_cancel(task_run_ids bigint[]) FROM PUBLIC;
GRANT ALL ON FUNCTION public.ask_to_cancel(task_run_ids bigint[]) TO stoker_server;

REVOKE ALL ON FUNCTION public.begin_for_each(for_each_run bigint, for_each_inputs jsonb, for_each_concurrency integer) FROM PUBLIC;
GRANT ALL ON FUNCTION public.begin_for_each(for_each_run bigint, for_each_inputs jsonb, for_each_concurrency integer) TO stoker_server;

REVOKE ALL ON FUNCTION public.begin_task_runs(leases jsonb) FROM PUBLIC;
GRANT ALL ON FUNCTION public.begin_task_runs(leases jsonb) TO stoker_server;
GRANT ALL ON FUNCTION public.begin_task_runs(leases jsonb) TO stoker_worker;

REVOKE ALL ON FUNCTION public.begin_workflow_run(calling_run_id bigint, calling_token uuid, notebook_path text, arguments jsonb, run_timeout_seconds integer, lease_seconds integer) FROM PUBLIC;
GRANT ALL ON FUNCTION public.begin_workflow_run(calling_run_id bigint, calling_token uuid, notebook_path text, arguments jsonb, run_timeout_seconds integer, lease_seconds integer) TO stoker_server;
GRANT ALL ON FUNCTION public.begin_workflow_run(calling_run_id bigint, calling_token uuid, notebook_path text, arguments jsonb, run_timeout_seconds integer, lease_seconds integer) TO stoker_worker;

REVOKE ALL ON FUNCTION public.cancel_run(id bigint, OUT changes public.run_changes, OUT cancelled bigint[]) FROM PUBLIC;
GRANT ALL ON FUNCTION public.cancel_run(id bigint, OUT changes public.run_changes, OUT cancelled bigint[]) TO stoker_server;

REVOKE ALL ON FUNCTION public.cancelled_outcomes(task_run_ids bigint[]) FROM PUBLIC;
GRANT ALL ON FUNCTION public.cancelled_outcomes(task_run_ids bigint[]) TO stoker_server;

REVOKE ALL ON FUNCTION public.change_places(job_ids bigint[], counts integer[], queue_at bigint[]) FROM PUBLIC;
GRANT ALL ON FUNCTION public.change_places(job_ids bigint[], counts integer[], queue_at bigint[]) TO stoker_server;

REVOKE ALL ON FUNCTION public.claim_task_runs(claiming_worker text, max_runs integer, lease_seconds integer) FROM PUBLIC;
GRANT ALL ON FUNCTION public.claim_task_runs(claiming_worker text, max_runs integer, lease_seconds integer) TO stoker_server;
GRANT ALL ON FUNCTION public.claim_task_runs(claiming_worker text, max_runs integer, lease_seconds integer) TO stoker_worker;

REVOKE ALL ON FUNCTION public.cluster_failed(failed_cluster text, message text, code text) FROM PUBLIC;
GRANT ALL ON FUNCTION public.cluster_failed(failed_cluster text, message text, code text) TO stoker_server;
GRANT ALL ON FUNCTION public.cluster_failed(failed_cluster text, message text, code text) TO stoker_worker;

REVOKE ALL ON FUNCTION public.cluster_is_down(down_cluster text) FROM PUBLIC;
GRANT ALL ON FUNCTION public.cluster_is_down(down_cluster text) TO stoker_server;
GRANT ALL ON FUNCTION public.cluster_is_down(down_cluster text) TO stoker_worker;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.clusters TO stoker_server;

REVOKE ALL ON FUNCTION public.cluster_of(of_cluster_id text) FROM PUBLIC;
GRANT ALL ON FUNCTION public.cluster_of(of_cluster_id text) TO stoker_server;

REVOKE ALL ON FUNCTION public.cluster_waits(waiting_cluster text, of_generation bigint, waiting_workers text[], what text) FROM PUBLIC;
GRANT ALL ON FUNCTION public.cluster_waits(waiting_cluster text, of_generation bigint, waiting_workers text[], what text) TO stoker_server;
GRANT ALL ON FUNCTION public.cluster_waits(waiting_cluster text, of_generation bigint, waiting_workers text[], what text) TO stoker_worker;

REVOKE ALL ON FUNCTION public.clusters_to_serve(serving_node text) FROM PUBLIC;
GRANT ALL ON FUNCTION public.clusters_to_serve(serving_node text) TO stoker_server;
GRANT ALL ON FUNCTION public.clusters_to_serve(serving_node text) TO stoker_worker;

REVOKE ALL ON FUNCTION public.clusters_with_ready_work(OUT ready_clusters text[], OUT changed_clusters text[]) FROM PUBLIC;
GRANT ALL ON FUNCTION public.clusters_with_ready_work(OUT ready_clusters text[], OUT changed_clusters text[]) TO stoker_server;

REVOKE ALL ON FUNCTION public.conclude_for_each(for_each_run bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION public.conclude_for_each(for_each_run bigint) TO stoker_server;

REVOKE ALL ON FUNCTION public.conclude_resize(of_cluster text) FROM PUBLIC;
GRANT ALL ON FUNCTION public.conclude_resize(of_cluster text) TO stoker_server;

REVOKE ALL ON FUNCTION public.conclude_task_runs(outcomes jsonb) FROM PUBLIC;
GRANT ALL ON FUNCTION public.conclude_task_runs(outcomes jsonb) TO stoker_server;

REVOKE ALL ON FUNCTION public.control_outcome(task_run bigint, result text, message text) FROM PUBLIC;
GRANT ALL ON FUNCTION public.control_outcome(task_run bigint, result text, message text) TO stoker_server;

REVOKE ALL ON FUNCTION public.drop_node_role(dropped_role text) FROM PUBLIC;
GRANT ALL ON FUNCTION public.drop_node_role(dropped_role text) TO stoker_server;

REVOKE ALL ON FUNCTION public.end_finished_runs(ended_task_runs bigint[], OUT ended bigint[], OUT freed_jobs bigint[], OUT for_scheduler boolean) FROM PUBLIC;
GRANT ALL ON FUNCTION public.end_finished_runs(ended_task_runs bigint[], OUT ended bigint[], OUT freed_jobs bigint[], OUT for_scheduler boolean) TO stoker_server;

REVOKE ALL ON FUNCTION public.end_job_clusters(run_ids bigint[]) FROM PUBLIC;
GRANT ALL ON FUNCTION public.end_job_clusters(run_ids bigint[]) TO stoker_server;

REVOKE ALL ON FUNCTION public.end_node_role(removed_node text) FROM PUBLIC;
GRANT ALL ON FUNCTION public.end_node_role(removed_node text) TO stoker_server;

REVOKE ALL ON FUNCTION public.end_runs_early(run_ids bigint[], how text, OUT changes public.run_changes, OUT cancelled bigint[]) FROM PUBLIC;
GRANT ALL ON FUNCTION public.end_runs_early(run_ids bigint[], how text, OUT changes public.run_changes, OUT cancelled bigint[]) TO stoker_server;

REVOKE ALL ON FUNCTION public.end_unplaced_task_runs(task_run_ids bigint[]) FROM PUBLIC;
GRANT ALL ON FUNCTION public.end_unplaced_task_runs(task_run_ids bigint[]) TO stoker_server;

REVOKE ALL ON FUNCTION public.end_waiting_task_runs(task_run_ids bigint[], how text) FROM PUBLIC;
GRANT ALL ON FUNCTION public.end_waiting_task_runs(task_run_ids bigint[], how text) TO stoker_server;

REVOKE ALL ON FUNCTION public.ended_child_runs(max_tasks integer) FROM PUBLIC;
GRANT ALL ON FUNCTION public.ended_child_runs(max_tasks integer) TO stoker_server;

REVOKE ALL ON FUNCTION public.enqueue_runs(requests jsonb) FROM PUBLIC;
GRANT ALL ON FUNCTION public.enqueue_runs(requests jsonb) TO stoker_server;

REVOKE ALL ON FUNCTION public.epoch_millis() FROM PUBLIC;
GRANT ALL ON FUNCTION public.epoch_millis() TO stoker_server;

REVOKE ALL ON FUNCTION public.error_of_run(of_run_id bigint, result_state text) FROM PUBLIC;
GRANT ALL ON FUNCTION public.error_of_run(of_run_id bigint, result_state text) TO stoker_server;

REVOKE ALL ON FUNCTION public.event_of_end(result_state text) FROM PUBLIC;
GRANT ALL ON FUNCTION public.event_of_end(result_state text) TO stoker_server;

REVOKE ALL ON FUNCTION public.failed_outcomes(task_run_ids bigint[], message text, code text, type text, retryable boolean) FROM PUBLIC;
GRANT ALL ON FUNCTION public.failed_outcomes(task_run_ids bigint[], message text, code text, type text, retryable boolean) TO stoker_server;

REVOKE ALL ON FUNCTION public.finish_control_tasks(outcomes jsonb) FROM PUBLIC;
GRANT ALL ON FUNCTION public.finish_control_tasks(outcomes jsonb) TO stoker_server;

REVOKE ALL ON FUNCTION public.finish_task_runs(outcomes jsonb, results text[], errors text[], error_traces text[], logs text[], notebooks text[], OUT held boolean[], OUT changes public.run_changes) FROM PUBLIC;
GRANT ALL ON FUNCTION public.finish_task_runs(outcomes jsonb, results text[], errors text[], error_traces text[], logs text[], notebooks text[], OUT held boolean[], OUT changes public.run_changes) TO stoker_server;
GRANT ALL ON FUNCTION public.finish_task_runs(outcomes jsonb, results text[], errors text[], error_traces text[], logs text[], notebooks text[], OUT held boolean[], OUT changes public.run_changes) TO stoker_worker;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.runs TO stoker_server;

REVOKE ALL ON FUNCTION public.first_queued_run_of(of_job_id bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION public.first_queued_run_of(of_job_id bigint) TO stoker_server;

REVOKE ALL ON FUNCTION public.for_each_stats(for_each_run bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION public.for_each_stats(for_each_run bigint) TO stoker_server;

REVOKE ALL ON FUNCTION public.get_task_value(getting_run_id bigint, getting_token uuid, of_task_key text, value_key text) FROM PUBLIC;
GRANT ALL ON FUNCTION public.get_task_value(getting_run_id bigint, getting_token uuid, of_task_key text, value_key text) TO stoker_server;
GRANT ALL ON FUNCTION public.get_task_value(getting_run_id bigint, getting_token uuid, of_task_key text, value_key text) TO stoker_worker;

REVOKE ALL ON FUNCTION public.git_access(reading_run_id bigint, reading_token uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION public.git_access(reading_run_id bigint, reading_token uuid) TO stoker_server;
GRANT ALL ON FUNCTION public.git_access(reading_run_id bigint, reading_token uuid) TO stoker_worker;

REVOKE ALL ON FUNCTION public.give_back_task_runs(task_run_ids bigint[]) FROM PUBLIC;
GRANT ALL ON FUNCTION public.give_back_task_runs(task_run_ids bigint[]) TO stoker_server;

REVOKE ALL ON FUNCTION public.give_clusters(task_run_ids bigint[]) FROM PUBLIC;
GRANT ALL ON FUNCTION public.give_clusters(task_run_ids bigint[]) TO stoker_server;

REVOKE ALL ON FUNCTION public.give_serverless_clusters(task_run_ids bigint[]) FROM PUBLIC;
GRANT ALL ON FUNCTION public.give_serverless_clusters(task_run_ids bigint[]) TO stoker_server;

REVOKE ALL ON FUNCTION public.heartbeat(beating_worker text, leases jsonb, lease_seconds integer, OUT lost bigint[], OUT cancelled bigint[], OUT stop boolean) FROM PUBLIC;
GRANT ALL ON FUNCTION public.heartbeat(beating_worker text, leases jsonb, lease_seconds integer, OUT lost bigint[], OUT cancelled bigint[], OUT stop boolean) TO stoker_server;
GRANT ALL ON FUNCTION public.heartbeat(beating_worker text, leases jsonb, lease_seconds integer, OUT lost bigint[], OUT cancelled bigint[], OUT stop boolean) TO stoker_worker;

REVOKE ALL ON FUNCTION public.hold_to_own_cluster(of_cluster text) FROM PUBLIC;
GRANT ALL ON FUNCTION public.hold_to_own_cluster(of_cluster text) TO stoker_server;

REVOKE ALL ON FUNCTION public.hold_to_own_node(of_node text) FROM PUBLIC;
GRANT ALL ON FUNCTION public.hold_to_own_node(of_node text) TO stoker_server;

REVOKE ALL ON FUNCTION public.hold_to_own_worker(of_worker text) FROM PUBLIC;
GRANT ALL ON FUNCTION public.hold_to_own_worker(of_worker text) TO stoker_server;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.idempotency_tokens TO stoker_server;

REVOKE ALL ON FUNCTION public.idempotency_token_of(of_user text, of_token text) FROM PUBLIC;
GRANT ALL ON FUNCTION public.idempotency_token_of(of_user text, of_token text) TO stoker_server;

REVOKE ALL ON FUNCTION public.init_script_failed(failed_worker text, message text) FROM PUBLIC;
GRANT ALL ON FUNCTION public.init_script_failed(failed_worker text, message text) TO stoker_server;
GRANT ALL ON FUNCTION public.init_script_failed(failed_worker text, message text) TO stoker_worker;

REVOKE ALL ON FUNCTION public.is_control(task_type text) FROM PUBLIC;
GRANT ALL ON FUNCTION public.is_control(task_type text) TO stoker_server;

REVOKE ALL ON FUNCTION public.is_muted(settings jsonb, life_cycle_state text, result_state text, is_address boolean) FROM PUBLIC;
GRANT ALL ON FUNCTION public.is_muted(settings jsonb, life_cycle_state text, result_state text, is_address boolean) TO stoker_server;

REVOKE ALL ON FUNCTION public.is_own_node(of_node text) FROM PUBLIC;
GRANT ALL ON FUNCTION public.is_own_node(of_node text) TO stoker_server;

REVOKE ALL ON FUNCTION public.is_own_worker(of_worker text) FROM PUBLIC;
GRANT ALL ON FUNCTION public.is_own_worker(of_worker text) TO stoker_server;

REVOKE ALL ON FUNCTION public.is_set(settings jsonb, path text[]) FROM PUBLIC;
GRANT ALL ON FUNCTION public.is_set(settings jsonb, path text[]) TO stoker_server;

REVOKE ALL ON FUNCTION public.is_silent(worker_heard_at timestamp with time zone, of_node text) FROM PUBLIC;
GRANT ALL ON FUNCTION public.is_silent(worker_heard_at timestamp with time zone, of_node text) TO stoker_server;

REVOKE ALL ON FUNCTION public.is_terminal(life_cycle_state text) FROM PUBLIC;
GRANT ALL ON FUNCTION public.is_terminal(life_cycle_state text) TO stoker_server;

REVOKE ALL ON FUNCTION public.items_of(settings jsonb, path text[]) FROM PUBLIC;
GRANT ALL ON FUNCTION public.items_of(settings jsonb, path text[]) TO stoker_server;

GRANT SELECT,USAGE ON SEQUENCE public.job_ids TO stoker_server;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.jobs TO stoker_server;

REVOKE ALL ON FUNCTION public.job_of(of_job_id bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION public.job_of(of_job_id bigint) TO stoker_server;

REVOKE ALL ON FUNCTION public.job_owner(of_job_id bigint, creator text) FROM PUBLIC;
GRANT ALL ON FUNCTION public.job_owner(of_job_id bigint, creator text) TO stoker_server;

REVOKE ALL ON FUNCTION public.job_permission_level(of_user text, of_job_id bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION public.job_permission_level(of_user text, of_job_id bigint) TO stoker_server;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.job_tasks TO stoker_server;

REVOKE ALL ON FUNCTION public.job_task_of(of_job_id bigint, of_version integer, of_position integer) FROM PUBLIC;
GRANT ALL ON FUNCTION public.job_task_of(of_job_id bigint, of_version integer, of_position integer) TO stoker_server;

REVOKE ALL ON FUNCTION public.job_tasks_of(of_job_id bigint, of_version integer) FROM PUBLIC;
GRANT ALL ON FUNCTION public.job_tasks_of(of_job_id bigint, of_version integer) TO stoker_server;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.job_versions TO stoker_server;

REVOKE ALL ON FUNCTION public.job_version_of(of_job_id bigint, of_version integer) FROM PUBLIC;
GRANT ALL ON FUNCTION public.job_version_of(of_job_id bigint, of_version integer) TO stoker_server;

REVOKE ALL ON FUNCTION public.jobs_with_room_for_queued_runs() FROM PUBLIC;
GRANT ALL ON FUNCTION public.jobs_with_room_for_queued_runs() TO stoker_server;

REVOKE ALL ON FUNCTION public.join_node(used_token bytea, joining_node text, node_host text, new_role text, verifier text) FROM PUBLIC;
GRANT ALL ON FUNCTION public.join_node(used_token bytea, joining_node text, node_host text, new_role text, verifier text) TO stoker_server;

REVOKE ALL ON FUNCTION public.late_control_tasks(max_tasks integer) FROM PUBLIC;
GRANT ALL ON FUNCTION public.late_control_tasks(max_tasks integer) TO stoker_server;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.notifications TO stoker_server;

REVOKE ALL ON FUNCTION public.lease_notification(at_time bigint, until bigint, busy text[], emails boolean) FROM PUBLIC;
GRANT ALL ON FUNCTION public.lease_notification(at_time bigint, until bigint, busy text[], emails boolean) TO stoker_server;

REVOKE ALL ON FUNCTION public.libraries_are(of_cluster text, of_generation bigint, told_libraries jsonb, new_status text) FROM PUBLIC;
GRANT ALL ON FUNCTION public.libraries_are(of_cluster text, of_generation bigint, told_libraries jsonb, new_status text) TO stoker_server;
GRANT ALL ON FUNCTION public.libraries_are(of_cluster text, of_generation bigint, told_libraries jsonb, new_status text) TO stoker_worker;

REVOKE ALL ON FUNCTION public.libraries_are_installed(on_worker text, installed jsonb) FROM PUBLIC;
GRANT ALL ON FUNCTION public.libraries_are_installed(on_worker text, installed jsonb) TO stoker_server;
GRANT ALL ON FUNCTION public.libraries_are_installed(on_worker text, installed jsonb) TO stoker_worker;

REVOKE ALL ON FUNCTION public.libraries_failed(of_cluster text, of_generation bigint, guilty jsonb, why text) FROM PUBLIC;
GRANT ALL ON FUNCTION public.libraries_failed(of_cluster text, of_generation bigint, guilty jsonb, why text) TO stoker_server;
GRANT ALL ON FUNCTION public.libraries_failed(of_cluster text, of_generation bigint, guilty jsonb, why text) TO stoker_worker;

REVOKE ALL ON FUNCTION public.libraries_of_job_cluster(of_job_id bigint, of_version integer, of_key text) FROM PUBLIC;
GRANT ALL ON FUNCTION public.libraries_of_job_cluster(of_job_id bigint, of_version integer, of_key text) TO stoker_server;

REVOKE ALL ON FUNCTION public.libraries_to_install(of_cluster public.clusters) FROM PUBLIC;
GRANT ALL ON FUNCTION public.libraries_to_install(of_cluster public.clusters) TO stoker_server;

REVOKE ALL ON FUNCTION public.library_statuses_of(of_cluster public.clusters) FROM PUBLIC;
GRANT ALL ON FUNCTION public.library_statuses_of(of_cluster public.clusters) TO stoker_server;

REVOKE ALL ON FUNCTION public.list_job_ids(filter jsonb) FROM PUBLIC;
GRANT ALL ON FUNCTION public.list_job_ids(filter jsonb) TO stoker_server;

REVOKE ALL ON FUNCTION public.list_run_ids(filter jsonb) FROM PUBLIC;
GRANT ALL ON FUNCTION public.list_run_ids(filter jsonb) TO stoker_server;

REVOKE ALL ON FUNCTION public.lock_cluster_of(of_worker text) FROM PUBLIC;
GRANT ALL ON FUNCTION public.lock_cluster_of(of_worker text) TO stoker_server;

REVOKE ALL ON FUNCTION public.lock_leases(leases jsonb) FROM PUBLIC;
GRANT ALL ON FUNCTION public.lock_leases(leases jsonb) TO stoker_server;

REVOKE ALL ON FUNCTION public.lock_node_out(removed_node text) FROM PUBLIC;
GRANT ALL ON FUNCTION public.lock_node_out(removed_node text) TO stoker_server;

REVOKE ALL ON FUNCTION public.lock_runs_of(task_runs jsonb) FROM PUBLIC;
GRANT ALL ON FUNCTION public.lock_runs_of(task_runs jsonb) TO stoker_server;

REVOKE ALL ON FUNCTION public.logs_were_delivered(of_cluster text, trouble text) FROM PUBLIC;
GRANT ALL ON FUNCTION public.logs_were_delivered(of_cluster text, trouble text) TO stoker_server;
GRANT ALL ON FUNCTION public.logs_were_delivered(of_cluster text, trouble text) TO stoker_worker;

REVOKE ALL ON FUNCTION public.may_read_path(reader text, path text) FROM PUBLIC;
GRANT ALL ON FUNCTION public.may_read_path(reader text, path text) TO stoker_server;

REVOKE ALL ON FUNCTION public.may_run_job(of_user text, of_job_id bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION public.may_run_job(of_user text, of_job_id bigint) TO stoker_server;

REVOKE ALL ON FUNCTION public.may_take_workers(state text, placement text, heartbeat_at timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION public.may_take_workers(state text, placement text, heartbeat_at timestamp with time zone) TO stoker_server;

REVOKE ALL ON FUNCTION public.merge_changes(a public.run_changes, b public.run_changes) FROM PUBLIC;
GRANT ALL ON FUNCTION public.merge_changes(a public.run_changes, b public.run_changes) TO stoker_server;

REVOKE ALL ON FUNCTION public.missing_workers() FROM PUBLIC;
GRANT ALL ON FUNCTION public.missing_workers() TO stoker_server;

REVOKE ALL ON FUNCTION public.node_for_worker(of_cluster text, of_generation bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION public.node_for_worker(of_cluster text, of_generation bigint) TO stoker_server;

REVOKE ALL ON FUNCTION public.nodes_of_cluster(of_cluster text, of_generation bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION public.nodes_of_cluster(of_cluster text, of_generation bigint) TO stoker_server;

REVOKE ALL ON FUNCTION public.notifying(task_run_ids bigint[]) FROM PUBLIC;
GRANT ALL ON FUNCTION public.notifying(task_run_ids bigint[]) TO stoker_server;

REVOKE ALL ON FUNCTION public.pin_cluster(pinned_cluster text, user_name text, most integer, now_millis bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION public.pin_cluster(pinned_cluster text, user_name text, most integer, now_millis bigint) TO stoker_server;

REVOKE ALL ON FUNCTION public.pin_git_commit(pinning_run_id bigint, pinning_token uuid, found_commit text) FROM PUBLIC;
GRANT ALL ON FUNCTION public.pin_git_commit(pinning_run_id bigint, pinning_token uuid, found_commit text) TO stoker_server;
GRANT ALL ON FUNCTION public.pin_git_commit(pinning_run_id bigint, pinning_token uuid, found_commit text) TO stoker_worker;

REVOKE ALL ON FUNCTION public.place_workers(asking_node text) FROM PUBLIC;
GRANT ALL ON FUNCTION public.place_workers(asking_node text) TO stoker_server;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.job_places TO stoker_server;

REVOKE ALL ON FUNCTION public.places_of_job(of_job_id bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION public.places_of_job(of_job_id bigint) TO stoker_server;

REVOKE ALL ON FUNCTION public.pool_counts(of_pool text, OUT used integer, OUT pending_used integer, OUT idle integer, OUT pending_idle integer) FROM PUBLIC;
GRANT ALL ON FUNCTION public.pool_counts(of_pool text, OUT used integer, OUT pending_used integer, OUT idle integer, OUT pending_idle integer) TO stoker_server;

REVOKE ALL ON FUNCTION public.pool_instance_is_gone(gone_worker text) FROM PUBLIC;
GRANT ALL ON FUNCTION public.pool_instance_is_gone(gone_worker text) TO stoker_server;
GRANT ALL ON FUNCTION public.pool_instance_is_gone(gone_worker text) TO stoker_worker;

REVOKE ALL ON FUNCTION public.pool_instance_is_ready(ready_worker text) FROM PUBLIC;
GRANT ALL ON FUNCTION public.pool_instance_is_ready(ready_worker text) TO stoker_server;
GRANT ALL ON FUNCTION public.pool_instance_is_ready(ready_worker text) TO stoker_worker;

REVOKE ALL ON FUNCTION public.pool_of(cluster_spec jsonb, is_head boolean) FROM PUBLIC;
GRANT ALL ON FUNCTION public.pool_of(cluster_spec jsonb, is_head boolean) TO stoker_server;

REVOKE ALL ON FUNCTION public.pools_to_keep(keeping_node text) FROM PUBLIC;
GRANT ALL ON FUNCTION public.pools_to_keep(keeping_node text) TO stoker_server;
GRANT ALL ON FUNCTION public.pools_to_keep(keeping_node text) TO stoker_worker;

REVOKE ALL ON FUNCTION public.queue_task_runs(task_run_ids bigint[], not_before timestamp with time zone, newly_admitted boolean, OUT ready_clusters text[], OUT changed_clusters text[], OUT ended_task_runs bigint[]) FROM PUBLIC;
GRANT ALL ON FUNCTION public.queue_task_runs(task_run_ids bigint[], not_before timestamp with time zone, newly_admitted boolean, OUT ready_clusters text[], OUT changed_clusters text[], OUT ended_task_runs bigint[]) TO stoker_server;

REVOKE ALL ON FUNCTION public.queue_turn_of_job(of_job_id bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION public.queue_turn_of_job(of_job_id bigint) TO stoker_server;

REVOKE ALL ON FUNCTION public.read_library_file(reader text, file_path text) FROM PUBLIC;
GRANT ALL ON FUNCTION public.read_library_file(reader text, file_path text) TO stoker_server;
GRANT ALL ON FUNCTION public.read_library_file(reader text, file_path text) TO stoker_worker;

REVOKE ALL ON FUNCTION public.recipients_of(settings jsonb, event text) FROM PUBLIC;
GRANT ALL ON FUNCTION public.recipients_of(settings jsonb, event text) TO stoker_server;

GRANT SELECT,USAGE ON SEQUENCE public.run_ids TO stoker_server;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.task_runs TO stoker_server;

REVOKE ALL ON FUNCTION public.reference_values(t public.task_runs, r public.runs, jt public.job_tasks) FROM PUBLIC;
GRANT ALL ON FUNCTION public.reference_values(t public.task_runs, r public.runs, jt public.job_tasks) TO stoker_server;

REVOKE ALL ON FUNCTION public.register_node(joining_node text, node_host text, node_provider text, node_cores integer, node_memory_mb bigint, node_gpus integer, node_labels jsonb, kept_workers text[]) FROM PUBLIC;
GRANT ALL ON FUNCTION public.register_node(joining_node text, node_host text, node_provider text, node_cores integer, node_memory_mb bigint, node_gpus integer, node_labels jsonb, kept_workers text[]) TO stoker_server;
GRANT ALL ON FUNCTION public.register_node(joining_node text, node_host text, node_provider text, node_cores integer, node_memory_mb bigint, node_gpus integer, node_labels jsonb, kept_workers text[]) TO stoker_worker;

REVOKE ALL ON FUNCTION public.register_pool_instance(new_worker text, of_pool text, on_node text, follows boolean) FROM PUBLIC;
GRANT ALL ON FUNCTION public.register_pool_instance(new_worker text, of_pool text, on_node text, follows boolean) TO stoker_server;
GRANT ALL ON FUNCTION public.register_pool_instance(new_worker text, of_pool text, on_node text, follows boolean) TO stoker_worker;

REVOKE ALL ON FUNCTION public.register_worker(new_worker text, worker_cluster text, worker_node text, worker_generation bigint, head boolean, worker_slots integer, worker_cores integer, worker_memory_mb bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION public.register_worker(new_worker text, worker_cluster text, worker_node text, worker_generation bigint, head boolean, worker_slots integer, worker_cores integer, worker_memory_mb bigint) TO stoker_server;
GRANT ALL ON FUNCTION public.register_worker(new_worker text, worker_cluster text, worker_node text, worker_generation bigint, head boolean, worker_slots integer, worker_cores integer, worker_memory_mb bigint) TO stoker_worker;

REVOKE ALL ON FUNCTION public.release_task_runs(leases jsonb) FROM PUBLIC;
GRANT ALL ON FUNCTION public.release_task_runs(leases jsonb) TO stoker_server;
GRANT ALL ON FUNCTION public.release_task_runs(leases jsonb) TO stoker_worker;

REVOKE ALL ON FUNCTION public.repair_run(repaired_run bigint, rerun_tasks text[], all_failed boolean, with_dependents boolean, latest_repair bigint, new_overriding_parameters jsonb, new_job_parameters jsonb, new_kernel_token text, OUT outcome text, OUT new_repair_id bigint, OUT wrong_task text, OUT changes public.run_changes) FROM PUBLIC;
GRANT ALL ON FUNCTION public.repair_run(repaired_run bigint, rerun_tasks text[], all_failed boolean, with_dependents boolean, latest_repair bigint, new_overriding_parameters jsonb, new_job_parameters jsonb, new_kernel_token text, OUT outcome text, OUT new_repair_id bigint, OUT wrong_task text, OUT changes public.run_changes) TO stoker_server;

REVOKE ALL ON FUNCTION public.rescue_expired_leases(max_leases integer) FROM PUBLIC;
GRANT ALL ON FUNCTION public.rescue_expired_leases(max_leases integer) TO stoker_server;

REVOKE ALL ON FUNCTION public.rescue_task_runs(task_run_ids bigint[], dead_worker text, why text) FROM PUBLIC;
GRANT ALL ON FUNCTION public.rescue_task_runs(task_run_ids bigint[], dead_worker text, why text) TO stoker_server;

REVOKE ALL ON FUNCTION public.rescue_worker(dead_worker text, why text) FROM PUBLIC;
GRANT ALL ON FUNCTION public.rescue_worker(dead_worker text, why text) TO stoker_server;
GRANT ALL ON FUNCTION public.rescue_worker(dead_worker text, why text) TO stoker_worker;

REVOKE ALL ON FUNCTION public.resize_cluster(of_cluster text, target_num_workers integer, new_size jsonb, cause text, user_name text, message text) FROM PUBLIC;
GRANT ALL ON FUNCTION public.resize_cluster(of_cluster text, target_num_workers integer, new_size jsonb, cause text, user_name text, message text) TO stoker_server;

REVOKE ALL ON FUNCTION public.result_of_graph(of_job_run_id bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION public.result_of_graph(of_job_run_id bigint) TO stoker_server;

REVOKE ALL ON FUNCTION public.room_for_warm_workers(on_node text) FROM PUBLIC;
GRANT ALL ON FUNCTION public.room_for_warm_workers(on_node text) TO stoker_server;

REVOKE ALL ON FUNCTION public.run_if_result(run_if text, succeeded bigint, failed bigint, canceled bigint, excluded bigint, not_taken bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION public.run_if_result(run_if text, succeeded bigint, failed bigint, canceled bigint, excluded bigint, not_taken bigint) TO stoker_server;

REVOKE ALL ON FUNCTION public.run_message(of_run bigint, life_cycle_state text, state_message text) FROM PUBLIC;
GRANT ALL ON FUNCTION public.run_message(of_run bigint, life_cycle_state text, state_message text) TO stoker_server;

REVOKE ALL ON FUNCTION public.run_of(of_run_id bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION public.run_of(of_run_id bigint) TO stoker_server;

REVOKE ALL ON FUNCTION public.serverless_uses(task_run_ids bigint[]) FROM PUBLIC;
GRANT ALL ON FUNCTION public.serverless_uses(task_run_ids bigint[]) TO stoker_server;

REVOKE ALL ON FUNCTION public.serves_user(of_user text) FROM PUBLIC;
GRANT ALL ON FUNCTION public.serves_user(of_user text) TO stoker_server;

REVOKE ALL ON FUNCTION public.set_cluster_message(told_cluster text, message text) FROM PUBLIC;
GRANT ALL ON FUNCTION public.set_cluster_message(told_cluster text, message text) TO stoker_server;
GRANT ALL ON FUNCTION public.set_cluster_message(told_cluster text, message text) TO stoker_worker;

REVOKE ALL ON FUNCTION public.set_node_placement(of_node text, new_placement text) FROM PUBLIC;
GRANT ALL ON FUNCTION public.set_node_placement(of_node text, new_placement text) TO stoker_server;

REVOKE ALL ON FUNCTION public.set_task_value(setting_run_id bigint, setting_token uuid, value_key text, task_value text) FROM PUBLIC;
GRANT ALL ON FUNCTION public.set_task_value(setting_run_id bigint, setting_token uuid, value_key text, task_value text) TO stoker_server;
GRANT ALL ON FUNCTION public.set_task_value(setting_run_id bigint, setting_token uuid, value_key text, task_value text) TO stoker_worker;

REVOKE ALL ON FUNCTION public.settings_of(j public.jobs, with_tasks boolean) FROM PUBLIC;
GRANT ALL ON FUNCTION public.settings_of(j public.jobs, with_tasks boolean) TO stoker_server;

REVOKE ALL ON FUNCTION public.settle_runs(ended_task_runs bigint[]) FROM PUBLIC;
GRANT ALL ON FUNCTION public.settle_runs(ended_task_runs bigint[]) TO stoker_server;

REVOKE ALL ON FUNCTION public.shown_cluster_state(state text, resized_from integer) FROM PUBLIC;
GRANT ALL ON FUNCTION public.shown_cluster_state(state text, resized_from integer) TO stoker_server;

REVOKE ALL ON FUNCTION public.spark_master_is_at(head_worker text, url text) FROM PUBLIC;
GRANT ALL ON FUNCTION public.spark_master_is_at(head_worker text, url text) TO stoker_server;
GRANT ALL ON FUNCTION public.spark_master_is_at(head_worker text, url text) TO stoker_worker;

REVOKE ALL ON FUNCTION public.spark_master_of(asking_worker text) FROM PUBLIC;
GRANT ALL ON FUNCTION public.spark_master_of(asking_worker text) TO stoker_server;
GRANT ALL ON FUNCTION public.spark_master_of(asking_worker text) TO stoker_worker;

REVOKE ALL ON FUNCTION public.start_clusters(cluster_ids text[], user_name text) FROM PUBLIC;
GRANT ALL ON FUNCTION public.start_clusters(cluster_ids text[], user_name text) TO stoker_server;

REVOKE ALL ON FUNCTION public.start_iterations(for_each_run bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION public.start_iterations(for_each_run bigint) TO stoker_server;

REVOKE ALL ON FUNCTION public.take_control_tasks(max_tasks integer) FROM PUBLIC;
GRANT ALL ON FUNCTION public.take_control_tasks(max_tasks integer) TO stoker_server;

REVOKE ALL ON FUNCTION public.take_pool_place(of_pool text, for_worker text, OUT exists_pool boolean, OUT why_not text) FROM PUBLIC;
GRANT ALL ON FUNCTION public.take_pool_place(of_pool text, for_worker text, OUT exists_pool boolean, OUT why_not text) TO stoker_server;
GRANT ALL ON FUNCTION public.take_pool_place(of_pool text, for_worker text, OUT exists_pool boolean, OUT why_not text) TO stoker_worker;

REVOKE ALL ON FUNCTION public.take_spark_pages(asked_worker text) FROM PUBLIC;
GRANT ALL ON FUNCTION public.take_spark_pages(asked_worker text) TO stoker_server;
GRANT ALL ON FUNCTION public.take_spark_pages(asked_worker text) TO stoker_worker;

REVOKE ALL ON FUNCTION public.task_run_message(of_task_run bigint, of_cluster text, life_cycle_state text, state_message text) FROM PUBLIC;
GRANT ALL ON FUNCTION public.task_run_message(of_task_run bigint, of_cluster text, life_cycle_state text, state_message text) TO stoker_server;

REVOKE ALL ON FUNCTION public.task_run_of(of_run_id bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION public.task_run_of(of_run_id bigint) TO stoker_server;

REVOKE ALL ON FUNCTION public.task_runs_of(of_job_run_id bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION public.task_runs_of(of_job_run_id bigint) TO stoker_server;

REVOKE ALL ON FUNCTION public.tell_of_ended_runs(run_ids bigint[]) FROM PUBLIC;
GRANT ALL ON FUNCTION public.tell_of_ended_runs(run_ids bigint[]) TO stoker_server;

REVOKE ALL ON FUNCTION public.tell_of_ended_task_runs(task_run_ids bigint[]) FROM PUBLIC;
GRANT ALL ON FUNCTION public.tell_of_ended_task_runs(task_run_ids bigint[]) TO stoker_server;

REVOKE ALL ON FUNCTION public.tell_of_libraries(of_cluster text, of_generation bigint, told_libraries jsonb, new_status text, new_message text) FROM PUBLIC;
GRANT ALL ON FUNCTION public.tell_of_libraries(of_cluster text, of_generation bigint, told_libraries jsonb, new_status text, new_message text) TO stoker_server;

REVOKE ALL ON FUNCTION public.tell_of_long_runs(at_time bigint, max_warnings integer) FROM PUBLIC;
GRANT ALL ON FUNCTION public.tell_of_long_runs(at_time bigint, max_warnings integer) TO stoker_server;

REVOKE ALL ON FUNCTION public.tell_of_started(task_run_ids bigint[]) FROM PUBLIC;
GRANT ALL ON FUNCTION public.tell_of_started(task_run_ids bigint[]) TO stoker_server;

REVOKE ALL ON FUNCTION public.time_out_runs(max_runs integer, OUT changes public.run_changes, OUT cancelled bigint[]) FROM PUBLIC;
GRANT ALL ON FUNCTION public.time_out_runs(max_runs integer, OUT changes public.run_changes, OUT cancelled bigint[]) TO stoker_server;

REVOKE ALL ON FUNCTION public.try_again(tries jsonb) FROM PUBLIC;
GRANT ALL ON FUNCTION public.try_again(tries jsonb) TO stoker_server;

REVOKE ALL ON FUNCTION public.turn_down_workers(unfit_node text, of_cluster text, of_generation bigint, why text) FROM PUBLIC;
GRANT ALL ON FUNCTION public.turn_down_workers(unfit_node text, of_cluster text, of_generation bigint, why text) TO stoker_server;
GRANT ALL ON FUNCTION public.turn_down_workers(unfit_node text, of_cluster text, of_generation bigint, why text) TO stoker_worker;

REVOKE ALL ON FUNCTION public.upstream_class(result_state text, outcome text, wanted_outcome text) FROM PUBLIC;
GRANT ALL ON FUNCTION public.upstream_class(result_state text, outcome text, wanted_outcome text) TO stoker_server;

REVOKE ALL ON FUNCTION public.upstreams_of(t public.task_runs, jt public.job_tasks, is_repaired boolean) FROM PUBLIC;
GRANT ALL ON FUNCTION public.upstreams_of(t public.task_runs, jt public.job_tasks, is_repaired boolean) TO stoker_server;

REVOKE ALL ON FUNCTION public.visible_jobs(user_name text) FROM PUBLIC;
GRANT ALL ON FUNCTION public.visible_jobs(user_name text) TO stoker_server;

REVOKE ALL ON FUNCTION public.void_places() FROM PUBLIC;
GRANT ALL ON FUNCTION public.void_places() TO stoker_server;

REVOKE ALL ON FUNCTION public.waiting_message(of_task_run bigint, of_cluster text) FROM PUBLIC;
GRANT ALL ON FUNCTION public.waiting_message(of_task_run bigint, of_cluster text) TO stoker_server;

REVOKE ALL ON FUNCTION public.waiting_text(ready_at timestamp with time zone, cluster_name text, cluster_state text, cluster_message text, obstacle text) FROM PUBLIC;
GRANT ALL ON FUNCTION public.waiting_text(ready_at timestamp with time zone, cluster_name text, cluster_state text, cluster_message text, obstacle text) TO stoker_server;

REVOKE ALL ON FUNCTION public.want_spark_master(asking_worker text) FROM PUBLIC;
GRANT ALL ON FUNCTION public.want_spark_master(asking_worker text) TO stoker_server;
GRANT ALL ON FUNCTION public.want_spark_master(asking_worker text) TO stoker_worker;

REVOKE ALL ON FUNCTION public.warned_duration_millis(settings jsonb) FROM PUBLIC;
GRANT ALL ON FUNCTION public.warned_duration_millis(settings jsonb) TO stoker_server;

REVOKE ALL ON FUNCTION public.why_without_place(of_cluster text) FROM PUBLIC;
GRANT ALL ON FUNCTION public.why_without_place(of_cluster text) TO stoker_server;

REVOKE ALL ON FUNCTION public.with_type_of_pool(cluster_spec jsonb) FROM PUBLIC;
GRANT ALL ON FUNCTION public.with_type_of_pool(cluster_spec jsonb) TO stoker_server;

REVOKE ALL ON FUNCTION public.worker_is_gone(gone_worker text) FROM PUBLIC;
GRANT ALL ON FUNCTION public.worker_is_gone(gone_worker text) TO stoker_server;
GRANT ALL ON FUNCTION public.worker_is_gone(gone_worker text) TO stoker_worker;

REVOKE ALL ON FUNCTION public.worker_is_ready(ready_worker text, worker_isolation jsonb) FROM PUBLIC;
GRANT ALL ON FUNCTION public.worker_is_ready(ready_worker text, worker_isolation jsonb) TO stoker_server;
GRANT ALL ON FUNCTION public.worker_is_ready(ready_worker text, worker_isolation jsonb) TO stoker_worker;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.workspace_objects TO stoker_server;

REVOKE ALL ON FUNCTION public.workspace_object_of(of_path text) FROM PUBLIC;
GRANT ALL ON FUNCTION public.workspace_object_of(of_path text) TO stoker_server;

REVOKE ALL ON FUNCTION public.workspace_path(path text) FROM PUBLIC;
GRANT ALL ON FUNCTION public.workspace_path(path text) TO stoker_server;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.cluster_events TO stoker_server;

GRANT SELECT,USAGE ON SEQUENCE public.cluster_events_event_id_seq TO stoker_server;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.cluster_libraries TO stoker_server;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.cluster_policies TO stoker_server;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.dbfs_handles TO stoker_server;

GRANT SELECT,USAGE ON SEQUENCE public.dbfs_handles_handle_seq TO stoker_server;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.duration_warnings TO stoker_server;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.for_each_runs TO stoker_server;

GRANT SELECT,USAGE ON SEQUENCE public.git_credential_ids TO stoker_server;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.git_credentials TO stoker_server;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.instance_pools TO stoker_server;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.job_admission TO stoker_server;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.job_triggers TO stoker_server;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.join_tokens TO stoker_server;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.leases TO stoker_server;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.live_outputs TO stoker_server;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.nodes TO stoker_server;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.notification_destinations TO stoker_server;

GRANT SELECT,USAGE ON SEQUENCE public.notifications_notification_id_seq TO stoker_server;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.permissions TO stoker_server;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.pool_instances TO stoker_server;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.queue_turns TO stoker_server;

GRANT SELECT,USAGE ON SEQUENCE public.repair_ids TO stoker_server;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.repairs TO stoker_server;

GRANT SELECT ON TABLE public.schema_migrations TO stoker_server;

GRANT SELECT ON TABLE public.schema_routines TO stoker_server;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.spark_masters TO stoker_server;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.spark_pages TO stoker_server;

GRANT SELECT,USAGE ON SEQUENCE public.spark_pages_request_id_seq TO stoker_server;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.task_outputs TO stoker_server;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.task_queue TO stoker_server;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.task_values TO stoker_server;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.tokens TO stoker_server;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.trigger_files TO stoker_server;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.unfit_nodes TO stoker_server;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.users TO stoker_server;

GRANT SELECT,USAGE ON SEQUENCE public.users_user_id_seq TO stoker_server;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.worker_places TO stoker_server;

GRANT SELECT,USAGE ON SEQUENCE public.worker_places_place_id_seq TO stoker_server;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.workers TO stoker_server;

GRANT SELECT,USAGE ON SEQUENCE public.workspace_objects_object_id_seq TO stoker_server;

