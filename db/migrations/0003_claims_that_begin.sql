-- Routines whose signature has changed: they are made anew after the migrations.
DROP FUNCTION IF EXISTS claim_task_runs(text, integer, integer);
DROP FUNCTION IF EXISTS begin_task_runs(jsonb);
DROP FUNCTION IF EXISTS begin_workflow_run(bigint, uuid, text, jsonb, integer, integer);
