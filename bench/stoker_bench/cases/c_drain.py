"""Draining a long queue of runs that do nothing."""

import json
import time

from stoker_bench import floors, peers
from stoker_bench.client import RUN_NOW, Json
from stoker_bench.measure import Comparison, Figure, Figures, Probe
from stoker_bench.notebooks import NOOP
from stoker_bench.program import http_load
from stoker_bench.stage import Stage

TITLE = "Drain of a queue of no-op runs"
NOTE = (
    "20,000 runs (4,000 with --quick) are queued by run-now while the cluster's slots are taken; counted from "
    "when the slots are given free to the end of the last run. Once one job with max_concurrent_runs 1000 and "
    "queue on, once 100 jobs with a hundredth each. Isolated: a process of its own for every run. Shared: jobs "
    "with the tag stoker.isolation: shared. Peers run their jobs inside the worker, with the settings that their "
    "manuals give for throughput."
)
SYSTEM = "Stoker"
FORKS = Figure(floors.FORK, "fork, one cell, exit", "forks/s")
DRAIN = "drain, 1 queue"


def name(isolation: str, jobs: int) -> str:
    return f"drain, {isolation}, {jobs} job{'s' if jobs > 1 else ''}"


COMPARISONS = [
    comparison
    for jobs in (1, 100)
    for comparison in (
        Comparison(Figure(SYSTEM, name("isolated", jobs), "runs/s"), FORKS, target=200),
        Comparison(Figure(SYSTEM, name("shared", jobs), "runs/s"), FORKS, target=2500),
    )
] + [
    Comparison(Figure(SYSTEM, name(isolation, 1), "runs/s"), Figure(peer.name, DRAIN, "runs/s"))
    for isolation in ("shared", "isolated")
    for peer in peers.QUEUE_LIBRARIES
]


def probes(stage: Stage) -> list[Probe]:
    runs = stage.many(20_000)
    isolations: dict[str, dict[str, Json]] = {"isolated": {}}
    if stage.accepts_shared_isolation:
        isolations["shared"] = {"tags": {"stoker.isolation": "shared"}}

    def drain(isolation: str, count: int) -> Probe:
        jobs = [stage.held.job(f"noop-{isolation}-{number}", NOOP, **isolations[isolation]) for number in range(count)]
        rotation = [{"method": "POST", "path": RUN_NOW, "body": json.dumps({"job_id": job_id})} for job_id in jobs]

        def measure() -> Figures:
            try:
                holders = stage.held.take()
                filling = time.time()
                http_load(stage.client.load | {"connections": 32, "requests": runs, "rotation": rotation})
                began = time.time()
                stage.held.release(holders)
                seconds = stage.stoker.until_runs_ended(filling) - began
                succeeded = stage.stoker.successes(filling)
            finally:  # whatever has failed: the next measurement finds an empty queue
                stage.stoker.empty_queue()
                stage.stoker.forget_runs()
            if succeeded != runs:
                raise RuntimeError(f"{succeeded} of {runs} runs succeeded")
            return {"runs/s": runs / seconds, "s": seconds}

        return Probe("c", SYSTEM, name(isolation, count), measure)

    def drain_library(peer: peers.QueueLibrary) -> Probe:
        def measure() -> Figures:
            with peer.serving(stage.stoker.database) as front:
                front.post("/forget")
                front.post(f"/fill?count={runs}")
                return {"runs/s": runs / front.post(f"/drain?count={runs}")["seconds"]}

        return Probe("c", peer.name, DRAIN, measure)

    mine = [drain(isolation, count) for isolation in isolations for count in (1, 100)]
    return [*mine, floors.fork(stage, "c"), *(drain_library(peer) for peer in peers.installed(peers.QUEUE_LIBRARIES))]
