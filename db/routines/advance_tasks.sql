-- The graph of a run: what the end of a task means for those that depend on it.

-- How an upstream counts for run_if. A condition whose outcome is not the one that the dependency names is excluded.
CREATE OR REPLACE FUNCTION upstream_class(result_state text, outcome text, wanted_outcome text) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE
        WHEN result_state IN ('SUCCESS', 'SUCCESS_WITH_FAILURES') THEN
            CASE WHEN coalesce(wanted_outcome = outcome, wanted_outcome IS NULL) THEN 'SUCCEEDED' ELSE 'NOT_TAKEN' END
        WHEN result_state IN ('CANCELED', 'UPSTREAM_CANCELED') THEN 'CANCELED'
        WHEN result_state IN ('EXCLUDED', 'DISABLED') THEN 'EXCLUDED'
        ELSE 'FAILED' END
$$;

-- The result of a task that is not to run, NULL when it is, from the number of its upstreams in each class. Excluded ones count
-- as successes, but a task all of whose upstreams are excluded is excluded itself. A cancelled one is dealt with like a failure.
CREATE OR REPLACE FUNCTION run_if_result(
    run_if text, succeeded bigint, failed bigint, canceled bigint, excluded bigint, not_taken bigint) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE
        WHEN excluded + not_taken > 0 AND succeeded + failed + canceled = 0 THEN 'EXCLUDED'
        WHEN CASE run_if
             WHEN 'ALL_DONE' THEN true
             WHEN 'AT_LEAST_ONE_SUCCESS' THEN succeeded > 0
             WHEN 'NONE_FAILED' THEN failed + canceled = 0 AND succeeded > 0
             WHEN 'AT_LEAST_ONE_FAILED' THEN failed + canceled > 0
             WHEN 'ALL_FAILED' THEN failed + canceled > 0 AND succeeded = 0
             ELSE failed + canceled + not_taken = 0 END THEN NULL
        WHEN run_if IN ('AT_LEAST_ONE_FAILED', 'ALL_FAILED') THEN 'EXCLUDED'
        WHEN failed > 0 THEN 'UPSTREAM_FAILED'
        WHEN canceled > 0 THEN 'UPSTREAM_CANCELED'
        ELSE 'EXCLUDED' END
$$;

-- The last tries of a task's upstreams in its run. Of a repaired run, whose task runs may be of several versions of the job,
-- they are found by name; `only` of run-now leaves some out.
CREATE OR REPLACE FUNCTION upstreams_of(t task_runs, jt job_tasks, is_repaired boolean)
RETURNS TABLE (result_state text, outcome text, wanted_outcome text)
LANGUAGE plpgsql STABLE AS $$
BEGIN
    IF is_repaired THEN
        RETURN QUERY
        SELECT u.result_state, u.outcome, d.wanted
        FROM unnest(jt.depends_on, jt.outcomes) AS d (key, wanted)
        JOIN task_runs_of(t.job_run_id) AS u ON u.task_key = d.key AND u.is_last_attempt AND u.for_each_run_id IS NULL;
    ELSE
        RETURN QUERY
        SELECT u.result_state, u.outcome, d.wanted
        FROM unnest(jt.upstreams, jt.outcomes) AS d (position, wanted)
        CROSS JOIN LATERAL (SELECT x.result_state, x.outcome FROM task_runs x
                            WHERE x.job_run_id = t.job_run_id AND x.position = d.position AND x.is_last_attempt
                            OFFSET 0) AS u;
    END IF;
END $$;

-- Tasks whose last upstream is among the ended ones: queued, or SKIPPED as their run_if has it, and then what waits for
-- them likewise. ended_runs: the task runs that ended here.
CREATE OR REPLACE FUNCTION advance_tasks(ended_task_runs bigint[]) RETURNS run_changes
LANGUAGE plpgsql AS $$
DECLARE
    changes run_changes := ('{}', '{}', '{}');
    ended bigint[] := ended_task_runs;
    free bigint[];
    ready bigint[];
    queued record;
    now_millis bigint := epoch_millis();
