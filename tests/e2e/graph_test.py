"""Runs of several tasks."""

import re

from client import Client, notebook, notebook_task

EXIT = notebook("dbutils.notebook.exit(dbutils.widgets.get('name'))")
FAIL = notebook("raise ValueError('not this one')")


def test_tasks_run_in_the_order_of_depends_on(client: Client, cluster: str) -> None:
    path = client.import_notebook(EXIT)

    def task(key: str, *after: str) -> dict:
        return notebook_task(path, cluster, key, after, {"name": key})

    job_id = client.create_job(task("d", "b", "c"), task("b", "a"), task("c", "a"), task("a"))
    run = client.finish(client.run_now(job_id))
    assert run.result_state == "SUCCESS"
    assert {key: output["notebook_output"]["result"] for key, output in run.outputs.items()} == {k: k for k in "abcd"}
    times = {task["task_key"]: task for task in run.details["tasks"]}
    for before, after in ("ab", "ac", "bd", "cd"):
        assert times[before]["end_time"] <= times[after]["start_time"]


def test_what_follows_a_failed_task_is_skipped(client: Client, cluster: str) -> None:
    fails, exits = client.import_notebook(FAIL), client.import_notebook(EXIT)
    run_id = client.submit(
        notebook_task(fails, cluster, "a"),
        notebook_task(exits, cluster, "b", ["a"], {"name": "b"}),
        notebook_task(exits, cluster, "c", ["b"], {"name": "c"}),
    )
    details = client.finish(run_id).details
    assert details["state"]["life_cycle_state"] == "INTERNAL_ERROR"
    assert details["state"]["result_state"] == "FAILED"
    assert "Task a failed" in details["state"]["state_message"]
    states = {task["task_key"]: task["state"] for task in details["tasks"]}
    assert (states["a"]["life_cycle_state"], states["a"]["result_state"]) == ("TERMINATED", "FAILED")
    for key in "bc":
        assert (states[key]["life_cycle_state"], states[key]["result_state"]) == ("SKIPPED", "UPSTREAM_FAILED")


def test_the_output_of_several_tasks_is_asked_for_by_task(client: Client, cluster: str) -> None:
    path = client.import_notebook(EXIT)
    run_id = client.submit(*[notebook_task(path, cluster, key, parameters={"name": key}) for key in "ab"])
    task_run_ids = {task["run_id"] for task in client.finish(run_id).details["tasks"]}
    answer = client.call("GET", f"/api/2.2/jobs/runs/get-output?run_id={run_id}")
    assert (answer.status, answer.json["error_code"]) == (400, "INVALID_PARAMETER_VALUE")
    message = answer.json["message"]
    assert message.startswith("Retrieving the output of runs with multiple tasks is not supported.")
    assert task_run_ids <= {int(number) for number in re.findall(r"\d+", message)}
