-- The iterations of for-each tasks. An iteration is a task run that belongs to the for-each task run; it begins when one
-- before it has left a place, in the finish of that one.

-- The scheduler has resolved the inputs of a for-each that it holds. Without any it ends at once.
CREATE OR REPLACE FUNCTION begin_for_each(for_each_run bigint, for_each_inputs jsonb, for_each_concurrency integer)
RETURNS run_changes
LANGUAGE plpgsql AS $$
DECLARE
    begun run_changes;
BEGIN
    INSERT INTO for_each_runs (run_id, inputs, concurrency) VALUES (for_each_run, for_each_inputs, for_each_concurrency);
    IF jsonb_array_length(for_each_inputs) = 0 THEN
        RETURN conclude_for_each(for_each_run);
    END IF;
    begun := start_iterations(for_each_run);
    RETURN merge_changes(begun, settle_runs(begun.ended_runs));
END $$;

-- As many iterations as there are places for. ended_runs: those that ended at once, for want of their cluster; the caller
-- settles them.
CREATE OR REPLACE FUNCTION start_iterations(for_each_run bigint) RETURNS run_changes
LANGUAGE plpgsql AS $$
DECLARE
    owner record;
    first integer;
    started bigint[];
    made text[];
    queued record;
BEGIN
    UPDATE for_each_runs f
    SET next_iteration = f.next_iteration + n.count, active = f.active + n.count
    FROM (SELECT x.next_iteration,
                 least(x.concurrency - x.active, jsonb_array_length(x.inputs) - x.next_iteration) AS count
          FROM for_each_runs x WHERE x.run_id = for_each_run) AS n
    WHERE f.run_id = for_each_run AND n.count > 0
    RETURNING n.next_iteration AS first, f.next_iteration AS after, f.inputs INTO owner;
    IF NOT FOUND THEN
        RETURN ('{}', '{}', '{}')::run_changes;
    END IF;
    WITH new_task_runs AS (
        INSERT INTO task_runs AS t (run_id, job_run_id, job_id, job_version, position, task_key, original_attempt_run_id,
                                    cluster_id, life_cycle_state, repair_id, for_each_run_id, iteration, input)
        SELECT n.run_id, p.job_run_id, p.job_id, p.job_version, jt.position, jt.task_key, n.run_id,
               jt.existing_cluster_id, 'PENDING', p.repair_id, p.run_id, n.iteration, owner.inputs -> n.iteration
        FROM task_run_of(for_each_run) AS p
        CROSS JOIN LATERAL (SELECT x.* FROM job_tasks x
                            WHERE x.job_id = p.job_id AND x.job_version = p.job_version
                              AND x.nested_in = p.position) AS jt
        CROSS JOIN LATERAL (SELECT nextval('run_ids') AS run_id, i AS iteration
                            FROM generate_series(owner.first, owner.after - 1) AS i) AS n
        RETURNING t.run_id
    )
    SELECT array_agg(n.run_id) INTO started FROM new_task_runs n;
    made := give_clusters(ARRAY(SELECT t.run_id FROM task_runs t WHERE t.run_id = ANY (started) AND t.cluster_id IS NULL));
    SELECT * INTO queued FROM queue_task_runs(started, now(), false);
    RETURN (queued.ended_task_runs, queued.ready_clusters, queued.changed_clusters || made)::run_changes;
END $$;

-- Iterations that ended, with no other try to follow: the next ones begin, or their for-each ends. One that is over already
-- is not changed.
CREATE OR REPLACE FUNCTION advance_iterations(ended_task_runs bigint[]) RETURNS run_changes
LANGUAGE plpgsql AS $$
DECLARE
    changes run_changes := ('{}', '{}', '{}');
    ended bigint[];
    next_ended bigint[] := ended_task_runs;
    for_each record;
    begun run_changes;
BEGIN
    WHILE cardinality(next_ended) > 0 LOOP
        ended := next_ended;
        next_ended := '{}';
        FOR for_each IN
            UPDATE for_each_runs f SET active = f.active - e.count, failed = f.failed + e.failed
            FROM (SELECT t.for_each_run_id, count(*)::integer AS count,
                         (count(*) FILTER (WHERE t.result_state <> 'SUCCESS'))::integer AS failed
                  FROM task_runs t WHERE t.run_id = ANY (ended) AND t.for_each_run_id IS NOT NULL
                  GROUP BY t.for_each_run_id) AS e
            WHERE f.run_id = ANY (ARRAY[e.for_each_run_id])
            RETURNING f.run_id, f.active,
                      (SELECT q.cancel_requested OR r.ending_as IS NOT NULL
                       FROM task_queue q CROSS JOIN LATERAL run_of(q.job_run_id) AS r
                       WHERE q.run_id = f.run_id) AS is_ending
        LOOP
            CONTINUE WHEN for_each.is_ending IS NULL;  -- over
            begun := ('{}', '{}', '{}');
            IF NOT for_each.is_ending THEN
                begun := start_iterations(for_each.run_id);
                next_ended := next_ended || begun.ended_runs;
                changes := merge_changes(changes, begun);
            END IF;
            IF for_each.active = 0 AND cardinality(begun.ready_clusters || begun.ended_runs::text[]) = 0 THEN
                changes := merge_changes(changes, conclude_for_each(for_each.run_id));
            END IF;
        END LOOP;
    END LOOP;
    RETURN changes;
