"""Tables by their names: what one cluster writes another reads, and a driver that is gone has taken nothing with it."""

import time
import uuid
from collections.abc import Iterator

import processes
import pytest
from client import Client, notebook
from server import Server
from waiting import until

pytestmark = pytest.mark.spark

VERSIONS = 40
# What a commit ends with, by the log store of the driver: all writers of a version begin at the same time.
WRITE_VERSIONS = """
import time
from py4j.protocol import Py4JJavaError
conf = spark._jsc.hadoopConfiguration()
name = spark.conf.get("spark.delta.logStore.dbfs.impl")
loader = spark._jvm.java.lang.Thread.currentThread().getContextClassLoader()
arguments = spark.sparkContext._gateway.new_array(spark._jvm.java.lang.Object, 1)
arguments[0] = conf
store = loader.loadClass(name).getConstructors()[0].newInstance(arguments)
dbutils.fs.mkdirs("{folder}")
won = []
for version in range(40):
    path = spark._jvm.org.apache.hadoop.fs.Path("{folder}/%05d.json" % version)
    lines = spark._jvm.java.util.Collections.nCopies(200_000, "line")
    while time.time() < {start} + version * 0.25:
        pass
    try:
        store.write(path, lines.iterator(), False, conf)
        won.append(version)
    except Py4JJavaError as error:
        assert "FileAlreadyExistsException" in str(error.java_exception), error
"""
# Of whatever process it is told, by one that runs as the same OS user.
SPY = """
found = []
for name in ("environ", "mem", "maps"):
    try:
        open("/proc/{pid}/" + name, "rb").read(1)
        found.append(name)
    except OSError:
        pass
import glob
found += glob.glob("{data}/run/metastore/*") + glob.glob("{data}/secrets/*")
dbutils.notebook.exit(found)
"""


@pytest.fixture(scope="module")
def other_cluster(client: Client) -> Iterator[str]:
    cluster_id = client.create_cluster(cluster_name="reader")
    yield cluster_id
    client.post("/api/2.1/clusters/permanent-delete", {"cluster_id": cluster_id})


@pytest.fixture(scope="module")
def table(client: Client, spark_cluster: str) -> str:
    """Its first version has three rows, its second five."""
    name = f"sales_{uuid.uuid4().hex[:8]}"
    cells = (
        f"spark.range(3).write.saveAsTable('{name}')",
        f"spark.range(3, 5).write.mode('append').saveAsTable('{name}')",
        f"dbutils.notebook.exit(spark.table('{name}').count())",
    )
    assert client.run_notebook(spark_cluster, *cells, seconds=300).result == "5"
    return name


def test_of_two_drivers_that_commit_one_version_of_a_table_one_does(client: Client, spark_cluster: str, other_cluster: str) -> None:
    folder = f"dbfs:/contended/{uuid.uuid4().hex}"
    for cluster_id in (spark_cluster, other_cluster):
        assert client.run_notebook(cluster_id, "spark.range(1).count()", seconds=300).result_state == "SUCCESS"
    start = time.time() + 10
    cells = (WRITE_VERSIONS.format(folder=folder, start=start), "dbutils.notebook.exit(won)")
    runs = [client.submit_notebook(cluster_id, notebook(*cells)) for cluster_id in (spark_cluster, other_cluster)]
    won = [client.finish(run_id, 300).result_json for run_id in runs]
    assert sorted(won[0] + won[1]) == list(range(VERSIONS))


def test_the_first_schema_of_an_installation_is_open_for_tables(own_server: Server) -> None:
    """Made by the catalog, before any table has made the warehouse's folder."""
    client = own_server.client
    cluster_id = client.create_cluster(cluster_name="first")
    cells = (
        "# MAGIC %sql\n# MAGIC CREATE SCHEMA first;\n# MAGIC CREATE TABLE first.t AS SELECT 7 AS n",
        "dbutils.notebook.exit(spark.table('first.t').first().n)",
    )
    assert client.run_notebook(cluster_id, *cells, seconds=600).result == "7"


