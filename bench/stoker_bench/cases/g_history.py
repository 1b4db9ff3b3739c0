"""Growth of history: cases a to c beside a million finished runs, and beside a session that holds an old snapshot."""

import os
import subprocess
from dataclasses import replace

from stoker_bench.cases import a_run_now, b_run_to_end, c_drain
from stoker_bench.measure import Comparison, Figure, Probe
from stoker_bench.places import BENCH
from stoker_bench.program import http_load
from stoker_bench.stage import Stage
from stoker_bench.stoker import Stoker

TITLE = "History growth"
HISTORY_RUNS = 1_000_000
QUEUED_RUNS = 200_000
NOTE = (
    "Three Stokers, each on a Postgres of its own, in the same rounds: one that is new; one with 1,000,000 "
    "finished runs of 128 jobs; one where a REPEATABLE READ session read, and stays open, before 200,000 runs "
    "went through the queue. A fifth of both with --quick. With a history, what a measurement queues is finished "
    "and kept."
)
NEW = "Stoker, new"
HISTORY = "Stoker, long history"
SNAPSHOT = "Stoker, old snapshot held"

MEASURED = {
    a_run_now.name(32): ("req/s", True),
    a_run_now.name(128): ("req/s", True),
    b_run_to_end.WAITING: ("p50 ms", False),
    c_drain.name("isolated", 1): ("runs/s", True),
}
COMPARISONS = [
    Comparison(
        Figure(system, probe, unit),
        Figure(NEW, probe, unit),
        target_ratio=0.9 if higher else 1 / 0.9,
        higher_is_better=higher,
    )
    for system in (HISTORY, SNAPSHOT)
    for probe, (unit, higher) in MEASURED.items()
]


def probes(stage: Stage) -> list[Probe]:
    history = another(stage, "history")
    snapshot = another(stage, "snapshot")
    stages = {NEW: stage, HISTORY: history, SNAPSHOT: snapshot}
    measured = [probe for system, one in stages.items() for probe in probes_of(one, system)]
    seed(history, stage.many(HISTORY_RUNS), jobs_of_case_a(history))
    hold_snapshot(snapshot)
    pass_through_queue(snapshot, stage.many(QUEUED_RUNS))
    for one in stages.values():
        settle(one)
    os.sync()
    return measured


def another(stage: Stage, name: str) -> Stage:
    stoker = Stoker(stage.folder / name, keeps_history=True)
    stage.cleanups.callback(stoker.remove)
    stage.cleanups.callback(stoker.stop)
    stage.say(f"starting the Stoker for {name}")
    return replace(stage, stoker=stoker.start())


def probes_of(stage: Stage, system: str) -> list[Probe]:
    of_cases = [probe for case in (a_run_now, b_run_to_end, c_drain) for probe in case.probes(stage)]
    mine = [probe for probe in of_cases if probe.system == a_run_now.SYSTEM and probe.name in MEASURED]
    return [replace(probe, case="g", system=system) for probe in mine]


def jobs_of_case_a(stage: Stage) -> list[int]:
    return [
        int(line) for line in stage.stoker.database.sql("SELECT job_id FROM jobs WHERE name LIKE 'accept-%'").split()
    ]


def seed(stage: Stage, runs: int, job_ids: list[int]) -> None:
    """Finished runs, of the jobs in turn."""
    stage.say(f"seeding {runs:,} finished runs")
    jobs = ",".join(str(job_id) for job_id in job_ids)
    stage.stoker.database.run_file(BENCH / "sql/seed_history.sql", runs=str(runs), jobs=jobs)


def settle(stage: Stage) -> None:
    """What writing so much has left to do is done: it would be measured as if it were the history's."""
    stage.stoker.database.sql("VACUUM (ANALYZE)")
    stage.stoker.database.sql("CHECKPOINT")


def hold_snapshot(stage: Stage) -> None:
    """A session that has read, and keeps its snapshot until the case is over."""
    database = stage.stoker.database
    environment = os.environ | {"PGPASSWORD": database.password, "PGAPPNAME": "bench_snapshot"}
    session = subprocess.Popen(
        database.psql_command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    stage.cleanups.callback(session.wait, 30)
    stage.cleanups.callback(session.terminate)
    session.stdin.write("BEGIN ISOLATION LEVEL REPEATABLE READ;\nSELECT count(*) FROM runs;\n")
    session.stdin.flush()
    session.stdout.readline()


def pass_through_queue(stage: Stage, runs: int) -> None:
    stage.say(f"passing {runs:,} runs through the queue beside the old snapshot")
    rotation = [a_run_now.run_now(job_id) for job_id in jobs_of_case_a(stage)]
    part = 100_000  # more would meet the jobs' max_concurrent_runs
    for begun in range(0, runs, part):
        load = {"connections": 64, "requests": min(part, runs - begun), "rotation": rotation}
        with stage.held.taken():
            http_load(stage.client.load | load)
    look = "SELECT backend_xmin, pg_snapshot_xmax(pg_current_snapshot()) FROM pg_stat_activity"
    xmin, now = stage.stoker.database.sql(f"{look} WHERE application_name = 'bench_snapshot'").split("|")
    stage.remarks["old snapshot"] = f"backend_xmin {xmin}, next transaction {now}, {runs:,} runs between"
    stage.say(stage.remarks["old snapshot"])
