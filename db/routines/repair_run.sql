-- Runs tasks of a run that is over again, by the newest version of its job. The run keeps its id and is active again; the task
-- runs are new. Tasks that are not run again count as the upstreams that they were.
CREATE OR REPLACE FUNCTION repair_run(
    repaired_run bigint, rerun_tasks text[], all_failed boolean, with_dependents boolean, latest_repair bigint,
    new_overriding_parameters jsonb, new_job_parameters jsonb, new_kernel_token text,
    OUT outcome text, OUT new_repair_id bigint, OUT wrong_task text, OUT changes run_changes)
LANGUAGE plpgsql AS $$
DECLARE
    old record;
    version integer;
    keys text[];
    added text[];
    admitted record;
    now_millis bigint := epoch_millis();
BEGIN
    changes := ('{}', '{}', '{}');
    SELECT r.*, j.kind, j.deleted AS job_deleted, j.job_version AS newest_version, j.timeout_seconds INTO old
    FROM runs r JOIN jobs j ON j.job_id = r.job_id
    WHERE r.run_id = repaired_run AND NOT r.deleted
    FOR NO KEY UPDATE OF r;
    IF NOT FOUND THEN
        outcome := 'RUN_DOES_NOT_EXIST';
    ELSIF old.end_time = 0 THEN
        outcome := 'ACTIVE';
    ELSIF old.repair_id IS DISTINCT FROM latest_repair THEN
        outcome := 'OTHER_REPAIR';
    ELSIF old.job_deleted THEN
        outcome := 'JOB_DOES_NOT_EXIST';
    END IF;
    IF outcome IS NOT NULL THEN
        RETURN;
    END IF;
    version := old.newest_version;

    keys := rerun_tasks;
    IF all_failed THEN
        keys := ARRAY(SELECT t.task_key FROM task_runs_of(repaired_run) AS t
                      WHERE t.is_last_attempt AND t.for_each_run_id IS NULL
                        AND t.result_state NOT IN ('SUCCESS', 'EXCLUDED', 'DISABLED'));
    END IF;
    SELECT k INTO wrong_task FROM unnest(keys) AS k
    WHERE NOT EXISTS (SELECT FROM job_tasks_of(old.job_id, version) AS jt WHERE jt.task_key = k) LIMIT 1;
    IF wrong_task IS NOT NULL AND NOT all_failed THEN
        outcome := 'UNKNOWN_TASK';
        RETURN;
    END IF;
    LOOP
        EXIT WHEN NOT with_dependents;
        added := ARRAY(SELECT jt.task_key FROM job_tasks_of(old.job_id, version) AS jt
                       WHERE jt.depends_on && keys AND jt.task_key <> ALL (keys));
        EXIT WHEN cardinality(added) = 0;
        keys := keys || added;
    END LOOP;
    keys := ARRAY(SELECT jt.task_key FROM job_tasks_of(old.job_id, version) AS jt WHERE jt.task_key = ANY (keys));
    IF cardinality(keys) = 0 THEN
        outcome := 'NOTHING_TO_REPAIR';
        RETURN;
    END IF;

    PERFORM FROM job_admission a WHERE a.job_id = old.job_id FOR NO KEY UPDATE;
    new_repair_id := nextval('repair_ids');
    INSERT INTO repairs (run_id, repair_id, start_time) VALUES (repaired_run, coalesce(old.repair_id, 0), old.start_time)
    ON CONFLICT DO NOTHING;
    UPDATE repairs p
    SET end_time = old.end_time, life_cycle_state = old.life_cycle_state, result_state = old.result_state,
        state_message = old.state_message, termination_code = old.termination_code,
        termination_type = old.termination_type, user_cancelled_or_timedout = old.user_cancelled_or_timedout
    WHERE p.run_id = repaired_run AND p.repair_id = coalesce(old.repair_id, 0);
    INSERT INTO repairs (run_id, repair_id, start_time) VALUES (repaired_run, new_repair_id, now_millis);

    UPDATE task_runs t SET is_last_attempt = false
    WHERE t.job_run_id = repaired_run AND t.task_key = ANY (keys) AND t.is_last_attempt AND t.for_each_run_id IS NULL;
    WITH again AS (
        SELECT nextval('run_ids') AS run_id, jt.*,
               (SELECT count(*) FROM unnest(jt.depends_on) AS key WHERE key = ANY (keys)) AS waits_for
        FROM job_tasks_of(old.job_id, version) AS jt WHERE jt.task_key = ANY (keys)
        ORDER BY jt.position
    )
    INSERT INTO task_runs (run_id, job_run_id, job_id, job_version, position, task_key, original_attempt_run_id, cluster_id,
                           life_cycle_state, unfinished_upstreams, repair_id)
    SELECT a.run_id, repaired_run, a.job_id, a.job_version, a.position, a.task_key, a.run_id,
           CASE WHEN NOT a.disabled THEN a.existing_cluster_id END,
           CASE WHEN a.waits_for > 0 THEN 'BLOCKED' ELSE 'PENDING' END, a.waits_for, new_repair_id
    FROM again a;
    UPDATE runs r
    SET life_cycle_state = 'PENDING', result_state = NULL, state_message = '', queue_reason = NULL, termination_code = NULL,
        termination_type = NULL, user_cancelled_or_timedout = false, end_time = 0, ending_as = NULL,
        job_version = version, unfinished_tasks = cardinality(keys), repair_id = new_repair_id, repaired_time = now_millis,
        task_count = (SELECT count(DISTINCT t.task_key) FROM task_runs_of(repaired_run) AS t WHERE t.for_each_run_id IS NULL),
        earlier_duration = old.earlier_duration + old.end_time - greatest(old.start_time, old.repaired_time),
        overriding_parameters = coalesce(new_overriding_parameters, r.overriding_parameters),
        job_parameters = coalesce(new_job_parameters, r.job_parameters), kernel_token = new_kernel_token,
        deadline_at = CASE WHEN old.timeout_seconds > 0
                           THEN clock_timestamp() + make_interval(secs => old.timeout_seconds) END,
        revision = r.revision + 1
    WHERE r.run_id = repaired_run;
    PERFORM change_places(ARRAY[old.job_id], ARRAY[1], ARRAY[queue_turn_of_job(old.job_id)]);

    -- Clusters that the newest version defines otherwise stay those of earlier tries: under their keys new ones are made.
    UPDATE clusters c SET job_cluster_key = NULL
    WHERE c.job_run_id = repaired_run AND c.job_cluster_key IS NOT NULL
      AND NOT EXISTS (SELECT FROM job_tasks jt
                      WHERE jt.job_id = old.job_id AND jt.job_version = version
                        AND coalesce(jt.job_cluster_key, jt.task_key) = c.job_cluster_key AND jt.new_cluster = c.spec
                        AND c.libraries = libraries_of_job_cluster(old.job_id, version, c.job_cluster_key));

    SELECT * INTO admitted FROM admit_runs(ARRAY[repaired_run]);
    changes := merge_changes((admitted.ended_task_runs, admitted.ready_clusters, admitted.changed_clusters),
                             settle_runs(admitted.ended_task_runs));
    outcome := 'CREATED';
END $$;
