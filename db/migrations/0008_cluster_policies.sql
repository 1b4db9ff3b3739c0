-- Clusters that admins keep in view, and the rules that definitions of clusters are held against.
ALTER TABLE clusters ADD COLUMN pinned_by_user_name text;   -- NULL = not pinned

CREATE TABLE cluster_policies (
    policy_id             text PRIMARY KEY,
    name                  text NOT NULL UNIQUE,
    definition            text NOT NULL,             -- JSON, as sent
    description           text NOT NULL DEFAULT '',
    libraries             jsonb NOT NULL DEFAULT '[]',
    max_clusters_per_user bigint,                    -- NULL = any number
    creator_user_name     text NOT NULL,
    created_at_timestamp  bigint NOT NULL
);
