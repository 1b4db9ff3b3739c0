-- Starts runs of stored jobs: one row per request comes back, in order of `position`. Requests fail alone:
-- one that names a job_version other than the job's is JOB_CHANGED.
-- Locks, in this order: the admission rows by job_id, the idempotency tokens by their key; so two batches cannot wait
-- for each other. started/ready clusters are those of the whole batch, in its first row.
CREATE OR REPLACE FUNCTION enqueue_runs(requests jsonb)
RETURNS TABLE (outcome text, run_id bigint, life_cycle_state text, ready_clusters text[], started_clusters text[])
LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan SET enable_hashjoin = off SET enable_mergejoin = off
SET enable_seqscan = off SET enable_bitmapscan = off SET jit = off AS $$
#variable_conflict use_column
DECLARE
    token_holders bigint[];  -- of those with a token: the runs that took theirs now
    admitted bigint[];
    skipped bigint[];      -- of jobs that tell somebody of it
    taken_jobs bigint[];   -- that were given places: how many, and where the queue of their first tasks stands
    taken_counts integer[];
    taken_at bigint[];
    admission record;
    changes run_changes;
    now_millis bigint := epoch_millis();
BEGIN
    PERFORM FROM job_admission a
    WHERE a.job_id = ANY (ARRAY(
        SELECT (request ->> 'job_id')::bigint FROM jsonb_array_elements(requests) AS request))
    ORDER BY a.job_id
    FOR NO KEY UPDATE;

    IF requests @? '$[*].idempotency_token ? (@ != null)' THEN
        WITH taken AS (
            INSERT INTO idempotency_tokens AS i (creator_user_name, idempotency_token, run_id)
            SELECT DISTINCT ON (x.creator_user_name, x.idempotency_token)
                   x.creator_user_name, x.idempotency_token, x.run_id
            FROM jsonb_to_recordset(requests)
                AS x (position integer, run_id bigint, job_id bigint, job_version integer, creator_user_name text,
                      idempotency_token text)
            CROSS JOIN LATERAL job_of(x.job_id) AS j
            WHERE x.idempotency_token IS NOT NULL
              AND NOT j.deleted AND j.job_version = coalesce(x.job_version, j.job_version)
            ORDER BY x.creator_user_name, x.idempotency_token, x.position
            ON CONFLICT DO NOTHING
            RETURNING i.run_id
        )
        SELECT array_agg(t.run_id) INTO token_holders FROM taken t;
    END IF;

    WITH placed AS MATERIALIZED (
        SELECT x.*, j.job_version AS version, j.name, j.run_as_user_name, j.timeout_seconds, j.priority, j.notifies,
               (SELECT count(*) FROM job_tasks_of(x.job_id, j.job_version) AS jt
                WHERE coalesce(cardinality(x.only_tasks), 0) = 0 OR jt.task_key = ANY (x.only_tasks)) AS task_count,
               CASE WHEN row_number() OVER (PARTITION BY x.job_id ORDER BY x.position)
                         <= j.max_concurrent_runs - a.active_runs THEN 'PENDING'
                    WHEN coalesce(x.queue_enabled, j.queue_enabled) AND j.max_concurrent_runs > 0 THEN 'QUEUED'
                    ELSE 'SKIPPED' END AS state
        FROM jsonb_to_recordset(requests)
            AS x (position integer, run_id bigint, job_id bigint, job_version integer, creator_user_name text,
                  run_type text, trigger text, trigger_info jsonb, parent_run_id bigint, run_name text, idempotency_token text,
                  overriding_parameters text, job_parameters text, queue_enabled boolean, only_tasks text[],
                  kernel_token text)
        CROSS JOIN LATERAL job_of(x.job_id) AS j
        CROSS JOIN LATERAL places_of_job(j.job_id) AS a
        WHERE NOT j.deleted AND j.job_version = coalesce(x.job_version, j.job_version)
          AND (x.idempotency_token IS NULL OR x.run_id = ANY (token_holders))
    ), tasks AS MATERIALIZED (
        SELECT nextval('run_ids') AS run_id, o.*
        FROM (SELECT p.run_id AS job_run_id, p.job_id, p.version AS job_version, p.state, p.priority, jt.position, jt.task_key,
                     CASE WHEN NOT jt.disabled THEN jt.existing_cluster_id END AS existing_cluster_id,
                     CASE WHEN cardinality(p.only_tasks) > 0
                          THEN (SELECT count(*) FROM unnest(jt.depends_on) AS key WHERE key = ANY (p.only_tasks))
                          ELSE cardinality(jt.depends_on) END AS unfinished_upstreams
              FROM placed p
              CROSS JOIN LATERAL job_tasks_of(p.job_id, p.version) AS jt
              WHERE coalesce(cardinality(p.only_tasks), 0) = 0 OR jt.task_key = ANY (p.only_tasks)
              ORDER BY p.position, jt.position) AS o
    ), new_runs AS (
        INSERT INTO runs AS r (run_id, job_id, job_version, run_name, run_type, trigger, creator_user_name,
                          run_as_user_name, life_cycle_state, result_state, state_message, queue_reason,
                          termination_code, termination_type, start_time, end_time, overriding_parameters,
                          job_parameters, trigger_info, parent_run_id, task_count, unfinished_tasks, deadline_at,
                          kernel_token)
        SELECT p.run_id, p.job_id, p.version, coalesce(p.run_name, p.name), p.run_type, p.trigger,
               p.creator_user_name, p.run_as_user_name, p.state,
               CASE p.state WHEN 'SKIPPED' THEN 'MAXIMUM_CONCURRENT_RUNS_REACHED' END,
               CASE p.state WHEN 'SKIPPED' THEN 'Skipped because the maximum number of concurrent runs was reached.'
                            ELSE '' END,
               CASE p.state WHEN 'QUEUED' THEN 'Queued due to reaching maximum concurrent job runs.' END,
               CASE p.state WHEN 'SKIPPED' THEN 'MAX_CONCURRENT_RUNS_EXCEEDED' END,
               CASE p.state WHEN 'SKIPPED' THEN 'CLIENT_ERROR' END,
               now_millis, CASE p.state WHEN 'SKIPPED' THEN now_millis ELSE 0 END,
               p.overriding_parameters::jsonb, p.job_parameters::jsonb, p.trigger_info, p.parent_run_id,
               p.task_count, CASE p.state WHEN 'SKIPPED' THEN 0 ELSE p.task_count END,
               CASE WHEN p.state = 'QUEUED' THEN clock_timestamp() + interval '48 hours'
                    WHEN p.state = 'PENDING' AND p.timeout_seconds > 0
                    THEN clock_timestamp() + make_interval(secs => p.timeout_seconds) END,
               CASE WHEN p.state <> 'SKIPPED' THEN p.kernel_token END
        FROM placed p WHERE p.task_count > 0
        RETURNING r.run_id, r.life_cycle_state
    ), new_task_runs AS (
        INSERT INTO task_runs AS t (run_id, job_run_id, job_id, job_version, position, task_key,
                                    original_attempt_run_id, cluster_id, life_cycle_state, unfinished_upstreams,
                                    result_state, state_message, termination_code, termination_type, start_time,
                                    end_time)
        SELECT k.run_id, k.job_run_id, k.job_id, k.job_version, k.position, k.task_key, k.run_id, k.existing_cluster_id,
               CASE WHEN k.state = 'SKIPPED' THEN 'SKIPPED' WHEN k.unfinished_upstreams > 0 THEN 'BLOCKED'
                    ELSE 'PENDING' END,
               k.unfinished_upstreams,
               CASE k.state WHEN 'SKIPPED' THEN 'MAXIMUM_CONCURRENT_RUNS_REACHED' END,
               CASE k.state WHEN 'SKIPPED' THEN 'Skipped because the maximum number of concurrent runs was reached.'
                            ELSE '' END,
               CASE k.state WHEN 'SKIPPED' THEN 'MAX_CONCURRENT_RUNS_EXCEEDED' END,
               CASE k.state WHEN 'SKIPPED' THEN 'CLIENT_ERROR' END,
               CASE k.state WHEN 'SKIPPED' THEN now_millis ELSE 0 END,
               CASE k.state WHEN 'SKIPPED' THEN now_millis ELSE 0 END
        FROM tasks k
    ), counted AS (
        SELECT k.job_id, count(DISTINCT k.job_run_id)::integer AS count, max(s.turn) AS queue_at
        FROM tasks k
        LEFT JOIN queue_turns s
            ON s.cluster_id = k.existing_cluster_id AND s.priority = k.priority AND k.unfinished_upstreams = 0
        WHERE k.state = 'PENDING' GROUP BY k.job_id
    ), taken AS (
        SELECT array_agg(n.job_id) AS job_ids, array_agg(n.count) AS counts, array_agg(n.queue_at) AS queue_at
        FROM counted n
    )
    SELECT ARRAY(SELECT r.run_id FROM new_runs r WHERE r.life_cycle_state = 'PENDING'),
           ARRAY(SELECT p.run_id FROM placed p WHERE p.state = 'SKIPPED' AND p.notifies AND p.task_count > 0),
           t.job_ids, t.counts, t.queue_at
    INTO admitted, skipped, taken_jobs, taken_counts, taken_at
    FROM taken t;
    IF taken_jobs IS NOT NULL THEN
        PERFORM change_places(taken_jobs, taken_counts, taken_at);
    END IF;

    IF cardinality(skipped) > 0 THEN
        PERFORM tell_of_ended_runs(skipped);
    END IF;

    SELECT * INTO admission FROM admit_runs(admitted);
    changes := ('{}', admission.ready_clusters, admission.changed_clusters);
    IF cardinality(admission.ended_task_runs) > 0 THEN
        changes := merge_changes(changes, settle_runs(admission.ended_task_runs));
        admitted := '{}';  -- some of them have ended
    END IF;

    RETURN QUERY
    SELECT CASE WHEN o.is_admitted OR r.run_id IS NOT NULL THEN 'CREATED' WHEN i.run_id IS NOT NULL THEN 'DUPLICATE'
                WHEN EXISTS (SELECT FROM job_of(x.job_id) AS j WHERE NOT j.deleted) THEN 'JOB_CHANGED'
                ELSE 'JOB_DOES_NOT_EXIST' END,
           CASE WHEN o.is_admitted THEN x.run_id ELSE coalesce(r.run_id, i.run_id) END,
           CASE WHEN o.is_admitted THEN 'PENDING' ELSE coalesce(r.life_cycle_state, first.life_cycle_state) END,
           CASE WHEN row_number() OVER (ORDER BY x.position) = 1 THEN changes.ready_clusters ELSE '{}' END,
           CASE WHEN row_number() OVER (ORDER BY x.position) = 1 THEN changes.changed_clusters ELSE '{}' END
    FROM jsonb_to_recordset(requests)
        AS x (position integer, run_id bigint, job_id bigint, creator_user_name text, idempotency_token text)
    CROSS JOIN LATERAL (SELECT coalesce(x.run_id = ANY (admitted), false) AS is_admitted OFFSET 0) AS o
    LEFT JOIN LATERAL run_of(CASE WHEN NOT o.is_admitted THEN x.run_id END) AS r ON true
    LEFT JOIN LATERAL idempotency_token_of(
        x.creator_user_name, CASE WHEN NOT o.is_admitted THEN x.idempotency_token END) AS i ON true
    LEFT JOIN LATERAL run_of(i.run_id) AS first ON true
    ORDER BY x.position;
END $$;
