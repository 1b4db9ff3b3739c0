"""`kill -9` of the server, of a worker: nothing that was acknowledged is lost."""

import threading
import uuid

import processes
from client import Client, notebook, notebook_task
from server import Server, signal_cell
from waiting import until


def test_a_killed_server_loses_nothing(own_server: Server) -> None:
    client = own_server.client
    token = client.token
    cluster_id = client.create_cluster(cluster_name="survives")
    name = uuid.uuid4().hex
    slow = client.import_notebook(notebook(signal_cell(name), "import time; time.sleep(600)"))
    quick = client.import_notebook(notebook("dbutils.notebook.exit(dbutils.widgets.get('n'))"))
    slow_run = client.submit(notebook_task(slow, cluster_id))
    own_server.signal_from_notebook(name, 300)
    finished = client.submit(notebook_task(quick, cluster_id, parameters={"n": "-1"}))
    assert client.finish(finished).result == "-1"
    job_id = client.create_job(notebook_task(quick, cluster_id), max_concurrent_runs=1000, queue={"enabled": True})

    acknowledged: list[int] = []
    enough = threading.Event()

    def ask() -> None:
        try:
            while True:
                acknowledged.append(client.run_now(job_id, notebook_params={"n": "5"}))
                if len(acknowledged) >= 40:
                    enough.set()
        except OSError:  # the server is gone: this request was not acknowledged
            return

    askers = [threading.Thread(target=ask) for _ in range(4)]
    for asker in askers:
        asker.start()
    assert enough.wait(60)
    own_server.kill()
    for asker in askers:
        asker.join(60)
        assert not asker.is_alive()

    own_server.start()
    client = Client(own_server.client.host, token)  # a token outlives the server that made it
    assert client.finish(finished).result == "-1"
    assert client.get("/api/2.2/jobs/get", job_id=job_id)["job_id"] == job_id
    assert len(set(acknowledged)) == len(acknowledged)
    for run_id in acknowledged:
        run = client.finish(run_id, 300)
        # A run whose notebook had begun ends with an error of ours; every other one ends as if nothing had happened.
        if run.result_state == "SUCCESS":
            assert run.result == "5"
        else:
            assert run.details["tasks"][0]["status"]["termination_details"]["code"] == "DRIVER_ERROR"
    lost = client.finish(slow_run)
    assert lost.result_state == "FAILED"
    assert lost.details["tasks"][0]["state"]["life_cycle_state"] == "INTERNAL_ERROR"
    assert client.run_notebook(cluster_id, "dbutils.notebook.exit('goes on')").result == "goes on"


def test_a_worker_killed_under_load_loses_nothing(client: Client, server: Server) -> None:
    cluster_id = client.create_cluster(cluster_name="its worker is killed under load")
    quick = client.import_notebook(notebook("dbutils.notebook.exit(dbutils.widgets.get('n'))"))
    task = notebook_task(quick, cluster_id) | {"max_retries": 1}  # a try that is lost with its worker is made anew
    job_id = client.create_job(task, max_concurrent_runs=1000, queue={"enabled": True})
    client.finish(client.run_now(job_id, notebook_params={"n": "warm"}), 300)
    asked: dict[int, str] = {}
    lock = threading.Lock()

    def ask(asker: int) -> None:
        for number in range(50):
            n = f"{asker}-{number}"
            run_id = client.run_now(job_id, notebook_params={"n": n})
            with lock:
                asked[run_id] = n

    askers = [threading.Thread(target=ask, args=(asker,)) for asker in range(4)]
    for asker in askers:
        asker.start()
    until(lambda: len(asked) >= 60, "runs under way")
    (worker,) = processes.workers_of(server.pid, cluster_id)
    processes.kill(worker)
    for asker in askers:
        asker.join(120)
        assert not asker.is_alive()
    assert len(asked) == 200
    for run_id, n in asked.items():
        assert client.finish(run_id, 300).result == n
    client.post("/api/2.1/clusters/permanent-delete", {"cluster_id": cluster_id})


def test_mlflow_ends_with_a_killed_server_and_starts_from_its_environment_only(own_server: Server) -> None:
    """What somebody has uploaded is never taken for a module of its own."""
    client = own_server.client

    def serves() -> bool:
        return client.call("GET", "/api/2.0/mlflow/experiments/search?max_results=1").status == 200

    until(serves, "MLflow", 600)  # its environment is built first
    trap = "/api/2.0/mlflow-artifacts/artifacts/"
    for module in ("uvicorn.py", "mlflow.py", "json.py"):
        assert client.call("PUT", trap + module, b"raise SystemExit('imported')").status == 200
    beneath = processes.beneath(own_server.pid)
    (mlflow,) = [process for process in beneath if process.command[-1].startswith("stoker_kernel.mlflow_server")]
    own_server.kill()  # waits until everything beneath it has ended
    assert not mlflow.alive()
    client = own_server.start().client
    until(serves, "MLflow after a restart", 120)
