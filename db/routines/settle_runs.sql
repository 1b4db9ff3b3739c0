-- After task runs of these runs (rows locked by the caller) came to an end: skips what cannot begin any more, queues what
-- can, and ends the runs that have nothing left to do; an ended run frees its place for the job's next QUEUED one.
-- `is_last_attempt` task runs are what counts: a try that is followed by another is no end.
CREATE OR REPLACE FUNCTION settle_runs(run_ids bigint[]) RETURNS run_changes
LANGUAGE plpgsql AS $$
DECLARE
    changes run_changes := ('{}', '{}', '{}');
    unsettled bigint[] := run_ids;
    ended bigint[];
    freed_jobs bigint[];
    admitted record;
BEGIN
    WHILE cardinality(unsettled) > 0 LOOP
        IF EXISTS (SELECT FROM runs r WHERE r.run_id = ANY (unsettled) AND r.task_count > 1) THEN
            changes := merge_changes(changes, advance_tasks(unsettled));
        END IF;
        SELECT e.ended, e.freed_jobs INTO ended, freed_jobs FROM end_finished_runs(unsettled) AS e;
        changes.ended_runs := changes.ended_runs || ended;
        unsettled := '{}';
        IF cardinality(ended) > 0 THEN
            changes.changed_clusters := changes.changed_clusters || end_job_clusters(ended);
        END IF;
        IF cardinality(freed_jobs) > 0 THEN
            SELECT * INTO admitted FROM admit_next_runs(freed_jobs);
            changes.ended_runs := changes.ended_runs || admitted.failed_task_runs;
            changes.ready_clusters := changes.ready_clusters || admitted.ready_clusters;
            changes.changed_clusters := changes.changed_clusters || admitted.changed_clusters;
            unsettled := admitted.unsettled_runs;
        END IF;
    END LOOP;
    RETURN changes;
END $$;

-- BLOCKED task runs: SKIPPED once an upstream task is over without success, queued once all are over with it.
CREATE OR REPLACE FUNCTION advance_tasks(run_ids bigint[]) RETURNS run_changes
LANGUAGE plpgsql AS $$
DECLARE
    changes run_changes := ('{}', '{}', '{}');
    skipped bigint[];
    ready bigint[];
    queued record;
    now_millis bigint;
BEGIN
    LOOP
        now_millis := epoch_millis();
        WITH upstream AS MATERIALIZED (
            SELECT t.run_id,
                   bool_and(coalesce(u.result_state, '') = 'SUCCESS') AS all_succeeded,
                   bool_or(is_terminal(u.life_cycle_state) AND coalesce(u.result_state, '') <> 'SUCCESS') AS any_failed,
                   bool_or(u.result_state IN ('FAILED', 'TIMEDOUT', 'UPSTREAM_FAILED')) AS by_failure
            FROM task_runs t
            JOIN job_tasks jt ON jt.job_id = t.job_id AND jt.job_version = t.job_version AND jt.position = t.position
            JOIN task_runs u ON u.job_run_id = t.job_run_id AND u.task_key = ANY (jt.depends_on) AND u.is_last_attempt
            WHERE t.job_run_id = ANY (run_ids) AND t.life_cycle_state = 'BLOCKED'
            GROUP BY t.run_id
        ), skips AS (
            UPDATE task_runs t
            SET life_cycle_state = 'SKIPPED',
                result_state = CASE WHEN u.by_failure THEN 'UPSTREAM_FAILED' ELSE 'UPSTREAM_CANCELED' END,
                state_message = CASE WHEN u.by_failure THEN 'An upstream task failed.' ELSE 'An upstream task was cancelled.' END,
                termination_code = 'SKIPPED', termination_type = 'CLIENT_ERROR',
                start_time = now_millis, end_time = now_millis
            FROM upstream u WHERE t.run_id = u.run_id AND u.any_failed
            RETURNING t.run_id
        ), starts AS (
            UPDATE task_runs t SET life_cycle_state = 'PENDING'
            FROM upstream u WHERE t.run_id = u.run_id AND u.all_succeeded
            RETURNING t.run_id
        )
        SELECT ARRAY(SELECT s.run_id FROM skips s), ARRAY(SELECT s.run_id FROM starts s) INTO skipped, ready;
        EXIT WHEN cardinality(skipped) + cardinality(ready) = 0;
        changes.ended_runs := changes.ended_runs || skipped;
        IF cardinality(ready) > 0 THEN
            SELECT * INTO queued FROM queue_task_runs(ready, now());
            changes := merge_changes(changes, (queued.failed_task_runs, queued.ready_clusters, queued.changed_clusters));
        END IF;
    END LOOP;
    RETURN changes;
END $$;

