"""Idle memory and CPU of each process, and cold starts."""

import http.client
import os
import signal
import subprocess
import time

from stoker_bench import peers, processes
from stoker_bench.measure import Comparison, Figure, Figures, Probe
from stoker_bench.notebooks import NOOP
from stoker_bench.places import STOKER
from stoker_bench.stage import Stage

TITLE = "Idle, and cold starts"
NOTE = (
    "Idle: after the runs of other cases or at least one, with nothing queued; the sum over the processes of a "
    "role; CPU in percent of a core over 10 s. A process that is alone is measured as it is in production: "
    "`stoker server` by itself on the running Postgres. Cold start: from exec to the first answer. First finished "
    "run: from exec of `stoker up` on a folder that knows the cluster, its environment and the job."
)
SYSTEM = "Stoker"
SERVER = "stoker server, alone"
WORKER = "idle, stoker worker"
COMPARISONS = [
    Comparison(Figure(SYSTEM, SERVER, "RSS MiB"), None, target=15, higher_is_better=False),
    Comparison(Figure(SYSTEM, WORKER, "RSS MiB"), None, target=12, higher_is_better=False),
    Comparison(Figure(SYSTEM, SERVER, "ms to first answer"), None, target=60, higher_is_better=False),
    Comparison(Figure(SYSTEM, "stoker up", "s to first finished run"), None, target=3, higher_is_better=False),
]


def probes(stage: Stage) -> list[Probe]:
    job_id = stage.job("idle", NOOP)
    stage.client.run_to_end(job_id)
    stage.client.get("/api/2.0/mlflow/experiments/search", max_results=1)
    roles = processes.by_role(stage.stoker.pid)

    def idle(role: str) -> Probe:
        def measure() -> Figures:
            stage.client.get("/api/2.0/mlflow/experiments/search", max_results=1)  # answers once MLflow has started
            members = processes.by_role(stage.stoker.pid)[role]
            memory = [process.memory_mib() for process in members]
            sums = {unit: sum(one[unit] for one in memory) for unit in ("RSS MiB", "PSS MiB")}
            return sums | {"CPU %": processes.cpu_share(members, stage.long(10)), "processes": len(members)}

        return Probe("h", SYSTEM, f"idle, {role}", measure)

    def server() -> Figures:
        port = peers.free_port()
        secrets = stage.stoker.data_folder / "secrets"
        command = [
            STOKER,
            "server",
            "--port",
            str(port),
            "--signing-key-file",
            secrets / "signing_key",
            "--log-level",
            "warn",
        ]
        environment = os.environ | {"STOKER_DATABASE_URL": (secrets / "server_dsn").read_text().strip()}
        began = time.perf_counter()
        process = subprocess.Popen(command, env=environment)
        try:
            until_answered(port, process)
            took = (time.perf_counter() - began) * 1000
            time.sleep(1)  # until it has settled
            return {"ms to first answer": took} | processes.read(process.pid).memory_mib()
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(30)

    def up() -> Figures:
        stage.stoker.stop()
        began = time.perf_counter()
        stage.stoker.start()
        served = time.perf_counter() - began
        stage.client.run_to_end(job_id)
        return {"s to first answer": served, "s to first finished run": time.perf_counter() - began}

    return [*(idle(role) for role in roles), Probe("h", SYSTEM, SERVER, server), Probe("h", SYSTEM, "stoker up", up)]


def until_answered(port: int, process: subprocess.Popen[bytes]) -> None:
    while process.poll() is None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        try:
            connection.request("GET", "/readyz")
            if connection.getresponse().status == 200:
                return
        except OSError:
            time.sleep(0.001)
        finally:
            connection.close()
    raise RuntimeError(f"stoker server ended with {process.returncode}")
