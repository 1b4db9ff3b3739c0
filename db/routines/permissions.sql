-- The owner of a job: who has IS_OWNER, else its creator.
CREATE OR REPLACE FUNCTION job_owner(of_job_id bigint, creator text) RETURNS text
LANGUAGE sql STABLE AS $$
    SELECT coalesce((SELECT p.principal FROM permissions p
                     WHERE p.object_type = 'jobs' AND p.object_id = of_job_id::text AND p.permission_level = 'IS_OWNER'),
                    creator)
$$;

-- The strongest level that a user has on a job; NULL = none. Admins are not asked here.
CREATE OR REPLACE FUNCTION job_permission_level(of_user text, of_job_id bigint) RETURNS text
LANGUAGE sql STABLE AS $$
    SELECT CASE
        WHEN job_owner(j.job_id, j.creator_user_name) = of_user THEN 'IS_OWNER'
        WHEN j.run_as_user_name = of_user THEN 'CAN_MANAGE'
        ELSE (SELECT p.permission_level FROM permissions p
              WHERE p.object_type = 'jobs' AND p.object_id = of_job_id::text
                AND CASE p.principal_kind WHEN 'group_name' THEN p.principal = 'users' ELSE p.principal = of_user END
              ORDER BY array_position(ARRAY['CAN_MANAGE', 'CAN_MANAGE_RUN', 'CAN_VIEW'], p.permission_level) LIMIT 1) END
    FROM jobs j WHERE j.job_id = of_job_id
$$;

-- Whether a user may start runs of a job.
CREATE OR REPLACE FUNCTION may_run_job(of_user text, of_job_id bigint) RETURNS boolean
LANGUAGE sql STABLE AS $$
    SELECT coalesce(job_permission_level(of_user, of_job_id) <> 'CAN_VIEW', false)
        OR EXISTS (SELECT FROM users u WHERE u.user_name = of_user AND u.is_admin)
$$;
