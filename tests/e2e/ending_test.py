"""How runs end that do not just succeed: retries, time-outs, cancels."""

import uuid

from client import Client, notebook, notebook_task
from server import Server, signal_cell

FOREVER = "import time\nwhile True: time.sleep(1)"


def test_a_retry_is_a_task_run_of_its_own(client: Client, cluster: str) -> None:
    path = client.import_notebook(notebook("raise ValueError('again')"))
    run = client.finish(client.submit(notebook_task(path, cluster, max_retries=2, min_retry_interval_millis=10)))
    assert run.result_state == "FAILED"
    tries = sorted(run.details["tasks"], key=lambda task: task["attempt_number"])
    assert [task["attempt_number"] for task in tries] == [0, 1, 2]
    assert len({task["run_id"] for task in tries}) == 3
    for task in tries:
        assert task["state"]["result_state"] == "FAILED"
        assert client.get_output(task["run_id"])["error"] == "ValueError: again"


def test_a_retry_may_succeed(client: Client, cluster: str) -> None:
    marker = f"dbfs:/retries/{uuid.uuid4().hex}"
    cell = f"""
try:
    dbutils.fs.head("{marker}")
except Exception:
    dbutils.fs.put("{marker}", "failed once", True)
    raise
dbutils.notebook.exit("second time")
"""
    path = client.import_notebook(notebook(cell))
    run = client.finish(client.submit(notebook_task(path, cluster, max_retries=1)))
    assert run.result == "second time"


def test_a_task_that_takes_too_long(client: Client, cluster: str) -> None:
    path = client.import_notebook(notebook(FOREVER))
    run = client.finish(client.submit(notebook_task(path, cluster, timeout_seconds=1, max_retries=3)))
    assert run.result_state in ("TIMEDOUT", "FAILED")
    assert [task["state"]["result_state"] for task in run.details["tasks"]] == ["TIMEDOUT"]  # retry_on_timeout is false


def test_a_run_that_takes_too_long(client: Client, cluster: str) -> None:
    path = client.import_notebook(notebook(FOREVER))
    run = client.finish(client.submit(notebook_task(path, cluster), timeout_seconds=1))
    assert run.result_state == "TIMEDOUT"
    assert run.state["user_cancelled_or_timedout"] is True


def test_cancel(client: Client, server: Server, cluster: str) -> None:
    name = uuid.uuid4().hex
    run_id = client.submit_notebook(cluster, notebook(signal_cell(name), FOREVER))
    server.signal_from_notebook(name)
    client.cancel(run_id)
    run = client.finish(run_id)
    assert run.state["life_cycle_state"] == "TERMINATED"
    assert run.result_state == "CANCELED"
    assert run.state["user_cancelled_or_timedout"] is True
    client.cancel(run_id)  # a run that is over stays as it is
    assert client.get("/api/2.2/jobs/runs/get", run_id=run_id)["state"] == run.state


def test_cancel_ends_a_notebook_that_ignores_sigterm(client: Client, server: Server, cluster: str) -> None:
    name = uuid.uuid4().hex
    stubborn = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)"
    run_id = client.submit_notebook(cluster, notebook(stubborn, signal_cell(name), FOREVER))
    server.signal_from_notebook(name)
    client.cancel(run_id)
    assert client.finish(run_id).result_state == "CANCELED"


def test_a_run_that_is_active_is_not_deleted(client: Client, server: Server, cluster: str) -> None:
    name = uuid.uuid4().hex
    run_id = client.submit_notebook(cluster, notebook(signal_cell(name), FOREVER))
    server.signal_from_notebook(name)
    assert client.call("POST", "/api/2.2/jobs/runs/delete", {"run_id": run_id}).status == 400
    client.cancel(run_id)
    client.finish(run_id)
    client.post("/api/2.2/jobs/runs/delete", {"run_id": run_id})
    gone = client.call("GET", f"/api/2.2/jobs/runs/get?run_id={run_id}")
    assert gone.json["message"] == f"Run {run_id} does not exist."
