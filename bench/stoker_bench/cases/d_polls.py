"""Polls: runs/get and get-output, on finished and on unfinished runs."""

from stoker_bench import floors
from stoker_bench.client import GET_OUTPUT, GET_RUN
from stoker_bench.measure import Comparison, Figure, Figures, Probe
from stoker_bench.notebooks import WIDGET
from stoker_bench.program import http_load, throughput_and_latency
from stoker_bench.stage import Stage

TITLE = "Polls of runs"
NOTE = "32 connections, token check on. 64 runs in turn: finished ones, or ones that wait in the queue."
SYSTEM = "Stoker"
CONNECTIONS = 32
RUNS = 64
HELLO = Figure(floors.HELLO, f"GET, {CONNECTIONS} connections", "req/s")

COMPARISONS = [
    Comparison(Figure(SYSTEM, "get-output, finished", "req/s"), HELLO, target=25_000, target_ratio=0.6),
    Comparison(Figure(SYSTEM, "runs/get, finished", "req/s"), HELLO, target=25_000, target_ratio=0.6),
    Comparison(Figure(SYSTEM, "get-output, unfinished", "req/s"), HELLO),
    Comparison(Figure(SYSTEM, "runs/get, unfinished", "req/s"), HELLO),
]


def probes(stage: Stage) -> list[Probe]:
    finished_job = stage.job("finished", WIDGET)
    waiting_job = stage.held.job("waiting", WIDGET)

    def load(path: str, runs: list[int]) -> Figures:
        spec = stage.client.load | {"connections": CONNECTIONS, "values": [str(run_id) for run_id in runs]}
        spec |= {"rotation": [{"method": "GET", "path": path + "?run_id={value}"}]}
        return throughput_and_latency(http_load(spec | {"seconds": stage.long(5), "warm_up_seconds": stage.long(1)}))

    def finished(path: str) -> Figures:
        return load(path, [stage.client.run_to_end(finished_job)["run_id"] for _ in range(RUNS)])

    def unfinished(path: str) -> Figures:
        with stage.held.taken():
            return load(path, [stage.client.run_now(waiting_job) for _ in range(RUNS)])

    return [
        Probe("d", SYSTEM, "get-output, finished", lambda: finished(GET_OUTPUT)),
        Probe("d", SYSTEM, "runs/get, finished", lambda: finished(GET_RUN)),
        floors.hello(stage, "d", CONNECTIONS),
        Probe("d", SYSTEM, "get-output, unfinished", lambda: unfinished(GET_OUTPUT)),
        Probe("d", SYSTEM, "runs/get, unfinished", lambda: unfinished(GET_RUN)),
    ]
