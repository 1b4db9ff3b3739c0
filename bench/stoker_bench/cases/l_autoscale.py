"""A burst of runs on a pool of workers that grows for it."""

import json
import time

from stoker_bench.client import RUN_NOW
from stoker_bench.measure import Comparison, Figure, Figures, Probe
from stoker_bench.program import http_load
from stoker_bench.stage import Stage

TITLE = "A burst on an autoscaled pool"
NOTE = (
    "500 runs (100 with --quick) come at once to a cluster of one head and 1 to 8 workers with one slot each, of which the least are "
    "there, warm. Each run sleeps for 0.2 s, as one does that asks a database, so that the pool and not the machine's cores "
    "decides. Counted from the first run's enqueue: the decision to grow; all workers ready to claim. "
    "Queue delay: from a run's enqueue to its claim."
)
SYSTEM = "Stoker"
BURST = "burst, 1 to 8 workers"
RUN = "import time; time.sleep(0.2); dbutils.notebook.exit('done')"
LEAST, MOST = 1, 8
SETTLE_SECONDS = 120

COMPARISONS = [
    Comparison(Figure(SYSTEM, BURST, "s to decision"), None, target=1, higher_is_better=False),
    Comparison(Figure(SYSTEM, BURST, "s to first new worker"), None, target=2, higher_is_better=False),
]


def probes(stage: Stage) -> list[Probe]:
    runs = stage.many(500)
    cluster_id = stage.client.create_cluster(
        "autoscale",
        autoscale={"min_workers": LEAST, "max_workers": MOST},
        custom_tags={"stoker.slots": "1", "stoker.scale_down_seconds": "2"},
    )
    job_id = stage.job("burst", RUN, cluster_id, max_concurrent_runs=1000)
    stage.client.run_to_end(job_id)
    rotation = [{"method": "POST", "path": RUN_NOW, "body": json.dumps({"job_id": job_id})}]

    def settle() -> None:
        deadline = time.monotonic() + SETTLE_SECONDS
        while True:
            cluster = stage.client.get("/api/2.1/clusters/get", cluster_id=cluster_id)
            if (cluster["state"], cluster["num_workers"]) == ("RUNNING", LEAST):
                return
            if time.monotonic() > deadline:
                raise RuntimeError(f"the pool is {cluster['state']} with {cluster['num_workers']} workers")
            time.sleep(0.1)

    def measure() -> Figures:
        settle()
        began = time.time()
        http_load(stage.client.load | {"connections": 16, "requests": runs, "rotation": rotation})
        ended = stage.stoker.until_runs_ended(began)
        succeeded = stage.stoker.successes(began)
        if succeeded != runs:
            raise RuntimeError(f"{succeeded} of {runs} runs succeeded")
        figures = figures_since(began)
        stage.stoker.forget_runs()
        return figures | {"s in all": ended - began}

    def figures_since(began: float) -> Figures:
        """All by the database's clock and the server's, which are the machine's."""
        first, delay = stage.stoker.database.sql(
            "SELECT min(r.start_time), max(t.start_time - r.start_time) FROM runs r JOIN task_runs t ON t.job_run_id = r.run_id "
            f"WHERE r.start_time >= {int(began * 1000)}"
        ).split("|")
        decided, whole = stage.stoker.database.sql(
            "SELECT min(timestamp) FILTER (WHERE type = 'RESIZING'), max(timestamp) FILTER (WHERE type = 'UPSIZE_COMPLETED') "
            f"FROM cluster_events WHERE cluster_id = '{cluster_id}' AND timestamp >= {int(began * 1000)}"
        ).split("|")
        joined = stage.stoker.database.sql(
            "SELECT min(t.start_time) FROM task_runs t JOIN workers w USING (worker_id) "
            f"WHERE t.start_time >= {int(began * 1000)} AND extract(epoch FROM w.started_at) >= {began}"
        )
        return {
            "s to decision": (int(decided) - int(first)) / 1000,
            "s to first new worker": (int(joined) - int(first)) / 1000,
            "s to whole pool": (int(whole) - int(first)) / 1000,
            "s max queue delay": int(delay) / 1000,
        }

    return [Probe("l", SYSTEM, BURST, measure)]
