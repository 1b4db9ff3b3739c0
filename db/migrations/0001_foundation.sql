-- The first schema. Times that clients see are epoch milliseconds (bigint, 0 = not yet); times that leases and
-- deadlines are reckoned with are timestamptz on the database's clock.

CREATE SEQUENCE run_ids START 1001;   -- runs, task runs and iterations
CREATE SEQUENCE job_ids START 101;

-- What a routine changed, for the NOTIFYs that its caller sends after the commit.
CREATE TYPE run_changes AS (
    ended_runs       bigint[],   -- runs and task runs that became terminal
    ready_clusters   text[],     -- clusters with task runs to claim
    changed_clusters text[]      -- clusters whose desired state changed
);

CREATE TABLE users (
    user_name    text PRIMARY KEY,
    user_id      bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
    display_name text NOT NULL DEFAULT '',
    active       boolean NOT NULL DEFAULT true,
    is_admin     boolean NOT NULL DEFAULT false,
    created_time bigint NOT NULL
);

CREATE TABLE tokens (
    token_id      text PRIMARY KEY,
    token_hash    bytea NOT NULL UNIQUE,          -- SHA-256 of the token; the token itself is never stored
    user_name     text NOT NULL REFERENCES users,
    comment       text NOT NULL DEFAULT '',
    creation_time bigint NOT NULL,
    expiry_time   bigint NOT NULL DEFAULT -1      -- -1 = never
);

CREATE TABLE workspace_objects (
    object_id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    path              text NOT NULL UNIQUE,       -- without the optional /Workspace prefix
    parent            text NOT NULL,              -- '' for the root
    object_type       text NOT NULL CHECK (object_type IN ('NOTEBOOK', 'DIRECTORY', 'FILE')),
    language          text,                       -- PYTHON, SQL, SCALA, R; notebooks only
    format            text,                       -- SOURCE or JUPYTER; notebooks only
    content           bytea,                      -- as imported; NULL for directories
    creator_user_name text NOT NULL,
    created_at        bigint NOT NULL,
    modified_at       bigint NOT NULL
);
CREATE INDEX workspace_objects_parent ON workspace_objects (parent, path);

