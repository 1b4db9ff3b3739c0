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
BEGIN
    WHILE cardinality(unsettled) > 0 LOOP
        IF EXISTS (SELECT FROM task_runs t CROSS JOIN LATERAL run_of(t.job_run_id) AS r
                   WHERE t.run_id = ANY (unsettled) AND r.task_count > 1) THEN
            advanced := advance_tasks(unsettled);
            unsettled := unsettled || advanced.ended_runs;
            changes := merge_changes(changes, advanced);
        END IF;
        SELECT e.ended, e.freed_jobs INTO ended, freed_jobs FROM end_finished_runs(unsettled) AS e;
        changes.ended_runs := changes.ended_runs || ended;
        unsettled := '{}';
        IF EXISTS (SELECT FROM clusters c WHERE c.job_run_id = ANY (ended)) THEN
            changes.changed_clusters := changes.changed_clusters || end_job_clusters(ended);
        END IF;
        IF cardinality(freed_jobs) > 0 THEN
            SELECT * INTO admitted FROM admit_next_runs(freed_jobs);
            changes.ended_runs := changes.ended_runs || admitted.failed_task_runs;
            changes.ready_clusters := changes.ready_clusters || admitted.ready_clusters;
            changes.changed_clusters := changes.changed_clusters || admitted.changed_clusters;
            unsettled := admitted.failed_task_runs;
        END IF;
    END LOOP;
    RETURN changes;
END $$;

-- Tasks that wait for ended ones: SKIPPED when one ended without success, and then what waits for them likewise; queued
-- once the last has succeeded. ended_runs: the task runs that ended here.
CREATE OR REPLACE FUNCTION advance_tasks(ended_task_runs bigint[]) RETURNS run_changes
LANGUAGE plpgsql AS $$
DECLARE
    changes run_changes := ('{}', '{}', '{}');
    ended bigint[] := ended_task_runs;
    ready bigint[];
    queued record;
    now_millis bigint := epoch_millis();
BEGIN
    WHILE cardinality(ended) > 0 LOOP
        WITH waiting AS MATERIALIZED (
            SELECT t.run_id, count(*)::integer AS upstreams,
                   bool_or(coalesce(u.result_state, '') <> 'SUCCESS') AS any_failed,
                   bool_or(u.result_state IN ('FAILED', 'TIMEDOUT', 'UPSTREAM_FAILED')) AS by_failure
            FROM task_runs u
            CROSS JOIN LATERAL job_task_of(u.job_id, u.job_version, u.position) AS jt
            CROSS JOIN LATERAL (SELECT d.run_id, d.life_cycle_state FROM task_runs d
                                WHERE d.job_run_id = u.job_run_id AND d.position = ANY (jt.dependants) OFFSET 0) AS t
            WHERE u.run_id = ANY (ended) AND t.life_cycle_state = 'BLOCKED'
            GROUP BY t.run_id
        ), skips AS (
            UPDATE task_runs t
            SET life_cycle_state = 'SKIPPED',
                result_state = CASE WHEN w.by_failure THEN 'UPSTREAM_FAILED' ELSE 'UPSTREAM_CANCELED' END,
                state_message = CASE WHEN w.by_failure THEN 'An upstream task failed.' ELSE 'An upstream task was cancelled.' END,
                termination_code = 'SKIPPED', termination_type = 'CLIENT_ERROR',
                start_time = now_millis, end_time = now_millis
            FROM waiting w WHERE t.run_id = ANY (ARRAY[w.run_id]) AND w.any_failed
            RETURNING t.run_id
        ), counts AS (
            UPDATE task_runs t
            SET unfinished_upstreams = t.unfinished_upstreams - w.upstreams,
                life_cycle_state = CASE t.unfinished_upstreams WHEN w.upstreams THEN 'PENDING' ELSE 'BLOCKED' END
            FROM waiting w WHERE t.run_id = ANY (ARRAY[w.run_id]) AND NOT w.any_failed
            RETURNING t.run_id, t.life_cycle_state
        )
        SELECT ARRAY(SELECT s.run_id FROM skips s), ARRAY(SELECT c.run_id FROM counts c WHERE c.life_cycle_state = 'PENDING')
        INTO ended, ready;
        IF cardinality(ready) > 0 THEN
            SELECT * INTO queued FROM queue_task_runs(ready, now(), false);
            ended := ended || queued.failed_task_runs;
            changes := merge_changes(changes, ('{}', queued.ready_clusters, queued.changed_clusters));
        END IF;
        changes.ended_runs := changes.ended_runs || ended;
    END LOOP;
    RETURN changes;
