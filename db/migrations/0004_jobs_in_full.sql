-- What a version of a job says of its runs. jobs keeps what admission and lists ask of the newest one.
CREATE TABLE job_versions (
    job_id      bigint NOT NULL REFERENCES jobs ON DELETE CASCADE,
    job_version integer NOT NULL,
    settings    jsonb NOT NULL,   -- as sent, without the tasks, which are in job_tasks
    PRIMARY KEY (job_id, job_version)
);
INSERT INTO job_versions (job_id, job_version, settings) SELECT job_id, job_version, settings - 'tasks' FROM jobs;

ALTER TABLE jobs
    DROP COLUMN settings,
    ADD COLUMN notifies   boolean NOT NULL DEFAULT false,  -- some version tells somebody of its runs or tasks
    ADD COLUMN continuous boolean NOT NULL DEFAULT false;  -- its trigger hears of the end of each run

ALTER TABLE job_tasks
    ADD COLUMN task_type      text NOT NULL DEFAULT 'notebook_task',
    ADD COLUMN run_if         text NOT NULL DEFAULT 'ALL_SUCCESS',
    ADD COLUMN upstreams      integer[] NOT NULL DEFAULT '{}',  -- positions of the tasks it depends on, as in depends_on
    ADD COLUMN outcomes       text[] NOT NULL DEFAULT '{}',     -- of each upstream: 'true', 'false' or NULL
    ADD COLUMN nested_in      integer,                          -- position of the for_each_task whose task it is
    ADD COLUMN disabled       boolean NOT NULL DEFAULT false,
    ADD COLUMN serverless     boolean NOT NULL DEFAULT false,   -- new_cluster is shared by runs that ask for the same
    ADD COLUMN source_path    text,                             -- workspace path of its notebook or file
    ADD COLUMN has_references boolean NOT NULL DEFAULT false;   -- {{…}} in its definition
UPDATE job_tasks t
SET source_path = CASE WHEN p.path LIKE '/Workspace/%' THEN substr(p.path, 11) ELSE p.path END,
    upstreams = ARRAY(SELECT u.position FROM unnest(t.depends_on) WITH ORDINALITY AS d (key, place)
                      JOIN job_tasks u ON u.job_id = t.job_id AND u.job_version = t.job_version AND u.task_key = d.key
                      ORDER BY d.place),
    outcomes = array_fill(NULL::text, ARRAY[cardinality(t.depends_on)])
