"""run-now, durable: how many a second, and how long one takes."""

import json

from stoker_bench import floors, peers
from stoker_bench.client import RUN_NOW
from stoker_bench.measure import Comparison, Figure, Figures, Probe
from stoker_bench.notebooks import WIDGET
from stoker_bench.program import http_load, throughput_and_latency
from stoker_bench.stage import Stage

TITLE = "Durable run-now"
NOTE = (
    "Token check, validation and admission on; every run is written with its task run and its place in the queue "
    "before it is answered. Half of the requests carry an idempotency_token. 128 jobs with max_concurrent_runs "
    "1000 in turn; the cluster's slots are taken, so that nothing runs meanwhile (case c drains). Runs are "
    "forgotten between measurements. Peers: a job a request, behind a plain HTTP route in their own language; no "
    "token, no admission, no idempotency."
)
SYSTEM = "Stoker"
CONNECTIONS = (1, 32, 128)
JOBS = 128


def name(connections: int) -> str:
    return f"run-now, {connections} connection{'s' if connections > 1 else ''}"


COMPARISONS = [
    Comparison(
        Figure(SYSTEM, name(connections), "req/s"),
        Figure(floors.POSTGRES, floors.insert_name(min(connections, 32)), "req/s"),
        target=10_000 if connections == 128 else None,
        target_ratio=1.6 if connections == 128 else None,
    )
    for connections in CONNECTIONS
] + [
    Comparison(Figure(SYSTEM, name(connections), "req/s"), Figure(peer.name, name(connections), "req/s"))
    for peer in peers.QUEUE_LIBRARIES
    for connections in CONNECTIONS
]


def probes(stage: Stage) -> list[Probe]:
    jobs = [stage.held.job(f"accept-{number}", WIDGET) for number in range(JOBS)]
    rotation = [request for job_id in jobs for request in (run_now(job_id), run_now(job_id, with_token=True))]

    duration = {"seconds": stage.long(8), "warm_up_seconds": stage.long(2)}

    def accept(connections: int) -> Probe:
        def measure() -> Figures:
            spec = stage.client.load | {"connections": connections, "rotation": rotation, "expect": '"run_id"'}
            with stage.held.taken():
                return throughput_and_latency(http_load(spec | duration))

        return Probe("a", SYSTEM, name(connections), measure)

    def enqueue(peer: peers.QueueLibrary, connections: int) -> Probe:
        def measure() -> Figures:
            with peer.serving(stage.stoker.database) as front:
                front.post("/forget")
                spec = front.load("/enqueue") | {"connections": connections}
                return throughput_and_latency(http_load(spec | duration))

        return Probe("a", peer.name, name(connections), measure)

    beside = [
        enqueue(peer, connections) for peer in peers.installed(peers.QUEUE_LIBRARIES) for connections in CONNECTIONS
    ]
    mine = [accept(connections) for connections in CONNECTIONS]
    return [*mine, floors.insert(stage, "a", 1), floors.insert(stage, "a", 32), *beside]


def run_now(job_id: int, with_token: bool = False) -> dict[str, str]:
    body: dict[str, object] = {"job_id": job_id, "notebook_params": {"text": "hello"}}
    if with_token:
        body["idempotency_token"] = "bench-{unique}"
    return {"method": "POST", "path": RUN_NOW, "body": json.dumps(body)}