END $$;

-- All of its iterations are over, or it is being cancelled and none is left.
CREATE OR REPLACE FUNCTION conclude_for_each(for_each_run bigint) RETURNS run_changes
LANGUAGE plpgsql AS $$
DECLARE
    how record;
    result text;
    message text;
BEGIN
    SELECT f.failed, jsonb_array_length(f.inputs) AS total, q.cancel_requested OR r.ending_as IS NOT NULL AS is_cancelled
    INTO how
    FROM for_each_runs f
    JOIN task_queue q ON q.run_id = f.run_id
    CROSS JOIN LATERAL run_of(q.job_run_id) AS r
    WHERE f.run_id = for_each_run;
    DELETE FROM task_queue q WHERE q.run_id = for_each_run;
    result := CASE WHEN how.is_cancelled THEN 'CANCELED' WHEN how.failed > 0 THEN 'FAILED' ELSE 'SUCCESS' END;
    message := CASE result WHEN 'CANCELED' THEN 'Run cancelled.'
                           WHEN 'FAILED' THEN format('%s of %s iterations failed', how.failed, how.total) ELSE '' END;
    INSERT INTO task_outputs (run_id, error) SELECT for_each_run, message WHERE result = 'FAILED';
    RETURN conclude_task_runs(jsonb_build_array(control_outcome(for_each_run, result, message)));
END $$;

-- How a control task ended, as conclude_task_runs takes it.
CREATE OR REPLACE FUNCTION control_outcome(task_run bigint, result text, message text) RETURNS jsonb
LANGUAGE sql IMMUTABLE AS $$
    SELECT jsonb_build_object(
        'run_id', task_run, 'life_cycle_state', 'TERMINATED', 'result_state', result, 'state_message', message,
        'termination_code', CASE result WHEN 'SUCCESS' THEN 'SUCCESS' WHEN 'CANCELED' THEN 'USER_CANCELED'
                                        WHEN 'TIMEDOUT' THEN 'CANCELED' ELSE 'RUN_EXECUTION_ERROR' END,
        'termination_type', CASE result WHEN 'SUCCESS' THEN 'SUCCESS' ELSE 'CLIENT_ERROR' END,
        'user_cancelled_or_timedout', result IN ('CANCELED', 'TIMEDOUT'), 'retryable', result IN ('FAILED', 'TIMEDOUT'),
        'counts_against_limit', true, 'setup_duration', 0, 'execution_duration', 0, 'cleanup_duration', 0)
$$;

-- How the iterations of a for-each stand, the last try of each: the reference's `stats`.
CREATE OR REPLACE FUNCTION for_each_stats(for_each_run bigint) RETURNS jsonb
LANGUAGE sql STABLE AS $$
    WITH tries AS MATERIALIZED (
        SELECT t.life_cycle_state, t.result_state, t.state_message, t.termination_code, o.error
        FROM task_runs t LEFT JOIN task_outputs o ON o.run_id = t.run_id
        WHERE t.for_each_run_id = for_each_run AND t.is_last_attempt
    ), errors AS (
        SELECT coalesce(x.error, x.state_message) AS message, x.termination_code, count(*) AS count
        FROM tries x WHERE x.result_state <> 'SUCCESS'
        GROUP BY 1, 2 ORDER BY count(*) DESC, 1 LIMIT 3
    )
    SELECT jsonb_build_object(
        'task_run_stats', (
            SELECT jsonb_build_object(
                'total_iterations', (SELECT jsonb_array_length(f.inputs) FROM for_each_runs f WHERE f.run_id = for_each_run),
                'scheduled_iterations', count(*),
                'active_iterations', count(*) FILTER (WHERE NOT is_terminal(life_cycle_state)),
                'completed_iterations', count(*) FILTER (WHERE is_terminal(life_cycle_state)),
                'succeeded_iterations', count(*) FILTER (WHERE result_state = 'SUCCESS'),
                'failed_iterations', count(*) FILTER (WHERE is_terminal(life_cycle_state) AND result_state <> 'SUCCESS'))
            FROM tries),
        'error_message_stats', coalesce((
            SELECT jsonb_agg(jsonb_build_object('error_message', left(message, 1000), 'count', count,
                                                'termination_category', termination_code) ORDER BY count DESC)
            FROM errors), '[]'))
    WHERE EXISTS (SELECT FROM for_each_runs f WHERE f.run_id = for_each_run)
$$;
