-- A claim begins runs whose kernels are at hand: the routine takes the jobs of which that is known.
DROP FUNCTION IF EXISTS claim_task_runs(text, integer, integer);
DROP FUNCTION IF EXISTS begin_workflow_run(bigint, uuid, text, jsonb, integer, integer);
