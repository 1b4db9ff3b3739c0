-- Live outputs of task runs whose leases the worker holds; those of others are dropped. Returns the runs they belong to.
CREATE OR REPLACE FUNCTION add_live_outputs(outputs jsonb) RETURNS bigint[]
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    told bigint[];
BEGIN
    WITH given AS (
        SELECT x.*, q.job_run_id
        FROM jsonb_to_recordset(outputs)
            AS x (run_id bigint, lease_token uuid, seq bigint, cell integer, output integer, start bigint, kind text,
                  content text)
        JOIN task_queue q ON q.run_id = x.run_id AND q.lease_token = x.lease_token
    ), added AS (
        INSERT INTO live_outputs (run_id, seq, cell, output, start, kind, content)
        SELECT g.run_id, g.seq, g.cell, g.output, g.start, g.kind, g.content FROM given g
        ON CONFLICT DO NOTHING
    )
    SELECT array_agg(DISTINCT g.job_run_id) INTO told FROM given g;
    RETURN coalesce(told, '{}');
END $$;
