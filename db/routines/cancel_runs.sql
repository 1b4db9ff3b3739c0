-- Asks runs to end as CANCELED or TIMEDOUT. Runs that are over are left alone. Returns in cancelled the task runs that a
-- worker holds and has to end; the others end here.
CREATE OR REPLACE FUNCTION end_runs_early(
    run_ids bigint[], how text, OUT changes run_changes, OUT cancelled bigint[])
LANGUAGE plpgsql AS $$
DECLARE
    ending bigint[];
    unfinished bigint[];
    ended bigint[];
    level bigint[] := run_ids;
BEGIN
    changes := ('{}', '{}', '{}');
    cancelled := '{}';
    -- Runs that notebooks of these runs called end with them: level by level, so always the caller before the called.
    WHILE cardinality(level) > 0 LOOP
        WITH alive AS MATERIALIZED (
            SELECT r.run_id FROM runs r
            WHERE r.run_id = ANY (level) AND r.end_time = 0 AND r.ending_as IS NULL
            ORDER BY r.run_id
            FOR NO KEY UPDATE
        ), marked AS (
            UPDATE runs r
            SET ending_as = how,
                life_cycle_state = CASE WHEN r.queue_reason IS NULL THEN 'TERMINATING' ELSE r.life_cycle_state END
            FROM alive a WHERE r.run_id = a.run_id
            RETURNING r.run_id
        )
        SELECT ARRAY(SELECT m.run_id FROM marked m) INTO ending;
        unfinished := ARRAY(SELECT t.run_id FROM task_runs t
                            WHERE t.job_run_id = ANY (ending) AND NOT is_terminal(t.life_cycle_state));
        ended := end_waiting_task_runs(unfinished, how);
        -- Of a claim under way the outcome is waited for: what is leased now stays so.
        cancelled := cancelled || ask_to_cancel(unfinished);
        changes := merge_changes(merge_changes(changes, (ended, '{}', '{}')), settle_runs(ended));
        level := ARRAY(
            SELECT c.run_id FROM task_runs t JOIN runs c ON c.parent_run_id = t.run_id
            WHERE t.job_run_id = ANY (ending) AND c.end_time = 0);
    END LOOP;
END $$;

-- Ends those of the task runs that nobody holds. Their runs' rows are locked by the caller, who settles what is returned.
CREATE OR REPLACE FUNCTION end_waiting_task_runs(task_run_ids bigint[], how text) RETURNS bigint[]
LANGUAGE plpgsql AS $$
DECLARE
    ended_task_runs bigint[];
    now_millis bigint := epoch_millis();
BEGIN
    -- Waits for claims under way; what is claimed by then stays.
    PERFORM FROM task_queue q WHERE q.run_id = ANY (task_run_ids) ORDER BY q.run_id FOR UPDATE;
    DELETE FROM task_queue q WHERE q.run_id = ANY (task_run_ids) AND q.lease_token IS NULL;
    WITH ended AS (
        UPDATE task_runs t
        SET life_cycle_state = CASE t.life_cycle_state WHEN 'BLOCKED' THEN 'SKIPPED' ELSE 'TERMINATED' END,
            result_state = CASE t.life_cycle_state WHEN 'BLOCKED' THEN 'UPSTREAM_CANCELED' ELSE how END,
            state_message = CASE how WHEN 'TIMEDOUT' THEN 'Run timed out.' ELSE 'Run cancelled.' END,
            termination_code = CASE how WHEN 'TIMEDOUT' THEN 'CANCELED' ELSE 'USER_CANCELED' END,
            termination_type = 'CLIENT_ERROR', user_cancelled_or_timedout = true,
            start_time = CASE t.start_time WHEN 0 THEN now_millis ELSE t.start_time END, end_time = now_millis
        WHERE t.run_id = ANY (task_run_ids) AND NOT is_terminal(t.life_cycle_state)
          AND NOT EXISTS (SELECT FROM task_queue q WHERE q.run_id = t.run_id)
        RETURNING t.run_id
    )
    SELECT ARRAY(SELECT e.run_id FROM ended e) INTO ended_task_runs;
    RETURN ended_task_runs;
END $$;

-- Marks the leased ones of the task runs as to be ended by who holds them.
CREATE OR REPLACE FUNCTION ask_to_cancel(task_run_ids bigint[]) RETURNS bigint[]
LANGUAGE plpgsql AS $$
DECLARE
    asked bigint[];
BEGIN
    WITH marked AS (
        UPDATE task_queue q SET cancel_requested = true
        WHERE q.run_id = ANY (task_run_ids) AND q.lease_token IS NOT NULL
        RETURNING q.run_id
    )
    SELECT ARRAY(SELECT m.run_id FROM marked m) INTO asked;
    RETURN asked;
