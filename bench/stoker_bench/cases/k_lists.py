"""Lists of jobs and runs where there are many, beside the same lists where there are few."""

import json
from collections.abc import Callable
from urllib.parse import urlencode

from stoker_bench.cases.g_history import another, seed, settle
from stoker_bench.client import notebook_task
from stoker_bench.measure import Comparison, Figure, Figures, Probe
from stoker_bench.notebooks import NOOP
from stoker_bench.program import http_load, latency
from stoker_bench.stage import Stage

TITLE = "Lists"
MANY, FEW = "Stoker, 10,000 jobs and 1,000,000 runs", "Stoker, 100 jobs and 10,000 runs"
SIZES = {MANY: (10_000, 1_000_000), FEW: (100, 10_000)}
NOTE = "One page after the other on one connection, 20 elements each. A fifth of jobs and runs with --quick."
JOBS, RUNS = "/api/2.2/jobs/list", "/api/2.2/jobs/runs/list"
HOUR = 3_600_000

PAGES = [
    "jobs",
    "jobs, a page in their midst",
    "jobs of a name",
    "runs",
    "runs, the fiftieth page",
    "runs of a job",
    "runs that are over",
    "runs of an hour long ago",
]
COMPARISONS = [
    Comparison(Figure(MANY, page, "p50 ms"), Figure(FEW, page, "p50 ms"), target_ratio=1.5, higher_is_better=False)
    for page in PAGES
]


def probes(stage: Stage) -> list[Probe]:
    return [probe for system, sizes in SIZES.items() for probe in probes_of(stage, system, *sizes)]


def probes_of(stage: Stage, system: str, jobs: int, runs: int) -> list[Probe]:
    filled = another(stage, f"lists-{jobs}")
    fill(filled, stage.many(jobs), stage.many(runs))
    client = filled.client
    some_job = client.get(JOBS, limit=1)["jobs"][0]
    newest = client.get(RUNS, limit=1)["runs"][0]["start_time"]

    def later_page(path: str, pages: int) -> str:
        token = ""
        for _ in range(pages):
            token = client.get(path, limit=20, **({"page_token": token} if token else {}))["next_page_token"]
        return token

    queries = {
        "jobs": (JOBS, {}),
        "jobs, a page in their midst": (JOBS, {"page_token": later_page(JOBS, stage.many(jobs) // 40)}),
        "jobs of a name": (JOBS, {"name": some_job["settings"]["name"]}),
        "runs": (RUNS, {}),
        "runs, the fiftieth page": (RUNS, {"page_token": later_page(RUNS, 50)}),
        "runs of a job": (RUNS, {"job_id": some_job["job_id"]}),
        "runs that are over": (RUNS, {"completed_only": "true"}),
        "runs of an hour long ago": (RUNS, {"start_time_from": newest - HOUR, "start_time_to": newest - HOUR // 2}),
    }

    def measure(path: str, query: dict[str, object]) -> Callable[[], Figures]:
        target = f"{path}?{urlencode(query | {'limit': 20})}"
        load = client.load | {"connections": 1, "rotation": [{"method": "GET", "path": target}]}
        return lambda: latency(http_load(load | {"seconds": stage.long(3), "warm_up_seconds": stage.long(1)}))

    return [Probe("k", system, page, measure(*queries[page])) for page in PAGES]


def fill(stage: Stage, jobs: int, runs: int) -> None:
    stage.say(f"making {jobs:,} jobs")
    path = stage.client.import_notebook("/Shared/bench/listed", NOOP)
    cluster_id = stage.client.create_cluster("lists")
    body = {"name": "listed-{unique}", "tasks": [notebook_task(path, cluster_id)]}
    create = {"method": "POST", "path": "/api/2.2/jobs/create", "body": json.dumps(body)}
    http_load(stage.client.load | {"connections": 8, "requests": jobs, "rotation": [create], "expect": '"job_id"'})
    seed(stage, runs, [int(job_id) for job_id in stage.stoker.database.sql("SELECT job_id FROM jobs").split()])
    settle(stage)
