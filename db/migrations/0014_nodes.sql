-- Which node is to start which worker, and nodes that join from other machines.
ALTER TABLE nodes
    ADD COLUMN placement text NOT NULL DEFAULT 'OPEN' CHECK (placement IN ('OPEN', 'CORDONED', 'DRAINING')),
    ADD COLUMN role_name text UNIQUE;                      -- in Postgres, of a node that joined; NULL: it uses stoker_worker

-- What a worker takes of its node.
ALTER TABLE workers
    ADD COLUMN cores     integer NOT NULL DEFAULT 1,
    ADD COLUMN memory_mb bigint NOT NULL DEFAULT 0;

-- A head that leaves, with the runs that it ends first, has a successor already.
DROP INDEX workers_head;
CREATE UNIQUE INDEX workers_head ON workers (cluster_id, generation) WHERE is_head AND state IN ('STARTING', 'READY');

-- Workers that are to be: of this cluster, on this node. The node takes the row away when it registers the worker.
CREATE TABLE worker_places (
    place_id   bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    cluster_id text NOT NULL REFERENCES clusters ON DELETE CASCADE,
    generation bigint NOT NULL,
    node_id    text NOT NULL REFERENCES nodes ON DELETE CASCADE,
    is_head    boolean NOT NULL
);
CREATE INDEX worker_places_of_cluster ON worker_places (cluster_id);

-- Nodes that have turned a cluster's workers down, and why.
CREATE TABLE unfit_nodes (
    cluster_id text NOT NULL REFERENCES clusters ON DELETE CASCADE,
    generation bigint NOT NULL,
    node_id    text NOT NULL REFERENCES nodes ON DELETE CASCADE,
    reason     text NOT NULL,
    PRIMARY KEY (cluster_id, node_id)
);

-- What lets a machine become a node, once.
CREATE TABLE join_tokens (
    token_hash bytea PRIMARY KEY,                          -- SHA-256
    created_by text NOT NULL,
    expires_at timestamptz NOT NULL
);

-- They take or answer more than before.
DROP FUNCTION IF EXISTS clusters_to_serve(text);
DROP FUNCTION IF EXISTS register_worker(text, text, text, bigint, boolean, integer);
DROP FUNCTION IF EXISTS waiting_text(timestamptz, text, text, text);
