-- name: show_cluster
SELECT c.cluster_id, c.cluster_name, with_type_of_pool(c.spec)::text AS spec, c.libraries::text,
       shown_cluster_state(c.state, c.resized_from) AS state, c.state_message, c.termination_reason::text,
       c.cluster_source, c.creator_user_name, c.run_as_user_name, c.num_workers, c.autotermination_minutes, c.generation,
       c.start_time, c.last_restarted_time, c.terminated_time, c.last_activity_time, c.pinned_by_user_name,
       c.cluster_log_status::text, r.job_id,
       r.run_name, nodes_of_cluster(c.cluster_id, c.generation)::text AS nodes
FROM clusters c LEFT JOIN runs r ON r.run_id = c.job_run_id
WHERE c.cluster_id = $1 AND NOT c.deleted

-- name: list_clusters
-- $6: by name alone; else what runs comes first, pinned before others.
SELECT c.cluster_id, c.cluster_name, with_type_of_pool(c.spec)::text AS spec, c.libraries::text,
       shown_cluster_state(c.state, c.resized_from) AS state, c.state_message, c.termination_reason::text,
       c.cluster_source, c.creator_user_name, c.run_as_user_name, c.num_workers, c.autotermination_minutes, c.generation,
       c.start_time, c.last_restarted_time, c.terminated_time, c.last_activity_time, c.pinned_by_user_name,
       c.cluster_log_status::text, r.job_id,
       r.run_name, nodes_of_cluster(c.cluster_id, c.generation)::text AS nodes
FROM (
    SELECT x.*, p.place
    FROM clusters x
    CROSS JOIN LATERAL (SELECT ROW(
        CASE WHEN $6::boolean THEN 0
             ELSE array_position('{RUNNING,RESTARTING,PENDING,TERMINATING,ERROR,TERMINATED}', x.state) END,
        NOT $6::boolean AND x.pinned_by_user_name IS NULL, x.cluster_name, x.cluster_id) AS place) AS p
    WHERE NOT x.deleted
      AND ($1::text IS NULL OR x.creator_user_name = $1::text OR x.run_as_user_name = $1::text)
      AND (x.cluster_source <> 'JOB' OR x.state <> 'TERMINATED' OR x.pinned_by_user_name IS NOT NULL
           OR x.terminated_time > epoch_millis() - 30 * 86400000::bigint)
      AND (cardinality($2::text[]) = 0 OR shown_cluster_state(x.state, x.resized_from) = ANY ($2::text[]))
      AND (cardinality($3::text[]) = 0 OR x.cluster_source = ANY ($3::text[]))
      AND ($4::boolean IS NULL OR (x.pinned_by_user_name IS NOT NULL) = $4::boolean)
      AND ($5::text IS NULL OR x.spec ->> 'policy_id' = $5::text)
    ORDER BY CASE WHEN NOT $7::boolean THEN p.place END, CASE WHEN $7::boolean THEN p.place END DESC
    LIMIT $8::integer OFFSET $9::integer
) AS c LEFT JOIN runs r ON r.run_id = c.job_run_id
ORDER BY CASE WHEN NOT $7::boolean THEN c.place END, CASE WHEN $7::boolean THEN c.place END DESC
