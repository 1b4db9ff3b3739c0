-- What follows the end of these task runs, which no other try follows (their runs' rows are locked by the caller): skips
-- what cannot begin any more, queues what can, and ends the runs that have nothing left to do; an ended run frees its
-- place for the job's next QUEUED one. Each step looks at what the ended ones lead to, never at the whole of a run.
CREATE OR REPLACE FUNCTION settle_runs(ended_task_runs bigint[]) RETURNS run_changes
LANGUAGE plpgsql AS $$
DECLARE
    changes run_changes := ('{}', '{}', '{}');
    unsettled bigint[] := coalesce(ended_task_runs, '{}');
    advanced run_changes;
    ended bigint[];
    freed_jobs bigint[];
    admitted record;
    has_graph boolean;
    has_iterations boolean;
    for_scheduler boolean;
    notifies boolean;
BEGIN
    WHILE cardinality(unsettled) > 0 LOOP
        SELECT bool_or(r.task_count > 1), bool_or(t.for_each_run_id IS NOT NULL), bool_or(j.notifies)
        INTO has_graph, has_iterations, notifies
        FROM task_runs t CROSS JOIN LATERAL run_of(t.job_run_id) AS r CROSS JOIN LATERAL job_of(t.job_id) AS j
        WHERE t.run_id = ANY (unsettled);
        IF notifies THEN
            PERFORM tell_of_ended_task_runs(notifying(unsettled));
        END IF;
        IF has_iterations THEN
            advanced := advance_iterations(unsettled);
            IF notifies THEN
                PERFORM tell_of_ended_task_runs(notifying(advanced.ended_runs));
            END IF;
            changes := merge_changes(changes, advanced);
            unsettled := ARRAY(SELECT t.run_id FROM task_runs t
                               WHERE t.run_id = ANY (unsettled) AND t.for_each_run_id IS NULL);
        END IF;
        IF has_graph THEN
            advanced := advance_tasks(unsettled);
            unsettled := unsettled || advanced.ended_runs;
            IF notifies THEN
                PERFORM tell_of_ended_task_runs(notifying(advanced.ended_runs));
            END IF;
            changes := merge_changes(changes, advanced);
        END IF;
        SELECT e.ended, e.freed_jobs, e.for_scheduler INTO ended, freed_jobs, for_scheduler
        FROM end_finished_runs(unsettled) AS e;
        changes.ended_runs := changes.ended_runs || ended;
        IF notifies THEN
            PERFORM tell_of_ended_runs(ARRAY(SELECT r.run_id FROM unnest(ended) AS id CROSS JOIN LATERAL run_of(id) AS r
                                             CROSS JOIN LATERAL job_of(r.job_id) AS j WHERE j.notifies));
        END IF;
        IF for_scheduler THEN
            changes.ready_clusters := changes.ready_clusters || 'scheduler'::text;
        END IF;
        unsettled := '{}';
        IF EXISTS (SELECT FROM clusters c WHERE c.job_run_id = ANY (ended)) THEN
            changes.changed_clusters := changes.changed_clusters || end_job_clusters(ended);
        END IF;
        IF cardinality(freed_jobs) > 0 THEN
            SELECT * INTO admitted FROM admit_next_runs(freed_jobs);
            changes.ended_runs := changes.ended_runs || admitted.ended_task_runs;
            changes.ready_clusters := changes.ready_clusters || admitted.ready_clusters;
            changes.changed_clusters := changes.changed_clusters || admitted.changed_clusters;
            unsettled := admitted.ended_task_runs;
        END IF;
    END LOOP;
    RETURN changes;
END $$;

-- Ends those runs of the ended task runs that have no task left. freed_jobs: jobs that got a place back (their admission
-- rows are locked). for_scheduler: a run-job task or a continuous job waits for one of the ended runs.
CREATE OR REPLACE FUNCTION end_finished_runs(ended_task_runs bigint[], OUT ended bigint[], OUT freed_jobs bigint[], OUT for_scheduler boolean)
LANGUAGE plpgsql AS $$
DECLARE
    admitted_jobs bigint[];   -- of each ended run that held a place, so one may appear twice
    continuous_jobs bigint[];
    now_millis bigint := epoch_millis();
BEGIN
    WITH counted AS MATERIALIZED (
        SELECT t.job_run_id, count(*)::integer AS tasks
        FROM task_runs t WHERE t.run_id = ANY (ended_task_runs) GROUP BY t.job_run_id
    ), going_on AS (
        UPDATE runs r SET unfinished_tasks = r.unfinished_tasks - c.tasks
        FROM counted c WHERE r.run_id = ANY (ARRAY[c.job_run_id]) AND r.unfinished_tasks > c.tasks
    ), over AS MATERIALIZED (
        SELECT t.job_run_id,
               bool_and(t.result_state = 'SUCCESS') AS succeeded,
               min(t.position) FILTER (WHERE t.result_state = 'FAILED') AS failed_position,
               min(t.position) FILTER (WHERE t.result_state = 'TIMEDOUT') AS timed_out_position,
               min(t.position) FILTER (WHERE t.result_state = 'UPSTREAM_FAILED') AS skipped_position
        FROM counted c
        CROSS JOIN LATERAL run_of(c.job_run_id) AS r
        CROSS JOIN LATERAL task_runs_of(c.job_run_id) AS t
        WHERE r.unfinished_tasks = c.tasks AND t.is_last_attempt AND t.for_each_run_id IS NULL
        GROUP BY t.job_run_id
    ), verdicts AS (
        SELECT o.*, r.queue_reason IS NULL AND j.kind <> 'WORKFLOW' AS held_place, j.continuous,
               CASE WHEN o.succeeded THEN 'SUCCESS'
                    WHEN r.ending_as IS NOT NULL THEN r.ending_as
                    ELSE result_of_graph(o.job_run_id) END AS result,
               j.format = 'SINGLE_TASK' AS is_flat,
               o.skipped_position IS NOT NULL AS skipped_downstream,
               f.task_key, f.life_cycle_state, f.state_message, f.termination_type,
               -- After a repair that left out the task that had failed, only those that it kept from running are left.
               CASE f.life_cycle_state WHEN 'SKIPPED' THEN 'RUN_EXECUTION_ERROR' ELSE f.termination_code END AS termination_code
        FROM over o
        CROSS JOIN LATERAL run_of(o.job_run_id) AS r
        CROSS JOIN LATERAL job_of(r.job_id) AS j
        LEFT JOIN LATERAL task_runs_of(o.job_run_id) AS f
            ON f.is_last_attempt AND f.for_each_run_id IS NULL
               AND f.position = coalesce(o.failed_position, o.timed_out_position, o.skipped_position)
    ), endings AS (
        UPDATE runs r
        SET life_cycle_state = CASE WHEN v.result <> 'FAILED' THEN 'TERMINATED'
                                    WHEN v.is_flat THEN v.life_cycle_state ELSE 'INTERNAL_ERROR' END,
            result_state = v.result,
            state_message = CASE v.result
                WHEN 'SUCCESS' THEN ''
                WHEN 'SUCCESS_WITH_FAILURES' THEN ''
                WHEN 'CANCELED' THEN 'Run cancelled.'
                WHEN 'TIMEDOUT' THEN coalesce(nullif(v.state_message, ''), 'Run timed out.')
                ELSE CASE WHEN v.is_flat THEN v.state_message
                     ELSE format('Task %s failed with message: %s.', v.task_key, rtrim(v.state_message, '.'))
                          || CASE WHEN v.skipped_downstream
                                  THEN ' This caused all downstream tasks to get skipped.' ELSE '' END END END,
            termination_code = CASE v.result WHEN 'CANCELED' THEN 'USER_CANCELED' WHEN 'TIMEDOUT' THEN 'CANCELED'
                                             WHEN 'FAILED' THEN v.termination_code ELSE v.result END,
            termination_type = CASE v.result WHEN 'FAILED' THEN v.termination_type WHEN 'CANCELED' THEN 'CLIENT_ERROR'
                                             WHEN 'TIMEDOUT' THEN 'CLIENT_ERROR' ELSE 'SUCCESS' END,
            user_cancelled_or_timedout = v.result IN ('CANCELED', 'TIMEDOUT'),
            end_time = now_millis, unfinished_tasks = 0, queue_reason = NULL, deadline_at = NULL, kernel_token = NULL
        FROM verdicts v
        WHERE r.run_id = ANY (ARRAY[v.job_run_id]) AND r.end_time = 0
        RETURNING r.run_id, r.job_id, r.parent_run_id, r.run_type, v.held_place, v.continuous
    )
    SELECT coalesce(array_agg(e.run_id), '{}'), coalesce(array_agg(e.job_id) FILTER (WHERE e.held_place), '{}'),
           array_agg(e.job_id) FILTER (WHERE e.continuous),
           coalesce(bool_or(e.continuous OR (e.parent_run_id IS NOT NULL AND e.run_type = 'JOB_RUN')), false)
    INTO ended, admitted_jobs, continuous_jobs, for_scheduler
    FROM endings e;

    freed_jobs := admitted_jobs;
    IF cardinality(freed_jobs) > 1 THEN
        freed_jobs := ARRAY(SELECT DISTINCT j FROM unnest(admitted_jobs) AS j ORDER BY j);
    END IF;
    IF cardinality(freed_jobs) > 0 THEN
        PERFORM FROM job_admission a WHERE a.job_id = ANY (freed_jobs) ORDER BY a.job_id FOR NO KEY UPDATE;
        PERFORM change_places(array_agg(n.job_id), array_agg(-n.count), NULL)
        FROM (SELECT j AS job_id, count(*)::integer FROM unnest(admitted_jobs) AS j GROUP BY j) AS n;
    END IF;
    IF continuous_jobs IS NOT NULL THEN
        -- After their admission rows, as everyone locks them.
        UPDATE job_triggers t SET next_time = now_millis
        WHERE t.job_id = ANY (continuous_jobs) AND t.kind = 'CONTINUOUS';
    END IF;
END $$;

-- The result of a run that is over and not all of whose tasks succeeded. Its leaves decide: what failed before them was
-- dealt with by their run_if.
CREATE OR REPLACE FUNCTION result_of_graph(of_job_run_id bigint) RETURNS text
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN (
        WITH last_tries AS MATERIALIZED (
            SELECT t.task_key, t.result_state, jt.depends_on
            FROM task_runs_of(of_job_run_id) AS t
            CROSS JOIN LATERAL job_task_of(t.job_id, t.job_version, t.position) AS jt
            WHERE t.is_last_attempt AND t.for_each_run_id IS NULL
        ), inner_keys AS (
            SELECT DISTINCT key FROM last_tries l CROSS JOIN unnest(l.depends_on) AS key
        ), leaves AS (
            SELECT l.result_state FROM last_tries l WHERE l.task_key NOT IN (SELECT key FROM inner_keys)
        ), seen AS (
            SELECT bool_or(result_state IN ('FAILED', 'UPSTREAM_FAILED', 'TIMEDOUT')) AS failed,
                   bool_or(result_state IN ('CANCELED', 'UPSTREAM_CANCELED')) AS canceled
            FROM leaves
        ), seen_at_all AS (
            SELECT bool_or(result_state = 'FAILED') AS failed, bool_or(result_state = 'TIMEDOUT') AS timed_out,
                   bool_or(result_state IN ('UPSTREAM_FAILED', 'CANCELED', 'UPSTREAM_CANCELED')) AS others
            FROM last_tries
        )
        SELECT CASE WHEN s.failed THEN CASE WHEN a.timed_out AND NOT a.failed THEN 'TIMEDOUT' ELSE 'FAILED' END
                    WHEN s.canceled THEN 'CANCELED'
                    WHEN a.failed OR a.timed_out OR a.others THEN 'SUCCESS_WITH_FAILURES'
                    ELSE 'SUCCESS' END
        FROM seen s CROSS JOIN seen_at_all a);
END $$;
