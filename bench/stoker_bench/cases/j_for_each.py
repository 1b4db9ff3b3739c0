"""1,000 iterations of a for-each task, 50 at a time: how long a place that is free stays so."""

import math
import os

from stoker_bench.measure import Comparison, Figure, Figures, Probe
from stoker_bench.stage import Stage

TITLE = "Iterations of a for-each task"
NOTE = (
    "Each iteration is a notebook that sleeps for one to three seconds, so that places become free one by one and the "
    "cores are not the limit. The time is from the end of an iteration, as the database has it, to the beginning "
    "of the first cell of the next one, in a warm kernel of its own."
)
SYSTEM = "Stoker"
CONCURRENCY = 50
NAME = f"1,000 iterations, {CONCURRENCY} at a time"
NOTEBOOK = """# Databricks notebook source
import random, time
time.sleep(random.uniform(1, 3))
"""

COMPARISONS = [Comparison(Figure(SYSTEM, NAME, "p99 ms"), None, target=20, higher_is_better=False)]


def probes(stage: Stage) -> list[Probe]:
    cluster_id = stage.client.create_cluster("for-each", custom_tags={"stoker.slots": str(CONCURRENCY)})
    path = stage.client.import_notebook("/Shared/bench/for-each", NOTEBOOK)
    iteration = {"task_key": "one", "existing_cluster_id": cluster_id, "notebook_task": {"notebook_path": path}}
    inputs = str(list(range(stage.many(1000))))
    for_each = {"inputs": inputs, "concurrency": CONCURRENCY, "task": iteration}
    settings = {"name": "for-each", "tasks": [{"task_key": "all", "for_each_task": for_each}]}
    job_id = stage.client.post("/api/2.2/jobs/create", settings)["job_id"]

    def measure() -> Figures:
        run_id = stage.client.run_to_end(job_id)["run_id"]
        rows = stage.stoker.database.sql(
            "SELECT start_time + setup_duration, end_time FROM task_runs "
            f"WHERE job_run_id = {run_id} AND for_each_run_id IS NOT NULL"
        )
        times = [tuple(map(int, row.split("|"))) for row in rows.splitlines()]
        begun, ended = sorted(begin for begin, _ in times), sorted(end for _, end in times)
        # The nth place that becomes free is taken by the nth of those that found none at the beginning.
        waits = sorted(begin - end for begin, end in zip(begun[CONCURRENCY:], ended, strict=False))
        return {"p50 ms": waits[len(waits) // 2], "p99 ms": waits[math.ceil(len(waits) * 0.99) - 1]}

    stage.remarks["slots of the for-each cluster"] = f"{CONCURRENCY} on {os.cpu_count()} cores"
    return [Probe("j", SYSTEM, NAME, measure)]
