-- Telling people of runs: rows of `notifications`, written with what they tell of. Called for jobs that notify only. A second
-- call for the same changes nothing. Settings of a job and definitions of its tasks have the same fields; those of versions
-- that were stored before these were checked may hold anything.

-- Those of the task runs whose jobs tell somebody of them.
CREATE OR REPLACE FUNCTION notifying(task_run_ids bigint[]) RETURNS bigint[]
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN ARRAY(SELECT t.run_id FROM unnest(task_run_ids) AS id CROSS JOIN LATERAL task_run_of(id) AS t
                 CROSS JOIN LATERAL job_of(t.job_id) AS j WHERE j.notifies);
END $$;

CREATE OR REPLACE FUNCTION items_of(settings jsonb, path text[]) RETURNS SETOF jsonb
LANGUAGE sql IMMUTABLE AS $$
    SELECT i.value FROM jsonb_array_elements(
        CASE jsonb_typeof(settings #> path) WHEN 'array' THEN settings #> path ELSE '[]' END) AS i (value)
$$;

CREATE OR REPLACE FUNCTION is_set(settings jsonb, path text[]) RETURNS boolean
LANGUAGE sql IMMUTABLE AS $$
    SELECT coalesce(settings #>> path = 'true', false)
$$;

-- Who is told of an event: addresses, and destinations, of which an EMAIL one is told address by address. One that is gone
-- is told too; its delivery fails and says why.
CREATE OR REPLACE FUNCTION recipients_of(settings jsonb, event text)
RETURNS TABLE (destination_id text, address text)
LANGUAGE sql STABLE AS $$
    SELECT NULL, a.value #>> '{}' FROM items_of(settings, ARRAY['email_notifications', event]) AS a (value)
    WHERE jsonb_typeof(a.value) = 'string'
    UNION ALL
    SELECT w.value ->> 'id', m.address
    FROM items_of(settings, ARRAY['webhook_notifications', event]) AS w (value)
    LEFT JOIN LATERAL (SELECT d.addresses FROM notification_destinations d
                       WHERE d.destination_id = w.value ->> 'id' OFFSET 0) AS d ON true
    LEFT JOIN LATERAL unnest(d.addresses) AS m (address) ON true
    WHERE w.value ->> 'id' IS NOT NULL
$$;

-- What a run or task run that ended so is told as; NULL: of a branch that was not taken nobody is told.
CREATE OR REPLACE FUNCTION event_of_end(result_state text) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN result_state IN ('SUCCESS', 'SUCCESS_WITH_FAILURES') THEN 'on_success'
                WHEN result_state IN ('EXCLUDED', 'DISABLED') THEN NULL
                ELSE 'on_failure' END
$$;

-- Whether the settings keep an on_failure back. The older of the two fields for skipped runs is one of emails alone.
CREATE OR REPLACE FUNCTION is_muted(settings jsonb, life_cycle_state text, result_state text, is_address boolean)
RETURNS boolean
LANGUAGE sql IMMUTABLE AS $$
    SELECT coalesce(
        life_cycle_state = 'SKIPPED'
        AND (is_set(settings, '{notification_settings,no_alert_for_skipped_runs}')
             OR is_address AND is_set(settings, '{email_notifications,no_alert_for_skipped_runs}'))
        OR result_state IN ('CANCELED', 'UPSTREAM_CANCELED')
        AND is_set(settings, '{notification_settings,no_alert_for_canceled_runs}'), false)
$$;

-- The shortest duration that a health rule warns of, when somebody wants to know; else NULL.
CREATE OR REPLACE FUNCTION warned_duration_millis(settings jsonb) RETURNS bigint
LANGUAGE sql STABLE AS $$
    SELECT min(least((r.value ->> 'value')::numeric, 1e12) * 1000)::bigint
    FROM items_of(settings, '{health,rules}') AS r (value)
    WHERE r.value ->> 'metric' = 'RUN_DURATION_SECONDS' AND jsonb_typeof(r.value -> 'value') = 'number'
      AND EXISTS (SELECT FROM recipients_of(settings, 'on_duration_warning_threshold_exceeded'))
$$;

-- Task runs that a worker or the scheduler has taken up: they begin, and with the first of them the run, or its repair. A
-- retry may be kept back. Arms the warnings of both.
CREATE OR REPLACE FUNCTION tell_of_started(task_run_ids bigint[]) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    now_millis bigint := epoch_millis();
BEGIN
    -- Claims beside this one may begin other tasks of the same runs: each waits for the row of the other, in one order.
    WITH begun AS MATERIALIZED (
        SELECT r.run_id, coalesce(r.repair_id, 0) AS repair_id, v.settings,
               CASE WHEN r.repair_id IS NULL THEN r.start_time + r.queue_duration ELSE r.repaired_time END AS start_time
        FROM (SELECT DISTINCT t.job_run_id FROM unnest(task_run_ids) AS id CROSS JOIN LATERAL task_run_of(id) AS t) AS s
        CROSS JOIN LATERAL run_of(s.job_run_id) AS r
        CROSS JOIN LATERAL job_version_of(r.job_id, r.job_version) AS v
        ORDER BY r.run_id
    ), armed AS (
        INSERT INTO duration_warnings (run_id, repair_id, job_run_id, due_time)
        SELECT b.run_id, b.repair_id, b.run_id, b.start_time + warned_duration_millis(b.settings)
        FROM begun b WHERE warned_duration_millis(b.settings) IS NOT NULL
        ORDER BY b.run_id
        ON CONFLICT DO NOTHING
    )
    INSERT INTO notifications (job_run_id, repair_id, event, destination_id, address, life_cycle_state, created_time)
    SELECT b.run_id, b.repair_id, 'on_start', x.destination_id, x.address, 'RUNNING', now_millis
    FROM begun b CROSS JOIN LATERAL recipients_of(b.settings, 'on_start') AS x
    WHERE NOT EXISTS (SELECT FROM notifications n
                      WHERE n.job_run_id = b.run_id AND n.repair_id = b.repair_id AND n.task_run_id IS NULL
                        AND n.event = 'on_start')
    ORDER BY b.run_id, x.destination_id, x.address
    ON CONFLICT DO NOTHING;

    WITH begun AS MATERIALIZED (
        SELECT t.run_id, t.job_run_id, coalesce(t.repair_id, 0) AS repair_id, t.attempt_number, t.start_time, jt.definition
        FROM unnest(task_run_ids) AS id
        CROSS JOIN LATERAL task_run_of(id) AS t
        CROSS JOIN LATERAL job_task_of(t.job_id, t.job_version, t.position) AS jt
    ), armed AS (
        INSERT INTO duration_warnings AS w (run_id, job_run_id, due_time)
        SELECT b.run_id, b.job_run_id, b.start_time + warned_duration_millis(b.definition)
        FROM begun b WHERE warned_duration_millis(b.definition) IS NOT NULL
        -- Taken up before, and given back unbegun.
        ON CONFLICT (run_id, repair_id) DO UPDATE SET due_time = excluded.due_time WHERE w.due_time < excluded.due_time
    )
    INSERT INTO notifications (job_run_id, repair_id, task_run_id, event, destination_id, address, life_cycle_state,
                               created_time)
    SELECT b.job_run_id, b.repair_id, b.run_id, 'on_start', x.destination_id, x.address, 'RUNNING', now_millis
    FROM begun b CROSS JOIN LATERAL recipients_of(b.definition, 'on_start') AS x
    WHERE b.attempt_number = 0 OR NOT is_set(b.definition, '{notification_settings,alert_on_last_attempt}')
    ORDER BY b.run_id, x.destination_id, x.address
    ON CONFLICT DO NOTHING;
END $$;

-- Task runs that are over, each try of them. A failed one may be kept back while another try follows.
CREATE OR REPLACE FUNCTION tell_of_ended_task_runs(task_run_ids bigint[]) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    now_millis bigint := epoch_millis();
BEGIN
    WITH ended AS MATERIALIZED (
        SELECT t.run_id, t.job_run_id, coalesce(t.repair_id, 0) AS repair_id, t.life_cycle_state, t.result_state,
               t.state_message, jt.definition AS settings, event_of_end(t.result_state) AS event,
               t.is_last_attempt OR NOT is_set(jt.definition, '{notification_settings,alert_on_last_attempt}') AS is_wanted
        FROM unnest(task_run_ids) AS id
        CROSS JOIN LATERAL task_run_of(id) AS t
        CROSS JOIN LATERAL job_task_of(t.job_id, t.job_version, t.position) AS jt
        WHERE is_terminal(t.life_cycle_state)
    )
    INSERT INTO notifications (job_run_id, repair_id, task_run_id, event, destination_id, address, life_cycle_state,
                               result_state, state_message, error, created_time)
    SELECT e.job_run_id, e.repair_id, e.run_id, e.event, x.destination_id, x.address, e.life_cycle_state, e.result_state,
           left(e.state_message, 2000), left(o.error, 2000), now_millis
    FROM ended e
    CROSS JOIN LATERAL recipients_of(e.settings, e.event) AS x
    LEFT JOIN LATERAL (SELECT p.error FROM task_outputs p WHERE p.run_id = e.run_id OFFSET 0) AS o ON true
    WHERE e.event = 'on_success'
       OR e.is_wanted AND NOT is_muted(e.settings, e.life_cycle_state, e.result_state, x.destination_id IS NULL)
    ORDER BY e.run_id, x.destination_id, x.address
    ON CONFLICT DO NOTHING;
END $$;

-- Runs that are over. One that succeeded with failures has succeeded, as the reference has it.
CREATE OR REPLACE FUNCTION tell_of_ended_runs(run_ids bigint[]) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    now_millis bigint := epoch_millis();
BEGIN
    WITH ended AS MATERIALIZED (
        SELECT r.run_id, coalesce(r.repair_id, 0) AS repair_id, r.life_cycle_state, r.result_state, r.state_message,
               v.settings, event_of_end(r.result_state) AS event, error_of_run(r.run_id, r.result_state) AS error
        FROM unnest(tell_of_ended_runs.run_ids) AS id
        CROSS JOIN LATERAL run_of(id) AS r
        CROSS JOIN LATERAL job_version_of(r.job_id, r.job_version) AS v
        WHERE r.end_time <> 0
    )
    INSERT INTO notifications (job_run_id, repair_id, event, destination_id, address, life_cycle_state, result_state,
                               state_message, error, created_time)
    SELECT e.run_id, e.repair_id, e.event, x.destination_id, x.address, e.life_cycle_state, e.result_state,
           left(e.state_message, 2000), left(e.error, 2000), now_millis
    FROM ended e CROSS JOIN LATERAL recipients_of(e.settings, e.event) AS x
    WHERE e.event = 'on_success' OR NOT is_muted(e.settings, e.life_cycle_state, e.result_state, x.destination_id IS NULL)
    ORDER BY e.run_id, x.destination_id, x.address
    ON CONFLICT DO NOTHING;
END $$;

-- Of a failed run: the error of the first of its tasks that failed.
CREATE OR REPLACE FUNCTION error_of_run(of_run_id bigint, result_state text) RETURNS text
LANGUAGE plpgsql STABLE AS $$
BEGIN
    IF result_state IN ('FAILED', 'TIMEDOUT') IS NOT TRUE THEN
        RETURN NULL;
    END IF;
    RETURN (SELECT o.error
            FROM task_runs_of(of_run_id) AS t
            CROSS JOIN LATERAL (SELECT p.error FROM task_outputs p WHERE p.run_id = t.run_id OFFSET 0) AS o
            WHERE t.is_last_attempt AND t.result_state IN ('FAILED', 'TIMEDOUT') AND o.error IS NOT NULL
            ORDER BY t.position, t.run_id LIMIT 1);
END $$;

-- What still runs past its health rule, and has not been told of. Returns how many warnings were looked at.
CREATE OR REPLACE FUNCTION tell_of_long_runs(at_time bigint, max_warnings integer) RETURNS integer
LANGUAGE plpgsql SET enable_seqscan = off AS $$
DECLARE
    looked_at integer;
BEGIN
    WITH due AS MATERIALIZED (
        SELECT w.run_id, w.repair_id FROM duration_warnings w
        WHERE w.due_time <= at_time ORDER BY w.due_time LIMIT max_warnings
        FOR UPDATE SKIP LOCKED
    ), taken AS MATERIALIZED (
        SELECT d.run_id, d.repair_id, w.job_run_id
        FROM due d
        CROSS JOIN LATERAL (SELECT x.job_run_id FROM duration_warnings x
                            WHERE x.run_id = d.run_id AND x.repair_id = d.repair_id OFFSET 0) AS w
    ), done AS (
        UPDATE duration_warnings w SET due_time = NULL
        FROM taken t WHERE w.run_id = t.run_id AND w.repair_id = t.repair_id
    ), running AS MATERIALIZED (
        SELECT r.run_id AS job_run_id, t.repair_id, NULL::bigint AS task_run_id, v.settings
        FROM taken t
        CROSS JOIN LATERAL run_of(t.run_id) AS r
        CROSS JOIN LATERAL job_version_of(r.job_id, r.job_version) AS v
        WHERE t.run_id = t.job_run_id AND r.end_time = 0 AND coalesce(r.repair_id, 0) = t.repair_id
        UNION ALL
        SELECT k.job_run_id, coalesce(k.repair_id, 0), k.run_id, jt.definition
        FROM taken t
        CROSS JOIN LATERAL task_run_of(t.run_id) AS k
        CROSS JOIN LATERAL job_task_of(k.job_id, k.job_version, k.position) AS jt
        WHERE t.run_id <> t.job_run_id AND k.life_cycle_state = 'RUNNING'
    ), told AS (
        INSERT INTO notifications (job_run_id, repair_id, task_run_id, event, destination_id, address, life_cycle_state,
                                   created_time)
        SELECT r.job_run_id, r.repair_id, r.task_run_id, 'on_duration_warning_threshold_exceeded', x.destination_id,
               x.address, 'RUNNING', at_time
        FROM running r CROSS JOIN LATERAL recipients_of(r.settings, 'on_duration_warning_threshold_exceeded') AS x
        ON CONFLICT DO NOTHING
    )
    SELECT count(*) INTO looked_at FROM taken;
    RETURN looked_at;
END $$;

-- The next one that is due, leased to its sender until `until`: should that die, it is due again. Neither a destination of
-- `busy` nor, when `emails` is not set, an email. No row: there is none.
CREATE OR REPLACE FUNCTION lease_notification(at_time bigint, until bigint, busy text[], emails boolean)
RETURNS SETOF notifications
LANGUAGE plpgsql SET enable_seqscan = off AS $$
DECLARE
    found_id bigint;
BEGIN
    SELECT n.notification_id INTO found_id FROM notifications n
    WHERE n.state = 'PENDING' AND n.next_time <= at_time AND (emails OR n.address IS NULL)
      AND (n.destination_id IS NULL OR n.destination_id <> ALL (busy))
    ORDER BY n.next_time, n.notification_id LIMIT 1
    FOR UPDATE SKIP LOCKED;
    RETURN QUERY
    UPDATE notifications n SET tries = n.tries + 1, next_time = until WHERE n.notification_id = found_id RETURNING n.*;
END $$;
