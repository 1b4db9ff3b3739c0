"""A run's processes end with the run, a worker's with the worker, and a server's with the server."""

import json
import signal
import uuid

import processes
from client import Client, notebook
from processes import Process
from server import Server, signal_cell
from waiting import until

FOREVER = "import time\nwhile True: time.sleep(1)"
# In its own session, so that no process group holds it; `exec` so that $! is the process itself.
LEAVE_BEHIND = "# MAGIC %sh\n# MAGIC setsid sh -c 'echo $$ > pid; exec sleep 1000' &\n# MAGIC while [ ! -s pid ]; do :; done"
DOUBLE_FORK = """
import os, time
reader, writer = os.pipe()
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        os.write(writer, str(os.getpid()).encode())
        while True: time.sleep(1)
    os._exit(0)
forked = int(os.read(reader, 20))
"""
# Kernels may live in a PID namespace one day; the tests look processes up by this machine's pids.
LEFT = "left = [int(open('pid').read()), forked]"


def left_behind(pids: list[int]) -> list[Process]:
    return [process for process in map(processes.read, pids) if process]


def test_what_a_run_leaves_behind_ends_with_it(client: Client, cluster: str) -> None:
    run = client.run_notebook(cluster, LEAVE_BEHIND, DOUBLE_FORK, LEFT, "import json; dbutils.notebook.exit(json.dumps(left))")
    pids = run.result_json
    until(lambda: not left_behind(pids), "what the notebook started to end", 5)


def test_what_a_cancelled_run_started_ends_with_it(client: Client, server: Server, cluster: str) -> None:
    name = uuid.uuid4().hex
    cells = (LEAVE_BEHIND, DOUBLE_FORK, LEFT, "import json", signal_cell(name, "json.dumps(left)"), FOREVER)
    run_id = client.submit_notebook(cluster, notebook(*cells))
    started = left_behind(json.loads(server.signal_from_notebook(name)))
    assert len(started) == 2
    client.cancel(run_id)
    client.finish(run_id)
    until(lambda: not any(process.alive() for process in started), "what the notebook started to end", 5)


def test_a_killed_worker_takes_its_processes_with_it(client: Client, server: Server) -> None:
    """And every run of it becomes terminal; the cluster gets a new worker."""
    cluster_id = client.create_cluster(cluster_name="its worker is killed")
    names = [uuid.uuid4().hex for _ in range(2)]
    run_ids = []
    for name in names:
        cells = (LEAVE_BEHIND, DOUBLE_FORK, LEFT, "import json", signal_cell(name, "json.dumps(left)"), FOREVER)
        run_ids.append(client.submit_notebook(cluster_id, notebook(*cells)))
    started = [process for name in names for process in left_behind(json.loads(server.signal_from_notebook(name)))]
    assert len(started) == 4
    (worker,) = processes.workers_of(server.pid, cluster_id)
    started += processes.beneath(worker.pid)
    processes.kill(worker)
    until(lambda: not any(process.alive() for process in started), "the worker's processes to end", 10)
    for run_id in run_ids:
        run = client.finish(run_id)
        assert run.result_state == "FAILED"
        assert run.details["tasks"][0]["state"]["life_cycle_state"] == "INTERNAL_ERROR"
    assert client.run_notebook(cluster_id, "dbutils.notebook.exit('again')").result == "again"
    client.post("/api/2.1/clusters/permanent-delete", {"cluster_id": cluster_id})


def test_a_retry_after_a_lost_worker_does_not_count(client: Client, server: Server) -> None:
    cluster_id = client.create_cluster(cluster_name="its worker is killed once")
    first, second = uuid.uuid4().hex, f"dbfs:/lost/{uuid.uuid4().hex}"
    cell = f"""
try:
    dbutils.fs.head("{second}")
except Exception:
    dbutils.fs.put("{second}", "begun", True)
    {signal_cell(first)}
    import time
    while True: time.sleep(1)
dbutils.notebook.exit("second try")
"""
    run_id = client.submit_notebook(cluster_id, notebook(cell), max_retries=1)
    server.signal_from_notebook(first)
    (worker,) = processes.workers_of(server.pid, cluster_id)
    processes.kill(worker)
    assert client.finish(run_id).result == "second try"
    client.post("/api/2.1/clusters/permanent-delete", {"cluster_id": cluster_id})


def test_a_terminated_cluster_leaves_no_process(client: Client, server: Server) -> None:
    cluster_id = client.create_cluster(cluster_name="short")
    assert client.run_notebook(cluster_id, "dbutils.notebook.exit('up')").result == "up"
    (worker,) = processes.workers_of(server.pid, cluster_id)
    started = [worker, *processes.beneath(worker.pid)]
    client.post("/api/2.1/clusters/delete", {"cluster_id": cluster_id})
    until(lambda: not any(process.alive() for process in started), "the cluster's processes to end", 30)
    state = until(
        lambda: (s := client.get("/api/2.1/clusters/get", cluster_id=cluster_id)["state"]) == "TERMINATED" and s, "TERMINATED", 30
    )
    assert state == "TERMINATED"
    # A run on it starts it again.
    assert client.run_notebook(cluster_id, "dbutils.notebook.exit('up again')").result == "up again"
    client.post("/api/2.1/clusters/permanent-delete", {"cluster_id": cluster_id})


def test_ctrl_c_leaves_nothing_running(own_server: Server) -> None:
    client = own_server.client
    cluster_id = client.create_cluster(cluster_name="interrupted")
    name = uuid.uuid4().hex
    run_id = client.submit_notebook(cluster_id, notebook(LEAVE_BEHIND, signal_cell(name), FOREVER))
    own_server.signal_from_notebook(name, 300)
    started = processes.beneath(own_server.pid)
    assert len(started) > 5
    assert own_server.stop(signal.SIGINT) == 0
    assert [process for process in started if process.alive()] == []
    own_server.start()
    assert own_server.client.finish(run_id).state["life_cycle_state"] in ("TERMINATED", "INTERNAL_ERROR")