END $$;

-- Ends those runs of the ended task runs that have no task left. freed_jobs: jobs that got a place back (their admission
-- rows are locked).
CREATE OR REPLACE FUNCTION end_finished_runs(ended_task_runs bigint[], OUT ended bigint[], OUT freed_jobs bigint[])
LANGUAGE plpgsql AS $$
DECLARE
    admitted_jobs bigint[];   -- of each ended run that held a place, so one may appear twice
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
               bool_or(t.result_state = 'UPSTREAM_FAILED') AS skipped_downstream
        FROM counted c
        CROSS JOIN LATERAL run_of(c.job_run_id) AS r
        CROSS JOIN LATERAL task_runs_of(c.job_run_id) AS t
        WHERE r.unfinished_tasks = c.tasks AND t.is_last_attempt
        GROUP BY t.job_run_id
    ), verdicts AS (
        SELECT o.*, r.queue_reason IS NULL AND j.kind <> 'WORKFLOW' AS held_place,
               CASE WHEN o.succeeded THEN 'SUCCESS'
                    WHEN r.ending_as IS NOT NULL THEN r.ending_as
                    WHEN o.failed_position IS NOT NULL THEN 'FAILED'
                    WHEN o.timed_out_position IS NOT NULL THEN 'TIMEDOUT'
                    ELSE 'CANCELED' END AS result,
               j.format = 'SINGLE_TASK' AS is_flat,
               f.task_key, f.life_cycle_state, f.state_message, f.termination_code, f.termination_type
        FROM over o
        CROSS JOIN LATERAL run_of(o.job_run_id) AS r
        CROSS JOIN LATERAL job_of(r.job_id) AS j
        LEFT JOIN LATERAL task_runs_of(o.job_run_id) AS f
            ON f.is_last_attempt AND f.position = coalesce(o.failed_position, o.timed_out_position)
    ), endings AS (
        UPDATE runs r
        SET life_cycle_state = CASE WHEN v.result <> 'FAILED' THEN 'TERMINATED'
                                    WHEN v.is_flat THEN v.life_cycle_state ELSE 'INTERNAL_ERROR' END,
            result_state = v.result,
            state_message = CASE v.result
                WHEN 'SUCCESS' THEN ''
                WHEN 'CANCELED' THEN 'Run cancelled.'
                WHEN 'TIMEDOUT' THEN coalesce(nullif(v.state_message, ''), 'Run timed out.')
                ELSE CASE WHEN v.is_flat THEN v.state_message
                     ELSE format('Task %s failed with message: %s.', v.task_key, rtrim(v.state_message, '.'))
                          || CASE WHEN v.skipped_downstream
                                  THEN ' This caused all downstream tasks to get skipped.' ELSE '' END END END,
            termination_code = CASE v.result WHEN 'SUCCESS' THEN 'SUCCESS' WHEN 'CANCELED' THEN 'USER_CANCELED'
                                             WHEN 'TIMEDOUT' THEN 'CANCELED' ELSE v.termination_code END,
            termination_type = CASE v.result WHEN 'SUCCESS' THEN 'SUCCESS' WHEN 'FAILED' THEN v.termination_type
                                             ELSE 'CLIENT_ERROR' END,
            user_cancelled_or_timedout = v.result IN ('CANCELED', 'TIMEDOUT'),
            end_time = now_millis, unfinished_tasks = 0, queue_reason = NULL, deadline_at = NULL, kernel_token = NULL
        FROM verdicts v
        WHERE r.run_id = ANY (ARRAY[v.job_run_id]) AND r.end_time = 0
        RETURNING r.run_id, r.job_id, v.held_place
    )
    SELECT ARRAY(SELECT e.run_id FROM endings e), ARRAY(SELECT e.job_id FROM endings e WHERE e.held_place)
    INTO ended, admitted_jobs;

    freed_jobs := admitted_jobs;
    IF cardinality(freed_jobs) > 1 THEN
        freed_jobs := ARRAY(SELECT DISTINCT j FROM unnest(admitted_jobs) AS j ORDER BY j);
    END IF;
    IF cardinality(freed_jobs) > 0 THEN
        PERFORM FROM job_admission a WHERE a.job_id = ANY (freed_jobs) ORDER BY a.job_id FOR NO KEY UPDATE;
        PERFORM change_places(array_agg(n.job_id), array_agg(-n.count), NULL)
        FROM (SELECT j AS job_id, count(*)::integer FROM unnest(admitted_jobs) AS j GROUP BY j) AS n;
    END IF;
END $$;
