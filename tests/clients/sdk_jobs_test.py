"""Runs of jobs by the unmodified Databricks SDK, as its users call it: run, wait, read, repair, cancel."""

import uuid
from collections.abc import Callable

import pytest
from client import notebook
from databricks.sdk import WorkspaceClient
from databricks.sdk.errors import BadRequest, InvalidParameterValue, OperationFailed, ResourceDoesNotExist
from databricks.sdk.service.jobs import (
    NotebookTask,
    QueueSettings,
    RepairHistoryItemType,
    RunLifeCycleState,
    RunResultState,
    RunType,
    SubmitTask,
    TerminationCodeCode,
    ViewsToExport,
)
from sdk_tasks import ECHO, PATIENCE, after, by_key, echoing, result_of

SUCCESS, FAILED = RunResultState.SUCCESS, RunResultState.FAILED
SLEEP = notebook("import time; time.sleep(600)")


def test_parameters_of_a_run_and_what_they_resolved_to(workspace: WorkspaceClient, cluster: str, echo: str) -> None:
    job = workspace.jobs.create(name="parameters", tasks=[echoing(cluster, echo, "{{job.id}} at {{workspace.url}}")])
    run = workspace.jobs.run_now_and_wait(job.job_id, timeout=PATIENCE)
    text = f"{job.job_id} at {workspace.config.host}"
    assert result_of(workspace, run.tasks[0]) == text
    resolved = workspace.jobs.get_run(run.run_id, include_resolved_values=True).tasks[0].resolved_values
    assert resolved.notebook_task.base_parameters == {"text": text}
    run = workspace.jobs.run_now(job.job_id, notebook_params={"text": "sent"}).result(timeout=PATIENCE)
    assert result_of(workspace, run.tasks[0]) == "sent"
    assert run.overriding_parameters.notebook_params == {"text": "sent"}
    assert workspace.jobs.get_run_output(run.run_id).notebook_output.result == "sent"  # the only task's


def test_a_run_that_was_submitted_is_exported_and_deleted(workspace: WorkspaceClient, cluster: str, echo: str) -> None:
    token = uuid.uuid4().hex
    tasks = [
        SubmitTask(
            task_key="main",
            existing_cluster_id=cluster,
            notebook_task=NotebookTask(notebook_path=echo, base_parameters={"text": "once"}),
        )
    ]
    waiter = workspace.jobs.submit(run_name="submitted", tasks=tasks, idempotency_token=token)
    again = workspace.jobs.submit(run_name="submitted", tasks=tasks, idempotency_token=token)
    assert waiter.run_id == again.run_id
    run = waiter.result(timeout=PATIENCE)
    assert (run.state.result_state, run.run_type, run.run_name) == (SUCCESS, RunType.SUBMIT_RUN, "submitted")
    assert result_of(workspace, run.tasks[0]) == "once"
    assert run.job_id not in [job.job_id for job in workspace.jobs.list()]
    (view,) = workspace.jobs.export_run(run.tasks[0].run_id, views_to_export=ViewsToExport.ALL).views
    assert view.content.lstrip().lower().startswith("<!doctype html")
    workspace.jobs.delete_run(run.run_id)
    with pytest.raises(ResourceDoesNotExist):
        workspace.jobs.get_run(run.run_id)


def test_the_token_of_a_run_begins_it_once(workspace: WorkspaceClient, cluster: str, echo: str) -> None:
    job = workspace.jobs.create(name="once", tasks=[echoing(cluster, echo)])
    token = uuid.uuid4().hex
    runs = {workspace.jobs.run_now(job.job_id, idempotency_token=token).run_id for _ in range(3)}
    assert [run.run_id for run in workspace.jobs.list_runs(job_id=job.job_id)] == list(runs)
    assert workspace.jobs.run_now(job.job_id, idempotency_token=uuid.uuid4().hex).run_id not in runs
    (begun,) = runs
    workspace.jobs.wait_get_run_job_terminated_or_skipped(begun, timeout=PATIENCE)
    workspace.jobs.delete_run(begun)
    with pytest.raises(InvalidParameterValue, match="has been deleted"):
        workspace.jobs.run_now(job.job_id, idempotency_token=token)


