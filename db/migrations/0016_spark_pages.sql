-- Pages of Spark's UI on their way from a driver to a browser: server and worker meet here. Unlogged: who asked asks again.
CREATE UNLOGGED TABLE spark_pages (
    request_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    worker_id  text NOT NULL,
    target     text NOT NULL,              -- path and query, as Spark knows them
    base       text NOT NULL,              -- where the pages are for the browser
    asked_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
    taken      boolean NOT NULL DEFAULT false,
    response   text                        -- the whole HTTP response, base64; NULL = not yet
);
