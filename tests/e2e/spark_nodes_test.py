"""A cluster with workers on two machines: one Spark over both, that keeps its secrets to itself."""

import json
import os
import re
import subprocess
import uuid
from collections.abc import Iterator

import processes
import pytest
from client import SPARK_VERSION, Client, notebook
from hosts import SERVER_ADDRESS, Host, hosts
from joined import Node, joined_node, states, stoker_node
from server import Server, server_on_a_new_folder
from waiting import until

pytestmark = [
    pytest.mark.spark,
    pytest.mark.skipif(os.geteuid() != 0, reason="network namespaces take root"),
]

# Goes on once `others` have come, each of which leaves a file; a task's machine is known by its network.
MEET = """
import json, os, time
folder = "/dbfs/signals/{meeting}"
def meet(name, others):
    os.makedirs(folder, exist_ok=True)
    open(f"{{folder}}/{{name}}", "w").close()
    for _ in range(2400):
        if len(os.listdir(folder)) >= others:
            return os.readlink("/proc/self/ns/net")
        time.sleep(0.05)
    raise TimeoutError(str(os.listdir(folder)))
"""
ON_BOTH = """
machines = sc.parallelize(range(2), 2).map(lambda number: meet(f"{name}-{{number}}", 4)).collect()
encrypted = spark.conf.get("spark.network.crypto.enabled")
dbutils.notebook.exit(json.dumps([sc.master, os.readlink("/proc/self/ns/net"), machines, encrypted]))
"""
WRITE = """
from pyspark.sql.functions import udf
rows = spark.range(0, 1000, 1, 4).withColumn("machine", udf(lambda _: os.readlink("/proc/self/ns/net"))("id"))
rows.write.mode("overwrite").save("dbfs:/spark/{meeting}/{name}")
rows.write.option("header", True).csv("dbfs:/spark/{meeting}/{name}.csv")
rows.write.saveAsTable("table_{name}")
meet("{name} has written", 2)
theirs = spark.read.load("dbfs:/spark/{meeting}/{other}")
csv = spark.read.option("header", True).csv("dbfs:/spark/{meeting}/{other}.csv")
read = [table.agg({{"id": "count"}}).first()[0] for table in (theirs, csv, spark.table("table_{name}"))]
machines = [table.select("machine").distinct().count() for table in (theirs, csv)]
shuffled = spark.range(0, 200000, 1, 4).repartition(4, "id").distinct().count()
dbutils.notebook.exit(json.dumps([os.readlink("/proc/self/ns/net"), read, machines, shuffled]))
"""
# A context that began before the other worker's part of Spark was there has the first one's cores only.
PROGRAM = """
from pyspark.sql import SparkSession
for attempt in range(20):
    spark = SparkSession.builder.getOrCreate()
    tasks = spark.sparkContext.parallelize(range(2), 2)
    machines = tasks.map(lambda number: meet(f"{attempt}-{number}", 2 * attempt + 2)).collect()
    if len(set(machines)) == 2:
        break
    spark.stop()
with open("/dbfs/spark/program.json", "w") as file:
    json.dump(machines, file)
"""


@pytest.fixture(scope="module")
def host() -> Iterator[Host]:
    with hosts(1) as (made,):
        yield made


@pytest.fixture(scope="module")
def farm(host: Host) -> Iterator[Server]:
    """A server that takes nodes, and has made what they cannot fetch."""
    with server_on_a_new_folder() as server:
        server.host = "0.0.0.0"
        server.start("--nodes", SERVER_ADDRESS, "--no-mlflow")
        for folder in ("/signals", "/spark"):
            server.client.post("/api/2.0/dbfs/mkdirs", {"path": folder})
        cluster_id = server.client.create_cluster(cluster_name="makes environment and jars")
        run = server.client.run_notebook(cluster_id, "dbutils.notebook.exit(spark.range(3).count())", seconds=900)
        assert run.result == "3"
        server.client.post("/api/2.1/clusters/delete", {"cluster_id": cluster_id})
        yield server


@pytest.fixture(scope="module")
def node(host: Host, farm: Server) -> Iterator[Node]:
    with joined_node(farm, host) as made:
        yield made


@pytest.fixture(scope="module")
def cluster(farm: Server, node: Node) -> Iterator[str]:
    """A worker with one slot on each machine, so two runs at once are one on each; both parts of Spark are there."""
    cluster_id = farm.client.create_cluster(cluster_name="wide", num_workers=1, custom_tags={"stoker.slots": "1"})
    assert farm.client.run_notebook(cluster_id, "dbutils.notebook.exit(spark.range(3).count())", seconds=600).result == "3"
    workers = [process for pid in (farm.pid, node.process.pid) for process in processes.workers_of(pid, cluster_id)]
    assert len(workers) == 2, "one on each machine"
    for worker in workers:
        until(lambda worker=worker: listening(node.host, worker), f"the part of {worker.pid} to listen", 120)
    # Those that come next find both.
    drivers = [process for worker in workers for process in processes.beneath(worker.pid) if "stoker_kernel.driver" in process.command]
    for driver in drivers:
        processes.kill(driver)
    until(lambda: not any(driver.alive() for driver in drivers), "the drivers to end", 60)
    yield cluster_id
    farm.client.post("/api/2.1/clusters/permanent-delete", {"cluster_id": cluster_id})


