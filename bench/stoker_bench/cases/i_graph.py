"""Graphs of 1,000 tasks: ten stages, each one task and the 99 that wait for it; the next stage waits for all."""

import time

from stoker_bench.client import Json, notebook_task
from stoker_bench.measure import Comparison, Figure, Figures, Probe
from stoker_bench.notebooks import NOOP
from stoker_bench.stage import Stage

TITLE = "Graphs of 1,000 tasks"
NOTE = (
    "Condition tasks need no worker: what their graph takes is the scheduler's own. The notebooks do nothing either, in "
    "warm processes that they share; what their graph takes beyond a run of as many tasks without dependencies, "
    "measured in the same round, is what the graph costs."
)
SYSTEM = "Stoker"
CONDITIONS = "condition tasks"
NOTEBOOKS = "notebook tasks"
STAGES = 10
FAN_OUT = 99

COMPARISONS = [
    Comparison(Figure(SYSTEM, CONDITIONS, "ms/task"), None, target=5, higher_is_better=False),
    Comparison(Figure(SYSTEM, NOTEBOOKS, "overhead ms/task"), None, target=5, higher_is_better=False),
]


def probes(stage: Stage) -> list[Probe]:
    path = stage.client.import_notebook("/Shared/bench/graph", NOOP)
    stages = stage.many(STAGES)

    def condition(key: str) -> Json:
        return {"task_key": key, "condition_task": {"op": "EQUAL_TO", "left": "1", "right": "1"}}

    def notebook(key: str) -> Json:
        return notebook_task(path, stage.cluster_id, key)

    def job(name: str, tasks: list[Json]) -> int:
        settings = {"name": name, "tasks": tasks, "tags": {"stoker.isolation": "shared"}}
        return stage.client.post("/api/2.2/jobs/create", settings)["job_id"]

    conditions = job("graph of conditions", in_stages([condition(key) for key in keys(stages)]))
    notebooks = job("graph of notebooks", in_stages([notebook(key) for key in keys(stages)]))
    side_by_side = job("notebooks side by side", [notebook(key) for key in keys(stages)])

    def seconds_of(job_id: int) -> float:
        began = time.perf_counter()
        stage.client.run_to_end(job_id)
        return time.perf_counter() - began

    def measure_conditions() -> Figures:
        took = seconds_of(conditions)
        return {"s": took, "ms/task": took / len(keys(stages)) * 1000}

    def measure_notebooks() -> Figures:
        alone, took = seconds_of(side_by_side), seconds_of(notebooks)
        overhead = (took - alone) / len(keys(stages)) * 1000
        return {"s": took, "s, without dependencies": alone, "overhead ms/task": overhead}

    return [
        Probe("i", SYSTEM, CONDITIONS, measure_conditions),
        Probe("i", SYSTEM, NOTEBOOKS, measure_notebooks),
    ]


def keys(stages: int) -> list[str]:
    return [f"t{number}" for number in range(stages * (1 + FAN_OUT))]


def in_stages(tasks: list[Json]) -> list[Json]:
    """The first of each stage waits for all of the stage before it, the others for the first."""
    size = 1 + FAN_OUT
    for number, task in enumerate(tasks):
        first = number - number % size
        upstream = [tasks[first]] if number > first else tasks[max(0, first - size) : first]
        task["depends_on"] = [{"task_key": other["task_key"]} for other in upstream]
    return tasks