CREATE TABLE nodes (
    node_id      text PRIMARY KEY,
    host         text NOT NULL,
    provider     text NOT NULL,                   -- local
    state        text NOT NULL CHECK (state IN ('ALIVE', 'GONE')),
    cores        integer NOT NULL,
    memory_mb    bigint NOT NULL,
    heartbeat_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE clusters (
    cluster_id              text PRIMARY KEY,
    cluster_name            text NOT NULL,
    spec                    jsonb NOT NULL,       -- the definition as sent, libraries apart
    libraries               jsonb NOT NULL DEFAULT '[]',
    state                   text NOT NULL CHECK (state IN ('PENDING','RUNNING','RESTARTING','TERMINATING','TERMINATED','ERROR')),
    state_message           text NOT NULL DEFAULT '',
    termination_reason      jsonb,
    cluster_source          text NOT NULL CHECK (cluster_source IN ('UI', 'API', 'JOB')),
    creator_user_name       text NOT NULL,
    run_as_user_name        text NOT NULL,
    num_workers             integer NOT NULL DEFAULT 0,
    autotermination_minutes integer NOT NULL DEFAULT 0,
    generation              bigint NOT NULL DEFAULT 1,   -- raised at each start: workers of an older one stop
    job_run_id              bigint,               -- the run a JOB cluster belongs to; it ends with it
    job_cluster_key         text,
    start_time              bigint NOT NULL,
    last_restarted_time     bigint NOT NULL DEFAULT 0,
    terminated_time         bigint NOT NULL DEFAULT 0,
    last_activity_time      bigint NOT NULL DEFAULT 0,
    deleted                 boolean NOT NULL DEFAULT false   -- permanent-delete
) WITH (fillfactor = 70);
CREATE INDEX clusters_live ON clusters (state) WHERE state IN ('PENDING', 'RUNNING', 'RESTARTING', 'TERMINATING');
CREATE INDEX clusters_of_run ON clusters (job_run_id) WHERE job_run_id IS NOT NULL;

CREATE TABLE cluster_events (
    event_id   bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    cluster_id text NOT NULL REFERENCES clusters ON DELETE CASCADE,
    timestamp  bigint NOT NULL,
    type       text NOT NULL,
    details    jsonb NOT NULL DEFAULT '{}'
);
CREATE INDEX cluster_events_of ON cluster_events (cluster_id, timestamp DESC, event_id DESC);

CREATE TABLE workers (
    worker_id    text PRIMARY KEY,
    cluster_id   text NOT NULL REFERENCES clusters ON DELETE CASCADE,
    node_id      text NOT NULL REFERENCES nodes,
    generation   bigint NOT NULL,
    is_head      boolean NOT NULL,
    state        text NOT NULL CHECK (state IN ('STARTING', 'READY', 'DRAINING', 'GONE')),
    slots        integer NOT NULL,
    isolation    jsonb NOT NULL DEFAULT '{}',     -- what is in force: os_user, landlock_abi, cgroup
    heartbeat_at timestamptz NOT NULL DEFAULT now(),
    started_at   timestamptz NOT NULL DEFAULT now()
) WITH (fillfactor = 70);
CREATE INDEX workers_of_cluster ON workers (cluster_id) WHERE state <> 'GONE';
CREATE UNIQUE INDEX workers_head ON workers (cluster_id, generation) WHERE is_head AND state <> 'GONE';
CREATE INDEX workers_of_node ON workers (node_id) WHERE state <> 'GONE';

CREATE TABLE jobs (
    job_id              bigint PRIMARY KEY DEFAULT nextval('job_ids'),
    job_version         integer NOT NULL DEFAULT 1,   -- raised by reset and update; runs keep the one they began with
    name                text NOT NULL,
    settings            jsonb NOT NULL,               -- echoed exactly by jobs/get
    creator_user_name   text NOT NULL,
    run_as_user_name    text NOT NULL,
    created_time        bigint NOT NULL,
    kind                text NOT NULL CHECK (kind IN ('JOB', 'SUBMIT', 'WORKFLOW')),   -- the last two are hidden, one run each
    format              text NOT NULL CHECK (format IN ('SINGLE_TASK', 'MULTI_TASK')),
    max_concurrent_runs integer NOT NULL DEFAULT 1,
    queue_enabled       boolean NOT NULL DEFAULT false,
    timeout_seconds     integer NOT NULL DEFAULT 0,
    priority            smallint NOT NULL DEFAULT 0,  -- tag stoker.priority; higher is claimed first
    deleted             boolean NOT NULL DEFAULT false
);
CREATE INDEX jobs_listed ON jobs (created_time DESC, job_id DESC) WHERE kind = 'JOB' AND NOT deleted;
CREATE INDEX jobs_by_name ON jobs (lower(name)) WHERE kind = 'JOB' AND NOT deleted;

-- One row a job, locked by admission and counted by finish. Apart from jobs so that the count's updates stay HOT and small.
CREATE TABLE job_admission (
    job_id      bigint PRIMARY KEY REFERENCES jobs ON DELETE CASCADE,
    active_runs integer NOT NULL DEFAULT 0,           -- admitted and not terminal
    turn        bigint NOT NULL DEFAULT 0             -- of the newest run admitted, in its cluster's queue
) WITH (fillfactor = 50);

-- The tasks of one version of a job, so that an enqueue copies no definition.
CREATE TABLE job_tasks (
    job_id                    bigint NOT NULL REFERENCES jobs ON DELETE CASCADE,
    job_version               integer NOT NULL,
    position                  integer NOT NULL,
    task_key                  text NOT NULL,
    definition                jsonb NOT NULL,          -- the task as sent
    depends_on                text[] NOT NULL DEFAULT '{}',
    dependants                integer[] NOT NULL DEFAULT '{}', -- positions of the tasks that depend on this one
    max_retries               integer NOT NULL DEFAULT 0,      -- -1 = without end
    min_retry_interval_millis bigint NOT NULL DEFAULT 0,
    retry_on_timeout          boolean NOT NULL DEFAULT false,
    timeout_seconds           integer NOT NULL DEFAULT 0,
    existing_cluster_id       text,
    job_cluster_key           text,
    new_cluster               jsonb,                   -- its own, or the job cluster's definition
    libraries                 jsonb NOT NULL DEFAULT '[]',
    PRIMARY KEY (job_id, job_version, position),
    UNIQUE (job_id, job_version, task_key)
);

CREATE TABLE runs (
    run_id                     bigint PRIMARY KEY,
    job_id                     bigint NOT NULL,
    job_version                integer NOT NULL,
    run_name                   text NOT NULL,
    run_type                   text NOT NULL CHECK (run_type IN ('JOB_RUN', 'SUBMIT_RUN', 'WORKFLOW_RUN')),
    trigger                    text NOT NULL DEFAULT 'ONE_TIME',
    creator_user_name          text NOT NULL,
    run_as_user_name           text NOT NULL,
    life_cycle_state           text NOT NULL,
    result_state               text,
    state_message              text NOT NULL DEFAULT '',
    queue_reason               text,                   -- set while QUEUED, and only then
    termination_code           text,
    termination_type           text,
    user_cancelled_or_timedout boolean NOT NULL DEFAULT false,
    start_time                 bigint NOT NULL,
    end_time                   bigint NOT NULL DEFAULT 0,
    queue_duration             bigint NOT NULL DEFAULT 0,
    overriding_parameters      jsonb,                  -- notebook_params and its kin, as sent with run-now
    job_parameters             jsonb,                  -- [{name, default, value}]
    parent_run_id              bigint,                 -- WORKFLOW_RUN: the task run whose notebook called it
    task_count                 integer NOT NULL,
    unfinished_tasks           integer NOT NULL,       -- counted down as tasks end: no finish looks at all of them
    ending_as                  text CHECK (ending_as IN ('CANCELED', 'TIMEDOUT')),   -- asked to end; set while TERMINATING
    deadline_at                timestamptz,            -- from timeout_seconds, counted from admission; NULL once over
    revision                   integer NOT NULL DEFAULT 1,
    kernel_token               text,                   -- cleared when the run ends
    deleted                    boolean NOT NULL DEFAULT false
) WITH (fillfactor = 80);
CREATE INDEX runs_of_job ON runs (job_id, start_time DESC, run_id DESC);
CREATE INDEX runs_listed ON runs (start_time DESC, run_id DESC) WHERE run_type <> 'WORKFLOW_RUN' AND NOT deleted;
-- No index mentions life_cycle_state or end_time, not even in its WHERE: the updates of a usual run stay HOT.
CREATE INDEX runs_queued ON runs (job_id, run_id) WHERE queue_reason IS NOT NULL;
CREATE INDEX runs_with_deadline ON runs (deadline_at) WHERE deadline_at IS NOT NULL;
CREATE INDEX runs_of_parent ON runs (parent_run_id) WHERE parent_run_id IS NOT NULL;

CREATE TABLE idempotency_tokens (
    creator_user_name text NOT NULL,
    idempotency_token text NOT NULL,
    run_id            bigint NOT NULL,
    PRIMARY KEY (creator_user_name, idempotency_token)
);

-- One try of one task. A retry inserts a new row; a terminal row never changes.
CREATE TABLE task_runs (
    run_id                     bigint PRIMARY KEY DEFAULT nextval('run_ids'),
    job_run_id                 bigint NOT NULL,       -- no foreign key: the routines hold it, and a check a row costs
    job_id                     bigint NOT NULL,
    job_version                integer NOT NULL,
    position                   integer NOT NULL,
    task_key                   text NOT NULL,
    attempt_number             integer NOT NULL DEFAULT 0,
    original_attempt_run_id    bigint NOT NULL,
    uncounted_losses           smallint NOT NULL DEFAULT 0,   -- tries lost with a worker, which max_retries does not count
    cluster_id                 text,
    worker_id                  text,
    life_cycle_state           text NOT NULL,
    unfinished_upstreams       integer NOT NULL DEFAULT 0,    -- while BLOCKED: tasks it still waits for
    result_state               text,
    state_message              text NOT NULL DEFAULT '',
    termination_code           text,
    termination_type           text,
    user_cancelled_or_timedout boolean NOT NULL DEFAULT false,
    start_time                 bigint NOT NULL DEFAULT 0,
    setup_duration             bigint NOT NULL DEFAULT 0,
    execution_duration         bigint NOT NULL DEFAULT 0,
    cleanup_duration           bigint NOT NULL DEFAULT 0,
    end_time                   bigint NOT NULL DEFAULT 0,
    is_last_attempt            boolean NOT NULL DEFAULT true   -- no newer attempt of this task_key
) WITH (fillfactor = 70);
CREATE INDEX task_runs_of_run ON task_runs (job_run_id, position, attempt_number);

-- Where each cluster's queue stands, by priority: no row that may be claimed has an earlier turn (save what the sweep puts
-- right), so a claim never looks at what lies behind: rows that ended, which an old snapshot may keep from being removed.
CREATE TABLE queue_turns (
    cluster_id text NOT NULL REFERENCES clusters ON DELETE CASCADE,
    priority   smallint NOT NULL,
    turn       bigint NOT NULL DEFAULT 0,
    next_turn  bigint NOT NULL DEFAULT 0,             -- becomes turn when every enqueue that read an earlier one is over
    next_at    timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (cluster_id, priority)
) WITH (fillfactor = 50);

