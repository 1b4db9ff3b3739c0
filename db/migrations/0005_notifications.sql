-- Whom jobs may tell of their runs, beside email addresses. Made by admins.
CREATE TABLE notification_destinations (
    destination_id    text PRIMARY KEY,             -- uuid
    display_name      text NOT NULL,
    destination_type  text NOT NULL CHECK (destination_type IN ('EMAIL', 'MICROSOFT_TEAMS', 'PAGERDUTY', 'SLACK', 'WEBHOOK')),
    addresses         text[] NOT NULL DEFAULT '{}', -- of an EMAIL one
    secrets           jsonb NOT NULL DEFAULT '{}',  -- name of the field → sealed text
    creator_user_name text NOT NULL,
    created_time      bigint NOT NULL
);
CREATE INDEX notification_destinations_listed ON notification_destinations (created_time, destination_id);

-- What is to be told, written by the transaction in which it happens; one row a recipient. Delivered after the commit, at least
-- once. How the run stood is kept: it may be repaired before the word is out.
CREATE TABLE notifications (
    notification_id  bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    delivery_id      uuid NOT NULL DEFAULT gen_random_uuid(),  -- by which a receiver knows a repeated one
    job_run_id       bigint NOT NULL,
    repair_id        bigint NOT NULL DEFAULT 0,
    task_run_id      bigint,                       -- NULL = of the run itself
    event            text NOT NULL CHECK (event IN ('on_start', 'on_success', 'on_failure', 'on_duration_warning_threshold_exceeded')),
    destination_id   text,
    address          text,                         -- of an email
    life_cycle_state text NOT NULL,
    result_state     text,
    state_message    text NOT NULL DEFAULT '',
    error            text,                         -- the line that says what went wrong
    created_time     bigint NOT NULL,
    state            text NOT NULL DEFAULT 'PENDING' CHECK (state IN ('PENDING', 'DELIVERED', 'FAILED')),
    tries            integer NOT NULL DEFAULT 0,
    next_time        bigint NOT NULL DEFAULT 0,    -- while PENDING: not before
    last_error       text,
    delivered_time   bigint NOT NULL DEFAULT 0,
    CHECK (destination_id IS NOT NULL OR address IS NOT NULL)
) WITH (fillfactor = 80);
-- An event is told once, however often the routines are called.
CREATE UNIQUE INDEX notifications_once
    ON notifications (job_run_id, repair_id, task_run_id, event, destination_id, address) NULLS NOT DISTINCT;
CREATE INDEX notifications_due ON notifications (next_time, notification_id) WHERE state = 'PENDING';

-- Health rules of what runs: when it has run for too long. A row stays, without a time, once it was told of.
CREATE TABLE duration_warnings (
    run_id     bigint NOT NULL,                    -- a run or a task run
    repair_id  bigint NOT NULL DEFAULT 0,          -- of a run
    job_run_id bigint NOT NULL,                    -- the run it belongs to; itself for a run
    due_time   bigint,                             -- epoch milliseconds
    PRIMARY KEY (run_id, repair_id)
);
CREATE INDEX duration_warnings_due ON duration_warnings (due_time) WHERE due_time IS NOT NULL;
CREATE INDEX duration_warnings_of_run ON duration_warnings (job_run_id);
