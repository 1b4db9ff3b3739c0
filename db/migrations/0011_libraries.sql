-- What nodes and workers say of the libraries of a cluster's present generation. What it is to have is clusters.libraries.
CREATE TABLE cluster_libraries (
    cluster_id text NOT NULL REFERENCES clusters ON DELETE CASCADE,
    library    jsonb NOT NULL,
    generation bigint NOT NULL,
    status     text NOT NULL CHECK (status IN ('RESOLVING', 'INSTALLING', 'INSTALLED', 'FAILED')),
    message    text NOT NULL DEFAULT ''
);
CREATE UNIQUE INDEX cluster_libraries_key ON cluster_libraries (cluster_id, md5(library::text));

ALTER TABLE workers ADD COLUMN libraries jsonb NOT NULL DEFAULT '[]';   -- that runs which begin on it find
