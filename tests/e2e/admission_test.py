"""What is decided when a run is asked for: max_concurrent_runs, queue, idempotency_token."""

import uuid

from client import Client, notebook, notebook_task
from server import Server, await_cell


def waiting_job(client: Client, cluster: str, name: str, **settings: object) -> int:
    path = client.import_notebook(notebook(await_cell(name)))
    return client.create_job(notebook_task(path, cluster), max_concurrent_runs=1, **settings)


def test_a_run_too_many_is_skipped_without_a_queue(client: Client, server: Server, cluster: str) -> None:
    name = uuid.uuid4().hex
    job_id = waiting_job(client, cluster, name, queue={"enabled": False})
    first, second = client.run_now(job_id), client.run_now(job_id)
    state = client.get("/api/2.2/jobs/runs/get", run_id=second)["state"]
    assert state["life_cycle_state"] == "SKIPPED"
    assert state["result_state"] == "MAXIMUM_CONCURRENT_RUNS_REACHED"
    server.signal_to_notebook(name)
    assert client.finish(first).result_state == "SUCCESS"
    assert client.finish(client.run_now(job_id)).result_state == "SUCCESS"


def test_a_run_too_many_waits_in_the_queue(client: Client, server: Server, cluster: str) -> None:
    name = uuid.uuid4().hex
    job_id = waiting_job(client, cluster, name, queue={"enabled": True})
    run_ids = [client.run_now(job_id) for _ in range(3)]
    states = [client.get("/api/2.2/jobs/runs/get", run_id=run_id)["state"] for run_id in run_ids]
    assert [state["life_cycle_state"] for state in states[1:]] == ["QUEUED", "QUEUED"]
    assert states[1]["queue_reason"]
    server.signal_to_notebook(name)
    runs = [client.finish(run_id) for run_id in run_ids]
    assert [run.result_state for run in runs] == ["SUCCESS"] * 3
    ends = [run.details["end_time"] for run in runs]
    assert ends == sorted(ends)


def test_a_queued_run_can_be_cancelled(client: Client, server: Server, cluster: str) -> None:
    name = uuid.uuid4().hex
    job_id = waiting_job(client, cluster, name, queue={"enabled": True})
    first, second, third = (client.run_now(job_id) for _ in range(3))
    client.cancel(second)
    assert client.finish(second).result_state == "CANCELED"
    server.signal_to_notebook(name)
    assert client.finish(first).result_state == client.finish(third).result_state == "SUCCESS"


def test_api_2_2_queues_by_default_and_2_1_does_not(client: Client, server: Server, cluster: str) -> None:
    for version, expected in (("2.2", "QUEUED"), ("2.1", "SKIPPED")):
        name = uuid.uuid4().hex
        task = notebook_task(client.import_notebook(notebook(await_cell(name))), cluster)
        job_id = client.post(f"/api/{version}/jobs/create", {"name": "default queue", "tasks": [task]})["job_id"]
        first, second = client.run_now(job_id), client.run_now(job_id)
        state = client.get("/api/2.2/jobs/runs/get", run_id=second)["state"]
        assert state["life_cycle_state"] == expected
        server.signal_to_notebook(name)
        client.finish(first)
        client.finish(second)


def test_an_idempotency_token_names_one_run(client: Client, cluster: str) -> None:
    path = client.import_notebook(notebook("dbutils.notebook.exit('once')"))
    job_id = client.create_job(notebook_task(path, cluster), max_concurrent_runs=10)
    token = uuid.uuid4().hex
    run_ids = {client.run_now(job_id, idempotency_token=token) for _ in range(3)}
    assert len(run_ids) == 1
    client.finish(run_ids.pop())
    assert len(client.get("/api/2.2/jobs/runs/list", job_id=job_id)["runs"]) == 1
    token = uuid.uuid4().hex
    assert len({client.submit(notebook_task(path, cluster), idempotency_token=token) for _ in range(2)}) == 1
