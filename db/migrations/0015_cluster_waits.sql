-- What workers of a cluster that have not started yet wait for, in their provider's words: "Slurm: job 17 is PENDING (Resources)".
ALTER TABLE clusters ADD COLUMN waits_for text NOT NULL DEFAULT '';

-- They take more than before.
DROP FUNCTION IF EXISTS register_node(text, text, text, integer, bigint);
DROP FUNCTION IF EXISTS rescue_worker(text);
DROP FUNCTION IF EXISTS rescue_task_runs(bigint[], text);
