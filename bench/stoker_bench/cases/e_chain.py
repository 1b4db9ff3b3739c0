"""Chains of tasks, as orchestrators are compared in public: 40 × fib(10), and 10 × fib(33)."""

import json
import time

from stoker_bench import floors
from stoker_bench.client import notebook_task
from stoker_bench.measure import Comparison, Figure, Figures, Probe
from stoker_bench.places import output_of
from stoker_bench.stage import Stage

TITLE = "Chains of tasks"
NOTE = (
    "Each task is a run of the notebook in a process of its own, begun when the task before it has ended. The "
    "overhead is what the run took beyond the work alone: the same calls one after the other in one Python of the "
    "same environment, measured in the same round."
)
SYSTEM = "Stoker"
LIGHT = "40 × fib(10)"
HEAVY = "10 × fib(33)"
FIB = """def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)
"""
NOTEBOOK = "# Databricks notebook source\n" + FIB + "dbutils.notebook.exit(str(fib({n})))\n"
ALONE = (
    "import time\n"
    + FIB
    + "began = time.perf_counter()\nfor _ in range({tasks}):\n    fib({n})\nprint(time.perf_counter() - began)\n"
)

COMPARISONS = [
    Comparison(Figure(SYSTEM, LIGHT, "overhead ms/task"), None, target=8, higher_is_better=False),
    Comparison(Figure(SYSTEM, HEAVY, "overhead %"), None, target=2, higher_is_better=False),
    Comparison(
        Figure(SYSTEM, HEAVY, "s"),
        Figure(SYSTEM, HEAVY, "s, the work alone"),
        target_ratio=1.02,
        higher_is_better=False,
    ),
]


def probes(stage: Stage) -> list[Probe]:
    def chain(name: str, tasks: int, n: int) -> Probe:
        path = stage.client.import_notebook(f"/Shared/bench/fib-{n}", NOTEBOOK.format(n=n))
        keys = [f"task-{number}" for number in range(tasks)]
        definition = [
            notebook_task(path, stage.cluster_id, key, after) for key, after in zip(keys, [None, *keys], strict=False)
        ]
        job_id = stage.client.create_job(name, definition)

        def measure() -> Figures:
            began = time.perf_counter()
            stage.client.run_to_end(job_id)
            took = time.perf_counter() - began
            python = floors.environment_python(stage.stoker.data_folder)
            alone = float(json.loads(output_of(str(python), "-c", ALONE.format(tasks=tasks, n=n))))
            # Of work that takes no time, a share says nothing.
            figures = {"s": took, "s, the work alone": alone, "overhead ms/task": (took - alone) / tasks * 1000}
            return figures | ({"overhead %": (took - alone) / alone * 100} if name == HEAVY else {})

        return Probe("e", SYSTEM, name, measure)

    return [chain(LIGHT, 40, 10), chain(HEAVY, 10, 33)]
