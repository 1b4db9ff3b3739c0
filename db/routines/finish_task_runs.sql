-- A worker's report of how task runs ended. Rows whose lease token no longer matches change nothing and come back false.
-- The long texts travel in arrays of their own, element i of each belonging to outcomes[i].
-- Generic plans, here and in the other hot routines: left to itself Postgres plans every `= ANY (array)` anew at each call,
-- which takes longer than the work. A generic plan must be right for the longest table (look_ups.sql).
CREATE OR REPLACE FUNCTION finish_task_runs(
    outcomes jsonb, results text[], errors text[], error_traces text[], logs text[], notebooks text[],
    OUT held boolean[], OUT changes run_changes)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
SET plan_cache_mode = force_generic_plan SET enable_hashjoin = off SET enable_mergejoin = off
SET enable_seqscan = off SET enable_bitmapscan = off SET jit = off AS $$
DECLARE
    ours bigint[];
BEGIN
    -- The runs' rows first, in order: two last tasks that finish together end the run one after the other, and the
    -- second sees what the first wrote.
    PERFORM lock_runs_of(outcomes);
    ours := lock_leases(outcomes);
    held := ARRAY(SELECT (o.value ->> 'run_id')::bigint = ANY (ours)
                  FROM jsonb_array_elements(outcomes) WITH ORDINALITY AS o (value, position) ORDER BY o.position);
    DELETE FROM task_queue q WHERE q.run_id = ANY (ours);
    IF cardinality(ours) = 0 THEN
        changes := ('{}', '{}', '{}');
        RETURN;
    END IF;

    INSERT INTO task_outputs (run_id, result, truncated, error, error_trace, logs, logs_truncated, notebook, details)
    SELECT o.run_id, results[o.position], o.truncated, errors[o.position], error_traces[o.position],
           logs[o.position], o.logs_truncated, notebooks[o.position], o.details
    FROM jsonb_to_recordset(outcomes)
        AS o (position integer, run_id bigint, truncated boolean, logs_truncated boolean, details jsonb)
    WHERE o.run_id = ANY (ours);

    IF cardinality(ours) < jsonb_array_length(outcomes) THEN
        outcomes := (SELECT jsonb_agg(o.value) FROM jsonb_array_elements(outcomes) AS o (value)
                     WHERE (o.value ->> 'run_id')::bigint = ANY (ours));
    END IF;
    changes := conclude_task_runs(outcomes);
END $$;

-- Ends task runs whose runs' rows are locked and whose queue rows are gone. A try that may be repeated is followed by a
-- new task run; all else is settled.
CREATE OR REPLACE FUNCTION conclude_task_runs(outcomes jsonb) RETURNS run_changes
LANGUAGE plpgsql AS $$
DECLARE
    changes run_changes := ('{}', '{}', '{}');
    tries jsonb;
    told bigint[];
    retried run_changes;
    over bigint[];   -- those that no other try follows
    now_millis bigint := epoch_millis();
