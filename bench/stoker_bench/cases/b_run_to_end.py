"""From run-now to the run's end, for a notebook that reads a widget and exits."""

import json

from stoker_bench import floors, peers
from stoker_bench.client import GET_RUN, RUN_NOW
from stoker_bench.measure import Comparison, Figure, Figures, Probe
from stoker_bench.notebooks import WIDGET
from stoker_bench.program import http_load, latency
from stoker_bench.stage import Stage

TITLE = "run-now to the run's end"
NOTE = (
    "A Python process of its own for every run, forked from a warm one (no model, no Spark). Sequential: the next "
    "run begins when the last one has ended. 100/s: one run is due every 10 ms, and its latency counts from when "
    "it was due. By polling: run-now, then runs/get every 2 ms until TERMINATED. Peers: a handler in the worker's "
    "own process, and the answer comes when the job's end is in the database (River tells of it in batches); "
    "Restate: its own log instead of Postgres."
)
SYSTEM = "Stoker"
WAITING = "one at a time, Prefer: wait"
POLLING = "one at a time, polling"
WAITING_STEADY = "100 runs/s, Prefer: wait"
POLLING_STEADY = "100 runs/s, polling"
ROUND_TRIP = Figure(floors.POSTGRES, floors.ROUND_TRIP, "p50 ms")
POLL_EVERY_US = 2000

COMPARISONS = [
    Comparison(Figure(SYSTEM, WAITING, "p50 ms"), ROUND_TRIP, target=6, target_ratio=4, higher_is_better=False),
    Comparison(Figure(SYSTEM, WAITING, "p99 ms"), None, target=25, higher_is_better=False),
    Comparison(Figure(SYSTEM, POLLING, "p50 ms"), ROUND_TRIP, higher_is_better=False),
    Comparison(Figure(SYSTEM, WAITING_STEADY, "p50 ms"), ROUND_TRIP, target=15, higher_is_better=False),
    Comparison(Figure(SYSTEM, WAITING_STEADY, "p99 ms"), None, target=60, higher_is_better=False),
    Comparison(
        Figure(SYSTEM, WAITING, "p50 ms"), Figure(floors.FORK, "fork, one cell, exit", "p50 ms"), higher_is_better=False
    ),
] + [
    Comparison(
        Figure(SYSTEM, mode, "p50 ms"), Figure(peer.name, mode, "p50 ms"), target_ratio=1, higher_is_better=False
    )
    for mode in (WAITING, WAITING_STEADY)
    for peer in (*peers.QUEUE_LIBRARIES, peers.RESTATE)
]


def probes(stage: Stage) -> list[Probe]:
    job_id = stage.job("widget", WIDGET, max_concurrent_runs=1000, queue={"enabled": True})
    body = json.dumps({"job_id": job_id, "notebook_params": {"text": "hello"}})
    run_now = {"method": "POST", "path": RUN_NOW, "body": body}
    waits = {"rotation": [run_now | {"headers": {"Prefer": "wait=60"}}], "expect": '"result_state":"SUCCESS"'}
    polls = {
        "rotation": [run_now],
        "expect": '"result_state":"SUCCESS"',
        "polling": {
            "id_after": '"run_id":',
            "method": "GET",
            "path": GET_RUN + "?run_id={value}",
            "until": '"life_cycle_state":"TERMINATED"',
            "pause_us": POLL_EVERY_US,
        },
    }
    sequential = {"connections": 1, "seconds": stage.long(10), "warm_up_seconds": 1}
    steady = {"connections": 64, "rate": 100, "seconds": stage.long(20), "warm_up_seconds": 2}

    def probe(name: str, spec: dict[str, object]) -> Probe:
        def measure() -> Figures:
            return latency(http_load(stage.client.load | spec))

        return Probe("b", SYSTEM, name, measure)

    def queue_library(peer: peers.QueueLibrary, name: str, spec: dict[str, object]) -> Probe:
        def measure() -> Figures:
            with peer.serving(stage.stoker.database) as front:
                front.post("/forget")
                front.post("/start")
                return latency(http_load(front.load("/run") | spec))

        return Probe("b", peer.name, name, measure)

    def restate(name: str, spec: dict[str, object]) -> Probe:
        def measure() -> Figures:
            with peers.RESTATE.serving(stage.folder / "restate") as load:
                return latency(http_load(load | spec))

        return Probe("b", peers.RESTATE.name, name, measure)

    modes = {WAITING: sequential, WAITING_STEADY: steady}
    libraries = peers.installed(peers.QUEUE_LIBRARIES)
    beside = [queue_library(peer, name, spec) for peer in libraries for name, spec in modes.items()]
    if peers.installed([peers.RESTATE]):
        beside += [restate(name, spec) for name, spec in modes.items()]
    return [
        probe(WAITING, waits | sequential),
        floors.round_trip(stage, "b"),
        floors.fork(stage, "b"),
        probe(POLLING, polls | sequential),
        probe(WAITING_STEADY, waits | steady),
        probe(POLLING_STEADY, polls | steady),
        *beside,
    ]
