-- First come, first served: QUEUED runs of these jobs (admission rows locked by the caller) take the free places.
-- A queued run that is being cancelled meanwhile falls out of the locking SELECT, hence the loop.
CREATE OR REPLACE FUNCTION admit_next_runs(
    job_ids bigint[], OUT ready_clusters text[], OUT changed_clusters text[], OUT ended_task_runs bigint[])
LANGUAGE plpgsql AS $$
DECLARE
    next_runs bigint[];
    all_next bigint[] := '{}';
    now_millis bigint := epoch_millis();
BEGIN
    WHILE EXISTS (
        SELECT FROM jobs j CROSS JOIN LATERAL places_of_job(j.job_id) AS a
        WHERE j.job_id = ANY (job_ids) AND a.active_runs < j.max_concurrent_runs
          AND EXISTS (SELECT FROM first_queued_run_of(a.job_id))
    ) LOOP
        next_runs := ARRAY(
            SELECT q.run_id
            FROM jobs j
            CROSS JOIN LATERAL places_of_job(j.job_id) AS a
            CROSS JOIN LATERAL (
                SELECT r.run_id FROM runs r
                WHERE r.job_id BETWEEN a.job_id AND a.job_id AND r.queue_reason IS NOT NULL  -- as in first_queued_run_of
                ORDER BY r.job_id, r.run_id
                LIMIT greatest(j.max_concurrent_runs - a.active_runs, 0)
                FOR NO KEY UPDATE
            ) AS q
            WHERE j.job_id = ANY (job_ids));
        UPDATE runs r
        SET life_cycle_state = 'PENDING', queue_reason = NULL, queue_duration = now_millis - r.start_time,
            deadline_at = (SELECT clock_timestamp() + make_interval(secs => j.timeout_seconds)
                           FROM job_of(r.job_id) AS j WHERE j.timeout_seconds > 0)
        WHERE r.run_id = ANY (next_runs);
        PERFORM change_places(array_agg(n.job_id), array_agg(n.count), array_agg(queue_turn_of_job(n.job_id)))
        FROM (SELECT r.job_id, count(*)::integer FROM unnest(next_runs) AS run_id CROSS JOIN LATERAL run_of(run_id) AS r
              GROUP BY r.job_id) AS n
        HAVING count(*) > 0;
        all_next := all_next || next_runs;
    END LOOP;
    IF cardinality(all_next) = 0 THEN
        ready_clusters := '{}';
        changed_clusters := '{}';
        ended_task_runs := '{}';
        RETURN;
    END IF;
    SELECT a.ready_clusters, a.changed_clusters, a.ended_task_runs
    INTO ready_clusters, changed_clusters, ended_task_runs
    FROM admit_runs(all_next) AS a;
END $$;

-- For jobs that got places otherwise than by the end of a run.
CREATE OR REPLACE FUNCTION admit_queued_runs(job_ids bigint[]) RETURNS run_changes
LANGUAGE plpgsql AS $$
DECLARE
    admitted record;
BEGIN
    PERFORM FROM job_admission a WHERE a.job_id = ANY (job_ids) ORDER BY a.job_id FOR NO KEY UPDATE;
    SELECT * INTO admitted FROM admit_next_runs(job_ids);
    RETURN merge_changes((admitted.ended_task_runs, admitted.ready_clusters, admitted.changed_clusters),
                         settle_runs(admitted.ended_task_runs));
END $$;

-- Jobs with QUEUED runs that nothing keeps waiting: max_concurrent_runs was raised, from 0 perhaps, when no run was left
-- whose end would have admitted them.
CREATE OR REPLACE FUNCTION jobs_with_room_for_queued_runs() RETURNS bigint[]
LANGUAGE sql STABLE SET enable_seqscan = off AS $$
    -- From one job to the next in the index, so that a long queue costs as little as a short one.
    WITH RECURSIVE waiting AS (
        (SELECT q.job_id FROM runs q WHERE q.queue_reason IS NOT NULL ORDER BY q.job_id LIMIT 1)
        UNION ALL
        SELECT (SELECT q.job_id FROM runs q
                WHERE q.queue_reason IS NOT NULL AND q.job_id > w.job_id ORDER BY q.job_id LIMIT 1)
        FROM waiting w WHERE w.job_id IS NOT NULL
    )
    SELECT ARRAY(SELECT w.job_id FROM waiting w
                 JOIN jobs j ON j.job_id = w.job_id
                 CROSS JOIN LATERAL places_of_job(j.job_id) AS a
                 WHERE a.active_runs < j.max_concurrent_runs)
$$;
