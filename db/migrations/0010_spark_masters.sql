-- The Spark of a cluster of several workers, wanted from its first driver on: where its master is, in the head worker.
CREATE TABLE spark_masters (
    cluster_id text PRIMARY KEY REFERENCES clusters ON DELETE CASCADE,
    generation bigint NOT NULL,
    secret text NOT NULL,                -- by which its parts know one another
    master_url text NOT NULL DEFAULT ''  -- '' = it is being started
);
