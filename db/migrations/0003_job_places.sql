-- What every run of a job changes moves out of the row that admission locks. A job's row with the highest seq is the one
-- that holds, and after some changes a new one takes over: beside a snapshot that keeps Postgres from removing row versions
-- (a long dump), a look-up passes few of them, however many there are.
CREATE TABLE job_places (
    job_id      bigint NOT NULL REFERENCES jobs ON DELETE CASCADE,
    seq         bigint NOT NULL,
    changes     integer NOT NULL DEFAULT 0,           -- of this row
    active_runs integer NOT NULL DEFAULT 0,           -- admitted and not terminal
    turn        bigint NOT NULL DEFAULT 0,            -- of the newest run admitted, in its cluster's queue
    PRIMARY KEY (job_id, seq)
) WITH (fillfactor = 50);
INSERT INTO job_places (job_id, seq, active_runs, turn) SELECT job_id, 1, active_runs, turn FROM job_admission;
ALTER TABLE job_admission DROP COLUMN active_runs, DROP COLUMN turn;