BEGIN
    WHILE cardinality(ended) > 0 LOOP
        WITH waiting AS MATERIALIZED (
            SELECT t.run_id, count(*)::integer AS upstreams
            FROM task_runs u
            CROSS JOIN LATERAL job_task_of(u.job_id, u.job_version, u.position) AS jt
            CROSS JOIN LATERAL (SELECT d.run_id, d.life_cycle_state FROM task_runs d
                                WHERE d.job_run_id = u.job_run_id AND d.position = ANY (jt.dependants)
                                  AND d.job_version = u.job_version OFFSET 0) AS t
            WHERE u.run_id = ANY (ended) AND t.life_cycle_state = 'BLOCKED'
            GROUP BY t.run_id
        ), counts AS (
            UPDATE task_runs t SET unfinished_upstreams = t.unfinished_upstreams - w.upstreams
            FROM waiting w WHERE t.run_id = ANY (ARRAY[w.run_id])
            RETURNING t.run_id, t.unfinished_upstreams
        )
        SELECT ARRAY(SELECT c.run_id FROM counts c WHERE c.unfinished_upstreams = 0) INTO free;

        ready := '{}';
        ended := '{}';
        IF cardinality(free) > 0 THEN
            WITH judged AS MATERIALIZED (
                SELECT t.run_id, jt.disabled,
                       run_if_result(jt.run_if,
                           count(*) FILTER (WHERE u.class = 'SUCCEEDED'), count(*) FILTER (WHERE u.class = 'FAILED'),
                           count(*) FILTER (WHERE u.class = 'CANCELED'), count(*) FILTER (WHERE u.class = 'EXCLUDED'),
                           count(*) FILTER (WHERE u.class = 'NOT_TAKEN')) AS result
                FROM unnest(free) AS id
                CROSS JOIN LATERAL task_run_of(id) AS t
                CROSS JOIN LATERAL run_of(t.job_run_id) AS r
                CROSS JOIN LATERAL job_task_of(t.job_id, t.job_version, t.position) AS jt
                LEFT JOIN LATERAL (SELECT upstream_class(x.result_state, x.outcome, x.wanted_outcome) AS class
                                   FROM upstreams_of(t, jt, r.repair_id IS NOT NULL) AS x) AS u ON true
                GROUP BY t.run_id, jt.disabled, jt.run_if
            ), moved AS (
                UPDATE task_runs t
                SET life_cycle_state = CASE WHEN j.result IS NULL THEN 'PENDING' ELSE 'SKIPPED' END,
                    result_state = j.result,
                    state_message = CASE j.result
                        WHEN 'UPSTREAM_FAILED' THEN 'An upstream task failed.'
                        WHEN 'UPSTREAM_CANCELED' THEN 'An upstream task was cancelled.'
                        WHEN 'EXCLUDED' THEN 'The run_if condition or the outcome of a condition task was not met.'
                        ELSE '' END,
                    termination_code = CASE WHEN j.result IS NOT NULL THEN 'SKIPPED' END,
                    termination_type = CASE WHEN j.result IS NOT NULL THEN 'CLIENT_ERROR' END,
                    start_time = CASE WHEN j.result IS NULL THEN 0 ELSE now_millis END,
                    end_time = CASE WHEN j.result IS NULL THEN 0 ELSE now_millis END
                FROM judged j WHERE t.run_id = ANY (ARRAY[j.run_id])
                RETURNING t.run_id, t.life_cycle_state
            )
            SELECT coalesce(array_agg(m.run_id) FILTER (WHERE m.life_cycle_state = 'PENDING'), '{}'),
                   coalesce(array_agg(m.run_id) FILTER (WHERE m.life_cycle_state = 'SKIPPED'), '{}')
            INTO ready, ended
            FROM moved m;
        END IF;
        IF cardinality(ready) > 0 THEN
            SELECT * INTO queued FROM queue_task_runs(ready, now(), false);
            ended := ended || queued.ended_task_runs;
            changes := merge_changes(changes, ('{}', queued.ready_clusters, queued.changed_clusters));
        END IF;
        changes.ended_runs := changes.ended_runs || ended;
    END LOOP;
    RETURN changes;
END $$;
