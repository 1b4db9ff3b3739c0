"""One driver JVM, many notebooks."""

import time
import uuid

import processes
import pytest
from client import Client, notebook
from server import Server, await_cell, signal_cell
from waiting import until

pytestmark = pytest.mark.spark

# Holds all cores until it is cancelled; tells when its tasks run on every one of them.
OCCUPY = """
import threading, time
cores = sc.defaultParallelism
def watch():
    tracker = sc.statusTracker()
    while True:
        for stage in tracker.getActiveStageIds():
            info = tracker.getStageInfo(stage)
            if info and info.numActiveTasks == cores:
                {signal}
                return
        time.sleep(0.02)
threading.Thread(target=watch, daemon=True).start()
def hold(_):
    time.sleep(600)
sc.parallelize(range(cores), cores).foreach(hold)
"""
WAIT_FOR_CORES = """
import time
cores = sc.defaultParallelism
def count():
    began = time.time()
    assert sc.parallelize(range(cores), cores).count() == cores
    return time.time() - began
count()
warm = count()
{signal_warm}
{await_occupied}
{signal_queued}
count()
import json
dbutils.notebook.exit(json.dumps({{"at": time.time(), "warm": warm}}))
"""


def test_a_cancelled_run_frees_the_cores(client: Client, server: Server, spark_cluster: str) -> None:
    warm, occupied, queued = (uuid.uuid4().hex for _ in range(3))
    wait_for_cores = WAIT_FOR_CORES.format(
        signal_warm=signal_cell(warm), await_occupied=await_cell(occupied), signal_queued=signal_cell(queued)
    )
    waiter = client.submit_notebook(spark_cluster, notebook(wait_for_cores))
    server.signal_from_notebook(warm)
    holder = client.submit_notebook(spark_cluster, notebook(OCCUPY.format(signal=signal_cell(occupied))))
    server.signal_from_notebook(queued)
    cancelled_at = time.time()
    client.cancel(holder)
    assert client.finish(holder).result_state == "CANCELED"
    freed = client.finish(waiter).result_json
    assert freed["at"] - cancelled_at < 2 + 2 * freed["warm"]


def test_stop_in_one_notebook_leaves_its_neighbour_running(client: Client, server: Server, spark_cluster: str) -> None:
    ready, go = uuid.uuid4().hex, uuid.uuid4().hex
    cells = (
        "spark.range(5).createOrReplaceTempView('mine')",
        signal_cell(ready),
        await_cell(go),
        "dbutils.notebook.exit(spark.sql('SELECT count(*) AS n FROM mine').first().n)",
    )
    neighbour = client.submit_notebook(spark_cluster, notebook(*cells))
    server.signal_from_notebook(ready)
    for stop in ("spark.stop()", "sc.stop()", "spark.sparkContext.stop()"):
        run = client.run_notebook(spark_cluster, "assert spark.range(2).count() == 2", stop, "dbutils.notebook.exit('stopped')")
        assert run.result == "stopped"
    server.signal_to_notebook(go)
    assert client.finish(neighbour).result == "5"
    assert client.run_notebook(spark_cluster, "dbutils.notebook.exit(spark.range(4).count())").result == "4"


def test_sessions_are_apart(client: Client, spark_cluster: str) -> None:
    set_up = "spark.range(5).createOrReplaceTempView('view'); spark.conf.set('spark.sql.shuffle.partitions', '7')"
    client.run_notebook(spark_cluster, set_up)
    look = (
        "views = [table.name for table in spark.catalog.listTables() if table.isTemporary]",
        "dbutils.notebook.exit([views, spark.conf.get('spark.sql.shuffle.partitions') == '7'])",
    )
    assert client.run_notebook(spark_cluster, *look).result == "[[], False]"


def test_sql_magic_and_the_definition_in_the_configuration(client: Client) -> None:
    cluster_id = client.create_cluster(cluster_name="configured", spark_conf={"spark.my.setting": "seven"})
    cells = (
        "# MAGIC %sql\n# MAGIC SELECT 3 + 4 AS n",
        "dbutils.notebook.exit([_sqldf.first().n, spark.sparkContext.getConf().get('spark.my.setting')])",
    )
    assert client.run_notebook(cluster_id, *cells, seconds=300).result == "[7, 'seven']"
    client.post("/api/2.1/clusters/permanent-delete", {"cluster_id": cluster_id})


def test_pyspark_before_the_first_use_of_spark(client: Client, spark_cluster: str) -> None:
    """`spark` is made on first use, also when that use is inside pyspark."""
    cells = (
        "from pyspark.sql import functions as F, SparkSession",
        "column = F.lit(7).alias('n')",
        "from pyspark.ml.feature import SQLTransformer",
        "transformer = SQLTransformer(statement='SELECT n + 1 AS m FROM __THIS__')",
        "made = SparkSession.builder.getOrCreate().range(1).select(column)",
        "dbutils.notebook.exit(transformer.transform(made).first().m)",
    )
    assert client.run_notebook(spark_cluster, *cells).result == "8"


def test_a_driver_that_dies_is_made_anew(client: Client, server: Server) -> None:
    cluster_id = client.create_cluster(cluster_name="its driver is killed")
    count = "dbutils.notebook.exit(spark.range(6).count())"
    assert client.run_notebook(cluster_id, count, seconds=300).result == "6"
    (worker,) = processes.workers_of(server.pid, cluster_id)
    (java,) = [process for process in processes.beneath(worker.pid) if process.command[0].endswith("java")]
    driver = processes.read(java.parent)
    assert driver and driver.pid != worker.pid
    processes.kill(java)
    until(lambda: not driver.alive(), "the driver to notice", 10)
    assert client.run_notebook(cluster_id, count, seconds=300).result == "6"
    client.post("/api/2.1/clusters/permanent-delete", {"cluster_id": cluster_id})
