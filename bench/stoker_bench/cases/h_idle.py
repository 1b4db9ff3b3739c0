"""Idle memory and CPU of each process, and cold starts."""

import time

from stoker_bench import peers, processes
from stoker_bench.cold_start import cold_start
from stoker_bench.measure import Comparison, Figure, Figures, Probe
from stoker_bench.notebooks import NOOP
from stoker_bench.places import STOKER
from stoker_bench.stage import Stage

TITLE = "Idle, and cold starts"
NOTE = (
    "Idle: after the runs of other cases or at least one, with nothing queued; CPU in percent of a core "
    "over 10 s. A process that is alone is measured as it is in production: "
    "`stoker server` by itself on the running Postgres. Cold start: from exec to the first answer. First finished "
    "run: from exec of `stoker up` on a folder that knows the cluster, its environment and the job."
)
SYSTEM = "Stoker"
ALONE = "the server alone"
WORKER = "idle, stoker worker"
COMPARISONS = [
    Comparison(Figure(SYSTEM, ALONE, "RSS MiB"), None, target=15, higher_is_better=False),
    Comparison(Figure(SYSTEM, WORKER, "RSS MiB, each"), None, target=12, higher_is_better=False),
    Comparison(Figure(SYSTEM, ALONE, "ms to first answer"), None, target=60, higher_is_better=False),
    Comparison(Figure(SYSTEM, "stoker up", "s to first finished run"), None, target=3, higher_is_better=False),
] + [
    Comparison(Figure(SYSTEM, ALONE, unit), Figure(peer.name, ALONE, unit), target_ratio=1, higher_is_better=False)
    for unit in ("RSS MiB", "ms to first answer")
    for peer in (peers.RESTATE, *peers.EMULATORS)
]


def probes(stage: Stage) -> list[Probe]:
    job_id = stage.job("idle", NOOP)
    stage.client.run_to_end(job_id)
    roles = processes.by_role(stage.stoker.pid)

    def idle(role: str) -> Probe:
        def measure() -> Figures:
            stage.client.get("/api/2.0/mlflow/experiments/search", max_results=1)  # answers once MLflow has started
            members = processes.by_role(stage.stoker.pid)[role]
            memory = processes.memories_mib(members)
            return {
                "RSS MiB, each": sum(one["RSS MiB"] for one in memory) / len(memory),
                "PSS MiB, all": sum(one["PSS MiB"] for one in memory),
                "CPU %, all": processes.cpu_share(members, stage.long(10)),
                "processes": len(members),
            }

        return Probe("h", SYSTEM, f"idle, {role}", measure)

    def server() -> Figures:
        port = peers.free_port()
        secrets = stage.stoker.data_folder / "secrets"
        command = [STOKER, "server", "--port", str(port), "--signing-key-file", secrets / "signing_key"]
        dsn = (secrets / "server_dsn").read_text().strip()
        return cold_start(command, port, "/readyz", stage.folder / "server", STOKER_DATABASE_URL=dsn)

    def up() -> Figures:
        stage.stoker.stop()
        began = time.perf_counter()
        stage.stoker.start()
        served = time.perf_counter() - began
        stage.client.run_to_end(job_id)
        return {"s to first answer": served, "s to first finished run": time.perf_counter() - began}

    mine = [*(idle(role) for role in roles), Probe("h", SYSTEM, ALONE, server), Probe("h", SYSTEM, "stoker up", up)]
    beside = [peer_alone(peer, stage) for peer in peers.installed([peers.RESTATE, *peers.EMULATORS])]
    return mine + beside


def peer_alone(peer: peers.Restate | peers.Emulator, stage: Stage) -> Probe:
    return Probe("h", peer.name, ALONE, lambda: peer.cold_start(stage.folder / peer.name))
