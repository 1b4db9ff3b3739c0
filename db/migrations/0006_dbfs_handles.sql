-- Files that clients write to DBFS block by block. What is written so far lies in the hidden folder of the DBFS root.
CREATE TABLE dbfs_handles (
    handle    bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    user_name text NOT NULL,
    path      text NOT NULL,
    overwrite boolean NOT NULL,
    file_name text NOT NULL,
    last_used timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX dbfs_handles_idle ON dbfs_handles (last_used);
