-- Workers of a cluster that come and go while it runs. clusters.num_workers is how many it is to have beside the head.
ALTER TABLE clusters
    ADD COLUMN resized_from integer,                       -- how many it had when the resize under way began; NULL: none is
    ADD COLUMN times_grown  integer NOT NULL DEFAULT 0,    -- by autoscaling
    ADD COLUMN times_shrunk integer NOT NULL DEFAULT 0;

DROP FUNCTION IF EXISTS task_run_message(text, text, text, text);  -- now told which task run waits