END $$;

-- `id` names a run, or one task run of a run, which for a for-each means its iterations too.
CREATE OR REPLACE FUNCTION cancel_run(id bigint, OUT changes run_changes, OUT cancelled bigint[])
LANGUAGE plpgsql AS $$
DECLARE
    run_of_task bigint;
    targets bigint[];
    ended bigint[];
    called record;
BEGIN
    SELECT t.job_run_id INTO run_of_task FROM task_runs t WHERE t.run_id = id;
    IF run_of_task IS NULL THEN
        SELECT * INTO called FROM end_runs_early(ARRAY[id], 'CANCELED');
        changes := called.changes;
        cancelled := called.cancelled;
        RETURN;
    END IF;
    PERFORM FROM runs r WHERE r.run_id = run_of_task FOR NO KEY UPDATE;
    targets := id || ARRAY(SELECT t.run_id FROM task_runs t
                           WHERE t.for_each_run_id = id AND NOT is_terminal(t.life_cycle_state));
    ended := end_waiting_task_runs(targets, 'CANCELED');
    cancelled := ask_to_cancel(targets);
    changes := merge_changes((ended, '{}', '{}'), settle_runs(ended));
    SELECT * INTO called FROM end_runs_early(
        ARRAY(SELECT c.run_id FROM runs c WHERE c.parent_run_id = ANY (targets) AND c.end_time = 0), 'CANCELED');
    changes := merge_changes(changes, called.changes);
    cancelled := cancelled || called.cancelled;
END $$;

CREATE OR REPLACE FUNCTION time_out_runs(max_runs integer, OUT changes run_changes, OUT cancelled bigint[])
LANGUAGE plpgsql AS $$
DECLARE
    late record;
BEGIN
    SELECT * INTO late FROM end_runs_early(ARRAY(
        SELECT r.run_id FROM runs r
        WHERE r.deadline_at < clock_timestamp() AND r.ending_as IS NULL
        ORDER BY r.deadline_at LIMIT max_runs), 'TIMEDOUT');
    changes := late.changes;
    cancelled := late.cancelled;
END $$;

-- The sweep: what no NOTIFY told of. Retries whose time has come become PENDING, clusters that stand still with work
-- before them are started, and all clusters with claimable work are returned.
CREATE OR REPLACE FUNCTION clusters_with_ready_work(OUT ready_clusters text[], OUT changed_clusters text[])
LANGUAGE plpgsql SET enable_seqscan = off AS $$
BEGIN
    -- What became ready behind its queue's turn: retries whose time has come, enqueues and claims that took long.
    UPDATE task_queue q SET turn = behind.turn
    FROM (SELECT w.run_id, s.turn
          FROM queue_turns s
          JOIN task_queue w ON w.cluster_id = s.cluster_id AND w.priority = s.priority AND w.turn < s.turn
          WHERE w.lease_token IS NULL AND w.ready_at <= now()
          FOR UPDATE OF w SKIP LOCKED) AS behind
    WHERE q.run_id = ANY (ARRAY[behind.run_id]);
    -- From one cluster to the next in the index, so that a long queue costs as little as a short one.
    ready_clusters := ARRAY(
        WITH RECURSIVE cluster AS (
            (SELECT q.cluster_id FROM task_queue q WHERE q.lease_token IS NULL ORDER BY q.cluster_id LIMIT 1)
            UNION ALL
            SELECT (SELECT q.cluster_id FROM task_queue q
                    WHERE q.lease_token IS NULL AND q.cluster_id > c.cluster_id ORDER BY q.cluster_id LIMIT 1)
            FROM cluster c WHERE c.cluster_id IS NOT NULL
        )
        SELECT c.cluster_id FROM cluster c
        WHERE EXISTS (SELECT FROM task_queue q
                      WHERE q.cluster_id = c.cluster_id AND q.lease_token IS NULL AND q.ready_at <= now()));
    changed_clusters := start_clusters(ready_clusters, '');
    UPDATE task_runs t SET life_cycle_state = 'PENDING'
    FROM (SELECT q.run_id FROM task_queue q CROSS JOIN LATERAL task_run_of(q.run_id) AS w
          WHERE q.cluster_id = ANY (ready_clusters) AND q.lease_token IS NULL AND q.ready_at <= now()
            AND w.life_cycle_state = 'WAITING_FOR_RETRY'
          FOR UPDATE OF q SKIP LOCKED) AS due
    WHERE t.run_id = ANY (ARRAY[due.run_id]);
END $$;