def metastore(server: Server) -> list[processes.Process]:
    return [
        process
        for process in processes.beneath(server.pid)
        if process.command[0].endswith("java") and "py4j.GatewayServer" in process.command
    ]


def test_a_table_is_read_by_another_cluster_by_its_name(client: Client, other_cluster: str, table: str) -> None:
    cells = (
        f"# MAGIC %sql\n# MAGIC SELECT count(*) AS n, max(id) AS largest FROM {table}",
        "row = _sqldf.first()",
        f"display(spark.table('{table}').orderBy('id'))",
        f"detail = spark.sql('DESCRIBE DETAIL {table}').first()",
        "dbutils.notebook.exit([row.n, row.largest, detail.format, detail.location])",
    )
    run = client.run_notebook(other_cluster, *cells, seconds=300)
    assert run.result == f"[5, 4, 'delta', 'dbfs:/user/hive/warehouse/{table}']"


def test_time_travel(client: Client, other_cluster: str, table: str) -> None:
    cells = (
        f"before = spark.sql('SELECT count(*) AS n FROM {table} VERSION AS OF 0').first().n",
        f"by_path = spark.read.option('versionAsOf', 0).load('dbfs:/user/hive/warehouse/{table}').count()",
        f"history = [row.operation for row in spark.sql('DESCRIBE HISTORY {table}').collect()]",
        "dbutils.notebook.exit([before, by_path, history])",
    )
    run = client.run_notebook(other_cluster, *cells, seconds=300)
    assert run.result == "[3, 3, ['WRITE', 'CREATE TABLE AS SELECT']]"


def test_sql_makes_schemas_and_tables_and_drops_them_with_their_files(
    client: Client, server: Server, spark_cluster: str, other_cluster: str
) -> None:
    schema = f"shop_{uuid.uuid4().hex[:8]}"
    make = (
        f"# MAGIC %sql\n# MAGIC CREATE SCHEMA {schema};\n# MAGIC CREATE TABLE {schema}.orders (id INT, item STRING);",
        f"# MAGIC %sql\n# MAGIC INSERT INTO {schema}.orders VALUES (1, 'tea'), (2, 'rice')",
        f"# MAGIC %sql\n# MAGIC UPDATE {schema}.orders SET item = 'coffee' WHERE id = 1",
    )
    assert client.run_notebook(spark_cluster, *make, seconds=300).result_state == "SUCCESS"
    folder = server.data_folder / f"storage/dbfs/user/hive/warehouse/{schema}.db/orders"
    assert (folder / "_delta_log").is_dir()
    look = (
        f"items = [row.item for row in spark.table('{schema}.orders').orderBy('id').collect()]",
        f"spark.sql('DROP TABLE {schema}.orders')",
        "dbutils.notebook.exit(items)",
    )
    assert client.run_notebook(other_cluster, *look, seconds=300).result == "['coffee', 'rice']"
    assert not folder.exists()


def test_the_cluster_says_which_it_is(client: Client, other_cluster: str) -> None:
    tags = "spark.databricks.clusterUsageTags"
    cells = (f"dbutils.notebook.exit([spark.conf.get('{tags}.clusterId'), spark.conf.get('{tags}.clusterName')])",)
    assert client.run_notebook(other_cluster, *cells, seconds=300).result == f"['{other_cluster}', 'reader']"


def test_notebooks_cannot_reach_the_catalogs_login(client: Client, server: Server, spark_cluster: str, table: str) -> None:
    (java,) = metastore(server)
    for pid in (java.pid, java.parent):
        run = client.run_notebook(spark_cluster, SPY.format(pid=pid, data=server.data_folder))
        assert run.result == "[]"


def test_a_catalog_that_was_killed_comes_back(client: Client, server: Server, spark_cluster: str, table: str) -> None:
    (java,) = metastore(server)
    processes.kill(java)
    until(lambda: not java.alive(), "the catalog to end", 10)
    count = f"dbutils.notebook.exit(spark.table('{table}').count())"
    assert client.run_notebook(spark_cluster, count, seconds=300).result == "5"