-- The hot queue: only what is ready or leased. Rows leave it when the task run ends.
CREATE TABLE task_queue (
    run_id           bigint PRIMARY KEY,              -- of the task run
    job_run_id       bigint NOT NULL,
    cluster_id       text NOT NULL,
    priority         smallint NOT NULL DEFAULT 0,
    turn             bigint NOT NULL DEFAULT 0,       -- start-time fair queueing: a job's next run comes a turn later
    ready_at         timestamptz NOT NULL DEFAULT now(),
    lease_token      uuid,                            -- NULL = not claimed; changes at every claim
    lease_expires_at timestamptz,
    worker_id        text,
    begun            boolean NOT NULL DEFAULT false,  -- user code may have begun: no re-claim
    cancel_requested boolean NOT NULL DEFAULT false
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 500);
CREATE INDEX task_queue_ready ON task_queue (cluster_id, priority, turn, run_id) WHERE lease_token IS NULL;
-- By worker and not by lease_expires_at, so that renewing a lease is a HOT update.
CREATE INDEX task_queue_leased ON task_queue (worker_id) WHERE lease_token IS NOT NULL;

CREATE TABLE task_outputs (
    run_id          bigint PRIMARY KEY,               -- of the task run; written once, by the lease holder
    result          text,                             -- the notebook's exit value; NULL when it never called exit
    truncated       boolean NOT NULL DEFAULT false,
    error           text,
    error_trace     text,
    logs            text,
    logs_truncated  boolean NOT NULL DEFAULT false,
    notebook        text                              -- the executed notebook in nbformat (JSON text), cells with outputs
);
