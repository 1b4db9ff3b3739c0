"""How long a job cluster takes to start: from a warm pool, cold, and with an environment that has to be built."""

import itertools
import time

from stoker_bench.client import notebook_task
from stoker_bench.measure import Comparison, Figure, Figures, Probe
from stoker_bench.stage import Stage

TITLE = "The start of a job cluster"
NOTE = (
    "From runs/submit until the first cell runs, by the machine's clock, on a cluster that is made for the run. Warm: its worker comes "
    "from an instance pool with one idle instance. Cold: the environment is there, the worker is not. New environment: with a small "
    "package that no cluster has had, whose Python environment is built first."
)
SYSTEM = "Stoker"
VERSION = "15.4.x-scala2.12"
FIRST_CELL = "import time; dbutils.notebook.exit(str(time.time()))"
WARM, COLD, NEW = "warm pool", "cold", "new environment"
UNIT = "s to first cell"
WAIT_SECONDS = 600
# Any two of them are an environment of their own; none is in the runtime.
PACKAGES = ("cowsay==6.1", "art==6.4", "emoji==2.14.0", "pyfiglet==1.0.2", "roman==5.0")

COMPARISONS = [Comparison(Figure(SYSTEM, WARM, UNIT), None, target=1, higher_is_better=False)]


def probes(stage: Stage) -> list[Probe]:
    client = stage.client
    stage.job("job-cluster-warm-up", FIRST_CELL)  # the runtime's environment is there
    path = client.import_notebook("/Shared/bench/first-cell", FIRST_CELL)
    pool = {"instance_pool_name": "bench", "node_type_id": "local.large", "preloaded_spark_versions": [VERSION]}
    pool |= {"min_idle_instances": 1, "idle_instance_autotermination_minutes": 0}
    pool_id = client.post("/api/2.0/instance-pools/create", pool)["instance_pool_id"]
    stage.cleanups.callback(client.post, "/api/2.0/instance-pools/delete", {"instance_pool_id": pool_id})

    def until_warm() -> None:
        deadline = time.monotonic() + WAIT_SECONDS
        while client.get("/api/2.0/instance-pools/get", instance_pool_id=pool_id)["stats"]["idle_count"] == 0:
            if time.monotonic() > deadline:
                raise RuntimeError("no instance of the pool gets warm")
            time.sleep(0.1)

    def start(libraries: tuple[dict[str, object], ...] = (), **cluster: object) -> Figures:
        task = notebook_task(path, "") | {"new_cluster": {"spark_version": VERSION, "num_workers": 0} | cluster}
        task["libraries"] = list(libraries)
        del task["existing_cluster_id"]
        sent = time.time()
        run_id = client.post("/api/2.2/jobs/runs/submit", {"run_name": "start", "tasks": [task]})["run_id"]
        return {UNIT: float(client.result_of(run_id, WAIT_SECONDS)) - sent}

    def warm() -> Figures:
        until_warm()
        return start(instance_pool_id=pool_id)

    def cold() -> Figures:
        until_warm()
        return start()

    unseen = itertools.combinations(PACKAGES, 2)

    def new_environment() -> Figures:
        until_warm()
        return start(tuple({"pypi": {"package": package}} for package in next(unseen)))

    return [
        Probe("m", SYSTEM, WARM, warm),
        Probe("m", SYSTEM, COLD, cold),
        Probe("m", SYSTEM, NEW, new_environment),
    ]
