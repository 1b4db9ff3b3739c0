"""`kill -9` of the server: nothing it has acknowledged is lost."""

import threading
import uuid

from client import Client, notebook, notebook_task
from server import Server, signal_cell


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