BEGIN
    WITH decided AS MATERIALIZED (
        SELECT o.run_id, o.setup_duration, o.execution_duration, o.cleanup_duration,
               o.result_state = 'CANCELED' AND r.ending_as = 'TIMEDOUT' AS run_timed_out,
               o.life_cycle_state, o.result_state, o.state_message, o.termination_code, o.termination_type,
               o.user_cancelled_or_timedout, o.counts_against_limit,
               o.retryable AND r.ending_as IS NULL AND o.result_state IN ('FAILED', 'TIMEDOUT')
               AND CASE WHEN o.counts_against_limit
                        THEN (jt.max_retries = -1 OR t.attempt_number - t.uncounted_losses < jt.max_retries)
                             AND (o.result_state <> 'TIMEDOUT' OR jt.retry_on_timeout)
                        ELSE jt.max_retries <> 0 AND t.uncounted_losses < 3 END AS try_again,
               jt.min_retry_interval_millis
        FROM jsonb_to_recordset(outcomes)
            AS o (run_id bigint, life_cycle_state text, result_state text, state_message text, termination_code text,
                  termination_type text, user_cancelled_or_timedout boolean, retryable boolean,
                  counts_against_limit boolean, setup_duration bigint, execution_duration bigint, cleanup_duration bigint)
        CROSS JOIN LATERAL task_run_of(o.run_id) AS t
        CROSS JOIN LATERAL run_of(t.job_run_id) AS r
        CROSS JOIN LATERAL job_task_of(t.job_id, t.job_version, t.position) AS jt
    ), ended AS (
        UPDATE task_runs t
        SET life_cycle_state = d.life_cycle_state,
            result_state = CASE WHEN d.run_timed_out THEN 'TIMEDOUT' ELSE d.result_state END,
            state_message = CASE WHEN d.run_timed_out THEN 'Run timed out.' ELSE d.state_message END,
            termination_code = CASE WHEN d.run_timed_out THEN 'CANCELED' ELSE d.termination_code END,
            termination_type = d.termination_type, user_cancelled_or_timedout = d.user_cancelled_or_timedout,
            setup_duration = d.setup_duration, execution_duration = d.execution_duration,
            cleanup_duration = d.cleanup_duration,
            start_time = CASE t.start_time WHEN 0 THEN now_millis ELSE t.start_time END,
            end_time = now_millis, is_last_attempt = NOT d.try_again
        FROM decided d
        WHERE t.run_id = ANY (ARRAY[d.run_id]) AND NOT is_terminal(t.life_cycle_state)
        RETURNING t.run_id, t.job_run_id, t.start_time, d.try_again, d.counts_against_limit, d.min_retry_interval_millis
    )
    SELECT jsonb_agg(to_jsonb(e)) FILTER (WHERE e.try_again), array_agg(e.run_id) FILTER (WHERE NOT e.try_again),
           array_agg(e.run_id)
    INTO tries, over, changes.ended_runs
    FROM ended e;

    IF tries IS NOT NULL THEN
        told := notifying(ARRAY(SELECT x.run_id FROM jsonb_to_recordset(tries) AS x (run_id bigint)));
        IF cardinality(told) > 0 THEN
            PERFORM tell_of_ended_task_runs(told);
        END IF;
        retried := try_again(tries);
        over := over || retried.ended_runs;
        changes := merge_changes(changes, retried);
    END IF;
    RETURN merge_changes(changes, settle_runs(over));
END $$;

-- The next tries. min_retry_interval_millis counts from the start of the failed one. ended_runs: tries that ended at once,
-- for want of their cluster; the caller settles them.
CREATE OR REPLACE FUNCTION try_again(tries jsonb) RETURNS run_changes
LANGUAGE plpgsql AS $$
DECLARE
    changes run_changes := ('{}', '{}', '{}');
    failed record;
    queued record;
    not_before timestamptz;
    next_run_id bigint;
BEGIN
    FOR failed IN
        SELECT * FROM jsonb_to_recordset(tries)
            AS f (run_id bigint, start_time bigint, counts_against_limit boolean, min_retry_interval_millis bigint)
        ORDER BY f.run_id
    LOOP
        not_before := to_timestamp((failed.start_time + failed.min_retry_interval_millis) / 1000.0);
        INSERT INTO task_runs (job_run_id, job_id, job_version, position, task_key, attempt_number,
                               original_attempt_run_id, uncounted_losses, cluster_id, repair_id, for_each_run_id,
                               iteration, input, life_cycle_state)
        SELECT t.job_run_id, t.job_id, t.job_version, t.position, t.task_key, t.attempt_number + 1,
               t.original_attempt_run_id,
               t.uncounted_losses + CASE WHEN failed.counts_against_limit THEN 0 ELSE 1 END, t.cluster_id, t.repair_id,
               t.for_each_run_id, t.iteration, t.input,
               CASE WHEN not_before > clock_timestamp() THEN 'WAITING_FOR_RETRY' ELSE 'PENDING' END
        FROM task_runs t WHERE t.run_id = failed.run_id
        RETURNING run_id INTO next_run_id;
        SELECT * INTO queued FROM queue_task_runs(ARRAY[next_run_id], not_before, false);
        changes := merge_changes(changes, (queued.ended_task_runs, queued.ready_clusters, queued.changed_clusters));
    END LOOP;
    RETURN changes;
END $$;