def listening(host: Host, worker: processes.Process) -> list[str]:
    """Where what runs beneath a worker listens for others than its own machine."""
    beneath = {process.pid for process in processes.beneath(worker.pid)}
    is_there = os.readlink(f"/proc/{worker.pid}/ns/net") != os.readlink("/proc/self/ns/net")
    show = ["ss", "-Hltnp"]
    lines = subprocess.run(host.command(*show) if is_there else show, check=True, capture_output=True, text=True).stdout.splitlines()
    of_worker = [line for line in lines if beneath & {int(pid) for pid in re.findall(r"pid=(\d+)", line)}]
    places = [line.split()[3].removeprefix("[::ffff:") for line in of_worker]
    return [place for place in places if not place.startswith(("127.", "[::1]"))]


def on_both(client: Client, cluster_id: str, cell: str) -> list:
    """What two runs at once have left with, one on each worker."""
    meeting = uuid.uuid4().hex
    names = ("a", "b")
    cells = [cell.format(name=name, other=other, meeting=meeting) for name, other in zip(names, reversed(names), strict=True)]
    runs = [client.submit_notebook(cluster_id, notebook(MEET.format(meeting=meeting), then)) for then in cells]
    return [client.finish(run, 600).result_json for run in runs]


def test_drivers_on_both_machines_use_both_at_once(farm: Server, cluster: str) -> None:
    """Each holds all the cores that it may have until both do."""
    first, second = on_both(farm.client, cluster, ON_BOTH)
    assert first[0] == second[0] and first[0].startswith("spark://10.77.0."), "one master"
    here = os.readlink("/proc/self/ns/net")
    assert first[1] != second[1] and here in (first[1], second[1]), "a driver on each machine"
    for _, _, machines, encrypted in (first, second):
        assert set(machines) == {first[1], second[1]}
        assert encrypted == "true"


def test_what_both_machines_write_is_read_from_either(farm: Server, cluster: str) -> None:
    results = on_both(farm.client, cluster, WRITE)
    assert len({driver for driver, *_ in results}) == 2
    for _, read, machines, shuffled in results:
        assert (read, machines, shuffled) == ([1000, 1000, 1000], [2, 2], 200000)
    written = farm.data_folder / "storage/dbfs/spark"
    assert not list(written.rglob("_temporary"))


def test_a_program_with_a_jvm_of_its_own_uses_both(farm: Server, node: Node) -> None:
    source = MEET.format(meeting=uuid.uuid4().hex) + PROGRAM
    assert farm.client.call("PUT", "/dbfs/spark/program.py", source.encode()).status == 200
    wide = {"spark_version": SPARK_VERSION, "node_type_id": "local.large", "num_workers": 1, "custom_tags": {"stoker.slots": "1"}}
    task = {"task_key": "only", "new_cluster": wide, "spark_submit_task": {"parameters": ["dbfs:/spark/program.py"]}}
    run = farm.client.finish(farm.client.submit(task), 600)
    assert run.result_state == "SUCCESS", run.output
    assert len(set(json.loads((farm.data_folder / "storage/dbfs/spark/program.json").read_text()))) == 2


def test_spark_of_a_single_worker_is_reached_by_nobody_else_until_others_come(farm: Server, node: Node) -> None:
    (own,) = set(states(farm)) - {node.host.name}
    stoker_node(farm, "cordon", own)
    try:
        cluster_id = farm.client.create_cluster(cluster_name="alone", custom_tags={"stoker.slots": "1"})
        master = "dbutils.notebook.exit(json.dumps(sc.master))"
        assert farm.client.run_notebook(cluster_id, "import json", master, seconds=300).result_json == "local[*]"
        (worker,) = processes.workers_of(node.process.pid, cluster_id)
        assert listening(node.host, worker) == []
    finally:
        stoker_node(farm, "uncordon", own)
    farm.client.post("/api/2.1/clusters/resize", {"cluster_id": cluster_id, "num_workers": 1})
    first, second = sorted(on_both(farm.client, cluster_id, f"meet('{{name}}', 2)\n{master}"))
    assert first == "local[*]" and second.startswith("spark://10.77.0.2:"), "the head goes on as it was"