def test_a_failed_run_is_repaired(
    workspace: WorkspaceClient, cluster: str, echo: str, notebook_at: Callable[..., str]
) -> None:
    name = uuid.uuid4().hex
    broken = notebook_at(notebook("raise ValueError('no such thing')"), name)
    job = workspace.jobs.create(
        name="broken",
        tasks=[
            echoing(cluster, echo, "first", key="first"),
            echoing(cluster, broken, "fixed", key="second", depends_on=after("first")),
            echoing(cluster, echo, "third", key="third", depends_on=after("second")),
        ],
    )
    waiter = workspace.jobs.run_now(job.job_id)
    with pytest.raises(OperationFailed, match="INTERNAL_ERROR"):
        waiter.result(timeout=PATIENCE)
    run = workspace.jobs.get_run(waiter.run_id)
    tasks = by_key(run)
    assert (run.state.life_cycle_state, run.state.result_state) == (RunLifeCycleState.INTERNAL_ERROR, FAILED)
    assert tasks["second"].state.life_cycle_state == RunLifeCycleState.TERMINATED
    assert tasks["third"].state.result_state == RunResultState.UPSTREAM_FAILED
    assert run.status.termination_details.code == TerminationCodeCode.RUN_EXECUTION_ERROR
    output = workspace.jobs.get_run_output(tasks["second"].run_id)
    assert output.error == "ValueError: no such thing"
    assert "raise ValueError" in output.error_trace

    notebook_at(ECHO, name)
    repaired = workspace.jobs.repair_run(run.run_id, rerun_all_failed_tasks=True)
    run = repaired.result(timeout=PATIENCE)
    assert (run.run_id, run.state.result_state) == (waiter.run_id, SUCCESS)
    run = workspace.jobs.get_run(run.run_id, include_history=True)
    original, repair = run.repair_history
    assert (original.type, repair.type) == (RepairHistoryItemType.ORIGINAL, RepairHistoryItemType.REPAIR)
    assert (repair.id, original.state.result_state) == (repaired.response.repair_id, FAILED)
    assert len(repair.task_run_ids) == 2  # the first one had succeeded
    assert tasks["first"].run_id in [task.run_id for task in run.tasks]
    newest = {task.task_key: task for task in sorted(run.tasks, key=lambda task: task.start_time)}
    assert {key: result_of(workspace, task) for key, task in newest.items()} == {
        "first": "first",
        "second": "fixed",
        "third": "third",
    }
    with pytest.raises(BadRequest, match="The latest repair ID needs to be provided"):
        workspace.jobs.repair_run(run.run_id, rerun_tasks=["third"])
    run = workspace.jobs.repair_run_and_wait(
        run.run_id,
        rerun_tasks=["third"],
        latest_repair_id=repair.id,
        notebook_params={"text": "again"},
        timeout=PATIENCE,
    )
    newest = {task.task_key: task for task in sorted(run.tasks, key=lambda task: task.start_time)}
    assert result_of(workspace, newest["third"]) == "again"


def test_runs_are_cancelled_one_by_one_and_all_at_once(
    workspace: WorkspaceClient, cluster: str, notebook_at: Callable[..., str]
) -> None:
    job = workspace.jobs.create(
        name="sleeping",
        tasks=[echoing(cluster, notebook_at(SLEEP))],
        max_concurrent_runs=2,
        queue=QueueSettings(enabled=True),
    )
    first, second, queued = (workspace.jobs.run_now(job.job_id).run_id for _ in range(3))
    assert workspace.jobs.get_run(queued).state.life_cycle_state == RunLifeCycleState.QUEUED
    run = workspace.jobs.cancel_run(first).result(timeout=PATIENCE)
    assert (run.state.life_cycle_state, run.state.result_state) == (
        RunLifeCycleState.TERMINATED,
        RunResultState.CANCELED,
    )
    assert run.state.user_cancelled_or_timedout
    assert workspace.jobs.cancel_run_and_wait(first, timeout=PATIENCE).state.result_state == RunResultState.CANCELED
    workspace.jobs.cancel_all_runs(job_id=job.job_id)
    for run_id in (second, queued):
        run = workspace.jobs.wait_get_run_job_terminated_or_skipped(run_id, timeout=PATIENCE)
        assert run.state.result_state == RunResultState.CANCELED
    assert not list(workspace.jobs.list_runs(job_id=job.job_id, active_only=True))
    assert len(list(workspace.jobs.list_runs(job_id=job.job_id, completed_only=True))) == 3


