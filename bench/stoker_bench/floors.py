"""What no design on this machine gets below: Postgres alone, Beast alone, a fork alone. Measured in the same rounds."""

import json
from pathlib import Path

from stoker_bench.database import floor_statements
from stoker_bench.measure import Figures, Probe
from stoker_bench.places import BENCH, output_of
from stoker_bench.program import call_program, hello_server, http_load, latency, throughput_and_latency
from stoker_bench.stage import Stage

POSTGRES = "floor: Postgres"
HELLO = "floor: Beast hello"
FORK = "floor: Python fork"
INSERT = "INSERT of run + task run, a commit each"
ROUND_TRIP = "enqueue → NOTIFY → claim → complete → waiter"


def insert_name(clients: int) -> str:
    return f"{INSERT}, {clients} client{'s' if clients > 1 else ''}"


def insert(stage: Stage, case: str, clients: int) -> Probe:
    def measure() -> Figures:
        stage.floor_database.run_file(BENCH / "sql/floor_schema.sql")
        script = BENCH / "sql/floor_insert.pgbench.sql"
        return {"req/s": stage.floor_database.pgbench(script, clients, stage.long(10))}

    return Probe(case, POSTGRES, insert_name(clients), measure)


def round_trip(stage: Stage, case: str) -> Probe:
    def measure() -> Figures:
        stage.floor_database.run_file(BENCH / "sql/floor_schema.sql")
        spec = {"dsn": stage.floor_database.dsn, "requests": stage.many(1000), "warm_up_requests": 100}
        return latency(call_program("round-trip", spec | floor_statements()))

    return Probe(case, POSTGRES, ROUND_TRIP, measure)


def hello(stage: Stage, case: str, connections: int) -> Probe:
    def measure() -> Figures:
        with hello_server() as port:
            spec = {"host": "127.0.0.1", "port": port, "connections": connections, "seconds": stage.long(5)}
            return throughput_and_latency(
                http_load(spec | {"warm_up_seconds": 0.5, "rotation": [{"method": "GET", "path": "/"}]})
            )

    return Probe(case, HELLO, f"GET, {connections} connections", measure)


def fork(stage: Stage, case: str) -> Probe:
    """From the same Python and the same shell as a kernel."""

    def measure() -> Figures:
        python = environment_python(stage.stoker.data_folder)
        package = next((stage.stoker.data_folder / "kernel").iterdir())
        count = str(stage.many(500))
        return json.loads(output_of(str(python), str(BENCH / "fork_floor.py"), count, PYTHONPATH=str(package)))

    return Probe(case, FORK, "fork, one cell, exit", measure)


def environment_python(data_folder: Path) -> Path:
    """The interpreter of a cluster's environment, once one is built."""
    return next((data_folder / "environments").glob("*/bin/python"))
