-- What a worker needs to check out the repository of a run that it holds the lease of, with the credential of who the run
-- runs as: the provider's default, else the newest. No row: the lease is lost. No credential_id: there is none.
CREATE OR REPLACE FUNCTION git_access(reading_run_id bigint, reading_token uuid)
RETURNS TABLE (git_commit text, user_name text, credential_id bigint, git_username text, git_email text, sealed_token text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
SET plan_cache_mode = force_generic_plan SET enable_hashjoin = off SET enable_mergejoin = off
SET enable_seqscan = off SET enable_bitmapscan = off SET jit = off AS $$
    SELECT r.git_commit, r.run_as_user_name, c.credential_id, c.git_username, c.git_email, c.sealed_token
    FROM task_queue q
    CROSS JOIN LATERAL task_run_of(q.run_id) AS t
    CROSS JOIN LATERAL run_of(q.job_run_id) AS r
    CROSS JOIN LATERAL job_version_of(t.job_id, t.job_version) AS v
    LEFT JOIN LATERAL (
        SELECT g.* FROM git_credentials g
        WHERE g.user_name = r.run_as_user_name
          AND lower(g.git_provider) = lower(v.settings #>> '{git_source,git_provider}')
        ORDER BY g.is_default_for_provider DESC, g.credential_id DESC
        LIMIT 1
    ) AS c ON true
    WHERE q.run_id = reading_run_id AND q.lease_token = reading_token
$$;

-- All tasks of a run, its retries and its repairs use the commit that is pinned first. The commit in force; NULL: the lease
-- is lost.
CREATE OR REPLACE FUNCTION pin_git_commit(pinning_run_id bigint, pinning_token uuid, found_commit text) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
SET plan_cache_mode = force_generic_plan SET enable_hashjoin = off SET enable_mergejoin = off
SET enable_seqscan = off SET enable_bitmapscan = off SET jit = off AS $$
DECLARE
    pinned text;
BEGIN
    UPDATE runs r SET git_commit = found_commit
    WHERE r.git_commit IS NULL AND r.run_id = ANY (ARRAY(
        SELECT q.job_run_id FROM task_queue q WHERE q.run_id = pinning_run_id AND q.lease_token = pinning_token));
    -- A statement of its own: it sees what another has pinned while the update waited for it.
    SELECT r.git_commit INTO pinned
    FROM task_queue q CROSS JOIN LATERAL run_of(q.job_run_id) AS r
    WHERE q.run_id = pinning_run_id AND q.lease_token = pinning_token;
    RETURN pinned;
END $$;