def test_one_task_of_a_run_is_cancelled(
    workspace: WorkspaceClient, cluster: str, echo: str, notebook_at: Callable[..., str]
) -> None:
    """By the id of its own run, which all that is told of runs is told of, too."""
    tasks = [echoing(cluster, notebook_at(SLEEP), key="asleep"), echoing(cluster, echo, key="awake")]
    waiter = workspace.jobs.run_now(workspace.jobs.create(name="two", tasks=tasks).job_id)
    asleep = by_key(workspace.jobs.get_run(waiter.run_id))["asleep"]
    task_run = workspace.jobs.cancel_run(asleep.run_id).result(timeout=PATIENCE)
    assert (task_run.run_id, task_run.state.result_state) == (asleep.run_id, RunResultState.CANCELED)
    states = {key: task.state.result_state for key, task in by_key(waiter.result(timeout=PATIENCE)).items()}
    assert states == {"asleep": RunResultState.CANCELED, "awake": SUCCESS}


def test_retries_and_time_outs(workspace: WorkspaceClient, cluster: str, notebook_at: Callable[..., str]) -> None:
    failing = notebook_at(notebook("raise ValueError('again')"))
    tasks = [echoing(cluster, failing, max_retries=2, min_retry_interval_millis=10)]
    waiter = workspace.jobs.run_now(workspace.jobs.create(name="retried", tasks=tasks).job_id)
    with pytest.raises(OperationFailed):
        waiter.result(timeout=PATIENCE)
    attempts = workspace.jobs.get_run(waiter.run_id).tasks
    assert sorted(task.attempt_number for task in attempts) == [0, 1, 2]
    assert {task.state.result_state for task in attempts} == {FAILED}
    tasks = [echoing(cluster, notebook_at(SLEEP), timeout_seconds=1)]
    job = workspace.jobs.create(name="too slow", tasks=tasks)
    run = workspace.jobs.run_now(job.job_id).result(timeout=PATIENCE)  # no INTERNAL_ERROR, hence no exception
    assert run.state.result_state == RunResultState.TIMEDOUT
    assert run.state.user_cancelled_or_timedout


def test_a_run_over_the_limit_is_skipped(
    workspace: WorkspaceClient, cluster: str, notebook_at: Callable[..., str]
) -> None:
    job = workspace.jobs.create(
        name="one at a time", tasks=[echoing(cluster, notebook_at(SLEEP))], queue=QueueSettings(enabled=False)
    )
    running = workspace.jobs.run_now(job.job_id)
    skipped = workspace.jobs.run_now(job.job_id).result(timeout=PATIENCE)
    assert skipped.state.life_cycle_state == RunLifeCycleState.SKIPPED
    assert skipped.state.result_state == RunResultState.MAXIMUM_CONCURRENT_RUNS_REACHED
    with pytest.raises(BadRequest, match="active"):
        workspace.jobs.delete_run(running.run_id)
    workspace.jobs.cancel_run(running.run_id).result(timeout=PATIENCE)


def test_only_some_tasks_of_a_job(workspace: WorkspaceClient, cluster: str, echo: str) -> None:
    keys = ["a", "b", "c"]
    tasks = [echoing(cluster, echo, key=key, depends_on=after(*keys[:place])) for place, key in enumerate(keys)]
    job = workspace.jobs.create(name="some", tasks=tasks)
    run = workspace.jobs.run_now(job.job_id, only=["+b"]).result(timeout=PATIENCE)
    states = {key: task.state.result_state for key, task in by_key(run).items()}
    assert (states["a"], states["b"]) == (SUCCESS, SUCCESS)
    assert states.get("c") != SUCCESS