FROM (SELECT job_id, job_version, position, definition #>> '{notebook_task,notebook_path}' AS path FROM job_tasks) AS p
WHERE p.job_id = t.job_id AND p.job_version = t.job_version AND p.position = t.position;

ALTER TABLE runs
    ADD COLUMN trigger_info    jsonb,                      -- what set it off: file_arrival
    ADD COLUMN git_commit      text,                       -- pinned by the first task that needs it
    ADD COLUMN repair_id       bigint,                     -- of its newest repair
    ADD COLUMN repaired_time   bigint NOT NULL DEFAULT 0,  -- when that began
    ADD COLUMN earlier_duration bigint NOT NULL DEFAULT 0; -- of the original and the repairs before

ALTER TABLE task_runs
    ADD COLUMN repair_id       bigint,  -- NULL = of the original run
    ADD COLUMN for_each_run_id bigint,  -- the for-each task run whose iteration it is
    ADD COLUMN iteration       integer, -- from 0
    ADD COLUMN input           jsonb,   -- {{input}}
    ADD COLUMN outcome         text;    -- of a condition: 'true' or 'false'
CREATE UNIQUE INDEX task_runs_of_for_each ON task_runs (for_each_run_id, iteration, attempt_number)
    WHERE for_each_run_id IS NOT NULL;

-- The for-each task runs under way: which iteration comes next, and how the others stand.
CREATE TABLE for_each_runs (
    run_id         bigint PRIMARY KEY,    -- of the for-each task run
    inputs         jsonb NOT NULL,        -- array
    concurrency    integer NOT NULL,
    next_iteration integer NOT NULL DEFAULT 0,
    active         integer NOT NULL DEFAULT 0,
    failed         integer NOT NULL DEFAULT 0
) WITH (fillfactor = 50);

-- Control tasks (condition, for-each, run-job) wait in the queue of a cluster that does not exist, `scheduler`, and hold no
-- slot. One under way stays leased without end, until its iterations or its child run are over.
ALTER TABLE queue_turns DROP CONSTRAINT queue_turns_cluster_id_fkey;
ALTER TABLE task_queue ADD COLUMN notifies boolean NOT NULL DEFAULT false;  -- of the job

CREATE TABLE task_values (
    job_run_id bigint NOT NULL,
    task_key   text NOT NULL,
    key        text NOT NULL,
    value      text NOT NULL,             -- JSON
    PRIMARY KEY (job_run_id, task_key, key)
);

ALTER TABLE task_outputs ADD COLUMN details jsonb;  -- sql_output, dbt_output, rows

-- What task runs under way have printed and shown so far, in the order of seq, for those who watch them. The whole stands in
-- task_outputs once a task run is over; until then a crash of the database may lose it.
CREATE UNLOGGED TABLE live_outputs (
    run_id  bigint NOT NULL,
    seq     bigint NOT NULL,
    cell    integer NOT NULL,
    output  integer NOT NULL,              -- place among the cell's outputs
    start   bigint NOT NULL,               -- of a text: at which of the output's bytes it goes on
    kind    text NOT NULL,                 -- stdout, stderr, log, output, clear
    content text NOT NULL,                 -- a text, or an nbformat output
    PRIMARY KEY (run_id, seq)
);

-- The original run and each repair of a repaired run, as they ended; the newest has its end on the run itself.
CREATE TABLE repairs (
    run_id                     bigint NOT NULL,
    repair_id                  bigint NOT NULL,        -- of the original: 0
    start_time                 bigint NOT NULL,
    end_time                   bigint NOT NULL DEFAULT 0,
    life_cycle_state           text,
    result_state               text,
    state_message              text NOT NULL DEFAULT '',
    termination_code           text,
    termination_type           text,
    user_cancelled_or_timedout boolean NOT NULL DEFAULT false,
    PRIMARY KEY (run_id, repair_id)
);
CREATE SEQUENCE repair_ids START 101;

-- What starts a job's runs by itself. Looked at by the leading scheduler when next_time has come.
CREATE TABLE job_triggers (
    job_id     bigint PRIMARY KEY REFERENCES jobs ON DELETE CASCADE,
    kind       text NOT NULL CHECK (kind IN ('SCHEDULE', 'PERIODIC', 'FILE_ARRIVAL', 'CONTINUOUS')),
    definition jsonb NOT NULL,            -- as in the settings
    paused     boolean NOT NULL,
    next_time  bigint,                    -- epoch milliseconds; NULL = nothing is to come
    state      jsonb NOT NULL DEFAULT '{}'
);
CREATE INDEX job_triggers_due ON job_triggers (next_time) WHERE next_time IS NOT NULL AND NOT paused;

-- Files that a file-arrival trigger has seen: a file arrives once.
CREATE TABLE trigger_files (
    job_id bigint NOT NULL REFERENCES jobs ON DELETE CASCADE,
    path   text NOT NULL,
    PRIMARY KEY (job_id, path)
);

-- Who may do what with an object besides its owners. Without an IS_OWNER row the creator owns it.
CREATE TABLE permissions (
    object_type      text NOT NULL CHECK (object_type IN ('jobs')),
    object_id        text NOT NULL,
    principal_kind   text NOT NULL CHECK (principal_kind IN ('user_name', 'group_name', 'service_principal_name')),
    principal        text NOT NULL,
    permission_level text NOT NULL,
    PRIMARY KEY (object_type, object_id, principal_kind, principal)
);
CREATE INDEX permissions_of_principal ON permissions (principal, object_type);

-- Lists of submitted runs, and of one user's.
CREATE INDEX runs_submitted ON runs (start_time DESC, run_id DESC) WHERE run_type = 'SUBMIT_RUN' AND NOT deleted;
CREATE INDEX runs_submitted_as ON runs (run_as_user_name, start_time DESC, run_id DESC)
    WHERE run_type = 'SUBMIT_RUN' AND NOT deleted;
CREATE INDEX runs_called ON runs (start_time DESC, run_id DESC) WHERE run_type = 'WORKFLOW_RUN' AND NOT deleted;
CREATE INDEX jobs_of_creator ON jobs (creator_user_name) WHERE kind = 'JOB' AND NOT deleted;
CREATE INDEX jobs_of_run_as ON jobs (run_as_user_name) WHERE kind = 'JOB' AND NOT deleted;

-- Tasks without a cluster of their own share one among the runs of a user that ask for the same environment.
ALTER TABLE clusters ADD COLUMN serverless_key text;
CREATE UNIQUE INDEX clusters_serverless ON clusters (serverless_key) WHERE serverless_key IS NOT NULL AND NOT deleted;

-- Routines whose signatures change.
DROP FUNCTION IF EXISTS claim_task_runs(text, integer, integer);
DROP FUNCTION IF EXISTS begin_workflow_run(bigint, uuid, text, jsonb, integer, integer);
DROP FUNCTION IF EXISTS make_job_clusters(bigint[]);
DROP FUNCTION IF EXISTS queue_task_runs(bigint[], timestamptz, boolean);
DROP FUNCTION IF EXISTS admit_runs(bigint[]);
DROP FUNCTION IF EXISTS admit_next_runs(bigint[]);
DROP FUNCTION IF EXISTS end_finished_runs(bigint[]);
DROP FUNCTION IF EXISTS ask_to_cancel(bigint[], bigint);