-- Ends those of the runs whose tasks are all over. freed_jobs: jobs that got a place back (their admission rows are locked).
CREATE OR REPLACE FUNCTION end_finished_runs(run_ids bigint[], OUT ended bigint[], OUT freed_jobs bigint[])
LANGUAGE plpgsql AS $$
DECLARE
    admitted_jobs bigint[];   -- of each ended run that held a place, so one may appear twice
    now_millis bigint := epoch_millis();
BEGIN
    WITH over AS MATERIALIZED (
        SELECT t.job_run_id,
               bool_and(t.result_state = 'SUCCESS') AS succeeded,
               min(t.position) FILTER (WHERE t.result_state = 'FAILED') AS failed_position,
               min(t.position) FILTER (WHERE t.result_state = 'TIMEDOUT') AS timed_out_position,
               bool_or(t.result_state = 'UPSTREAM_FAILED') AS skipped_downstream
        FROM task_runs t
        WHERE t.job_run_id = ANY (run_ids) AND t.is_last_attempt
        GROUP BY t.job_run_id
        HAVING bool_and(is_terminal(t.life_cycle_state))
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
        JOIN runs r ON r.run_id = o.job_run_id
        JOIN jobs j ON j.job_id = r.job_id
        LEFT JOIN task_runs f ON f.job_run_id = o.job_run_id AND f.is_last_attempt
            AND f.position = coalesce(o.failed_position, o.timed_out_position)
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
            end_time = now_millis, queue_reason = NULL, deadline_at = NULL, kernel_token = NULL
        FROM verdicts v
        WHERE r.run_id = v.job_run_id AND r.end_time = 0
        RETURNING r.run_id, r.job_id, v.held_place
    )
    SELECT ARRAY(SELECT e.run_id FROM endings e), ARRAY(SELECT e.job_id FROM endings e WHERE e.held_place)
    INTO ended, admitted_jobs;

    freed_jobs := ARRAY(SELECT DISTINCT j FROM unnest(admitted_jobs) AS j ORDER BY j);
    IF cardinality(freed_jobs) > 0 THEN
        PERFORM FROM job_admission a WHERE a.job_id = ANY (freed_jobs) ORDER BY a.job_id FOR NO KEY UPDATE;
        UPDATE job_admission a SET active_runs = a.active_runs - n.count
        FROM (SELECT j AS job_id, count(*)::integer FROM unnest(admitted_jobs) AS j GROUP BY j) AS n
        WHERE a.job_id = n.job_id;
    END IF;
END $$;

-- First come, first served: QUEUED runs of these jobs (admission rows locked by the caller) take the free places.
-- A queued run that is being cancelled meanwhile falls out of the locking SELECT, hence the loop.
CREATE OR REPLACE FUNCTION admit_next_runs(
    job_ids bigint[], OUT ready_clusters text[], OUT changed_clusters text[], OUT failed_task_runs bigint[],
    OUT unsettled_runs bigint[])
LANGUAGE plpgsql AS $$
DECLARE
    next_runs bigint[];
    all_next bigint[] := '{}';
    now_millis bigint := epoch_millis();
BEGIN
    WHILE EXISTS (
        SELECT FROM job_admission a JOIN jobs j ON j.job_id = a.job_id
        WHERE a.job_id = ANY (job_ids) AND a.active_runs < j.max_concurrent_runs
          AND EXISTS (SELECT FROM runs q WHERE q.job_id = a.job_id AND q.queue_reason IS NOT NULL)
    ) LOOP
        next_runs := ARRAY(
            SELECT q.run_id
            FROM job_admission a
            JOIN jobs j ON j.job_id = a.job_id
            CROSS JOIN LATERAL (
                SELECT r.run_id FROM runs r
                WHERE r.job_id = a.job_id AND r.queue_reason IS NOT NULL
                ORDER BY r.run_id
                LIMIT greatest(j.max_concurrent_runs - a.active_runs, 0)
                FOR NO KEY UPDATE
            ) AS q
            WHERE a.job_id = ANY (job_ids));
        UPDATE runs r
        SET life_cycle_state = 'PENDING', queue_reason = NULL, queue_duration = now_millis - r.start_time,
            deadline_at = CASE WHEN j.timeout_seconds > 0
                               THEN clock_timestamp() + make_interval(secs => j.timeout_seconds) END
        FROM jobs j WHERE r.run_id = ANY (next_runs) AND j.job_id = r.job_id;
        UPDATE job_admission a SET active_runs = a.active_runs + n.count
        FROM (SELECT r.job_id, count(*)::integer FROM runs r WHERE r.run_id = ANY (next_runs) GROUP BY r.job_id) AS n
        WHERE a.job_id = n.job_id;
        all_next := all_next || next_runs;
    END LOOP;
    SELECT a.ready_clusters, a.changed_clusters, a.failed_task_runs, a.unsettled_runs
    INTO ready_clusters, changed_clusters, failed_task_runs, unsettled_runs
    FROM admit_runs(all_next) AS a;
END $$;
