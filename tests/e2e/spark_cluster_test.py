"""A cluster with a further worker: one Spark over both, for the drivers of both and for programs with a JVM of their own."""

import uuid
from collections.abc import Iterator

import processes
import pytest
from client import Client, notebook
from server import Server, await_cell, signal_cell
from waiting import until

pytestmark = pytest.mark.spark

MEET = """
import os, time
folder = "/dbfs/signals/{meeting}"
def task(number):
    os.makedirs(folder, exist_ok=True)
    open(f"{{folder}}/{name}-{{number}}", "w").close()
    for _ in range(2400):
        if len(os.listdir(folder)) >= 4:
            return os.environ["TMPDIR"]
        time.sleep(0.05)
    raise TimeoutError(os.listdir(folder))
places = sc.parallelize(range(2), 2).map(task).collect()
dbutils.notebook.exit([sc.master.partition(":")[0], len(set(places)), os.getppid()])
"""


@pytest.fixture(scope="module")
def pair(client: Client) -> Iterator[str]:
    """Two workers with one slot each, so two runs at once are one on each."""
    cluster_id = client.create_cluster(cluster_name="pair", num_workers=1, custom_tags={"stoker.slots": "1"})
    yield cluster_id
    client.post("/api/2.1/clusters/permanent-delete", {"cluster_id": cluster_id})


def parts_of(server: Server, cluster_id: str) -> list[processes.Process]:
    """The parts of the cluster's Spark."""
    return [
        process
        for worker in processes.workers_of(server.pid, cluster_id)
        for process in processes.beneath(worker.pid)
        if "stoker_kernel.spark.standalone" in process.command
    ]


def drivers_of(server: Server, cluster_id: str) -> list[processes.Process]:
    return [
        process
        for worker in processes.workers_of(server.pid, cluster_id)
        for process in processes.beneath(worker.pid)
        if process.command[0].endswith("java") and "org.apache.spark.deploy.SparkSubmit" in process.command
    ]


def test_runs_without_spark_start_none_of_it(client: Client, server: Server, pair: str) -> None:
    assert client.run_notebook(pair, "dbutils.notebook.exit(1)", seconds=900).result == "1"
    assert parts_of(server, pair) == []


def test_two_drivers_use_both_workers_at_once(client: Client, pair: str) -> None:
    """Each holds all the cores that it may have until both do."""
    meeting = uuid.uuid4().hex
    client.run_notebook(pair, f"import os; os.makedirs('/dbfs/signals/{meeting}', exist_ok=True)")
    runs = [client.submit_notebook(pair, notebook(MEET.format(meeting=meeting, name=name))) for name in ("a", "b")]
    results = [client.finish(run, 600).result for run in runs]
    assert all(result.startswith("['spark', ") for result in results), results


def test_a_table_written_by_executors_is_read_elsewhere(client: Client, pair: str, spark_cluster: str) -> None:
    name = f"wide_{uuid.uuid4().hex[:8]}"
    write = f"spark.range(0, 1000, 1, 4).write.saveAsTable('{name}'); dbutils.notebook.exit('written')"
    assert client.run_notebook(pair, write, seconds=300).result == "written"
    read = f"dbutils.notebook.exit(spark.table('{name}').count())"
    assert client.run_notebook(spark_cluster, read, seconds=300).result == "1000"


def test_a_driver_that_dies_ends_its_run_with_that_reason(client: Client, server: Server, pair: str) -> None:
    here, never = uuid.uuid4().hex, uuid.uuid4().hex
    cells = ("spark.range(1).count()", signal_cell(here), await_cell(never))
    run = client.submit_notebook(pair, notebook(*cells))
    server.signal_from_notebook(here, 300)
    for driver in drivers_of(server, pair):
        processes.kill(driver)
    ended = client.finish(run, 60)
    assert ended.state["life_cycle_state"] == "INTERNAL_ERROR"
    assert "The Spark driver's JVM ended with status -9." in ended.details["tasks"][0]["state"]["state_message"]
    assert client.run_notebook(pair, "dbutils.notebook.exit(spark.range(6).count())", seconds=300).result == "6"


def test_a_master_that_dies_comes_back_for_the_next_run(client: Client, server: Server, pair: str) -> None:
    parts, drivers = parts_of(server, pair), drivers_of(server, pair)
    assert len(parts) == 2 and drivers
    for part in parts:
        processes.kill(part)
    until(lambda: not any(process.alive() for process in parts + drivers), "all that knew the master to end", 60)
    # Executors of both workers hand each other what they have shuffled.
    count = "dbutils.notebook.exit(spark.range(100, numPartitions=4).repartition(4, 'id').distinct().count())"
    assert client.run_notebook(pair, count, seconds=300).result == "100"
