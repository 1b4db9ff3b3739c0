-- What clusters/get shows of the last try to deliver the cluster's logs; NULL = there was none.
ALTER TABLE clusters ADD COLUMN cluster_log_status jsonb;

CREATE TABLE instance_pools (
    instance_pool_id   text PRIMARY KEY,
    instance_pool_name text NOT NULL,
    spec               jsonb NOT NULL,   -- as it was sent, with what it leaves out
    creator_user_name  text NOT NULL,
    state              text NOT NULL DEFAULT 'ACTIVE' CHECK (state IN ('ACTIVE', 'DELETED')),
    created_time       bigint NOT NULL
);

-- Warm workers that no cluster has been given yet.
CREATE TABLE pool_instances (
    worker_id        text PRIMARY KEY,
    instance_pool_id text NOT NULL REFERENCES instance_pools ON DELETE CASCADE,
    node_id          text NOT NULL REFERENCES nodes ON DELETE CASCADE,
    state            text NOT NULL DEFAULT 'STARTING' CHECK (state IN ('STARTING', 'IDLE')),
    idle_since       timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX pool_instances_of_pool ON pool_instances (instance_pool_id);
