-- The row that holds; in FROM, where it becomes part of the caller's plan.
CREATE OR REPLACE FUNCTION places_of_job(of_job_id bigint) RETURNS SETOF job_places
LANGUAGE sql STABLE AS $$
    SELECT p.* FROM job_places p WHERE p.job_id = of_job_id ORDER BY p.seq DESC LIMIT 1
$$;

-- The jobs, each once, whose job_admission rows the caller has locked, take up places (counts > 0) or give some back. Those
-- that take some up move on in turn, from where they stand or, if that is further on, from queue_at (NULL: nowhere).
CREATE OR REPLACE FUNCTION change_places(job_ids bigint[], counts integer[], queue_at bigint[]) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    worn_jobs bigint[];
    worn_seqs bigint[];
BEGIN
    WITH changed AS (
        UPDATE job_places p
        SET active_runs = p.active_runs + x.count, changes = p.changes + 1,
            turn = CASE WHEN x.count > 0 THEN greatest(p.turn, x.queue_at) + x.count ELSE p.turn END
        FROM unnest(job_ids, counts, queue_at) AS x (job_id, count, queue_at)
        CROSS JOIN LATERAL places_of_job(x.job_id) AS n
        WHERE p.job_id = ANY (ARRAY[n.job_id]) AND p.seq = n.seq
        RETURNING p.job_id, p.seq, p.changes
    )
    SELECT array_agg(c.job_id), array_agg(c.seq) INTO worn_jobs, worn_seqs FROM changed c WHERE c.changes >= 64;
    IF worn_jobs IS NOT NULL THEN
        WITH worn AS (
            DELETE FROM job_places p USING unnest(worn_jobs, worn_seqs) AS w (job_id, seq)
            WHERE p.job_id = ANY (ARRAY[w.job_id]) AND p.seq = w.seq
            RETURNING p.job_id, p.seq, p.active_runs, p.turn
        )
        INSERT INTO job_places (job_id, seq, active_runs, turn)
        SELECT w.job_id, w.seq + 1, w.active_runs, w.turn FROM worn w;
    END IF;
END $$;
