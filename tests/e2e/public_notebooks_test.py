"""What notebooks found in public are made of: paths without a scheme, Delta's Python, widgets in SQL, display as a method."""

import html
import uuid

import pytest
from client import Client, notebook

pytestmark = pytest.mark.spark


def test_a_path_without_a_scheme_is_in_dbfs(client: Client, spark_cluster: str) -> None:
    cells = (
        "dbutils.fs.put('/public/raw/a.csv', 'id,n\\n1,a\\n2,b\\n', True)",
        "frame = spark.read.option('header', True).csv('/public/raw')",
        "frame.write.format('delta').mode('overwrite').save('/public/delta')",
        "# MAGIC %sql\n# MAGIC SELECT * FROM delta.`/public/delta`",
        "stream = spark.readStream.schema('id string, n string').option('header', True).csv('/public/raw')\n"
        "query = stream.writeStream.option('checkpointLocation', '/public/seen').trigger(availableNow=True).toTable('streamed')\n"
        "query.awaitTermination()",
        "import os\nassert os.path.isdir('/dbfs/public/delta/_delta_log') and os.path.isdir('/dbfs/public/seen')",
        "rows = [_sqldf.count(), spark.table('streamed').count()]\nspark.sql('DROP TABLE streamed')\ndbutils.fs.rm('/public', True)",
        "dbutils.notebook.exit(rows)",
    )
    assert client.run_notebook(spark_cluster, *cells, seconds=300).result_json == [2, 2]


def test_a_relative_path_begins_at_the_root_of_dbfs(client: Client, spark_cluster: str) -> None:
    cells = (
        "dbutils.fs.put('relative.txt', 'a|b', True)",
        "rows = sc.textFile('relative.txt').collect() + [row.value for row in spark.read.text('/relative.txt').collect()]",
        "dbutils.fs.rm('/relative.txt')\ndbutils.notebook.exit(rows)",
    )
    assert client.run_notebook(spark_cluster, *cells, seconds=300).result == "['a|b', 'a|b']"


def test_sql_is_as_databricks_writes_it(client: Client, spark_cluster: str) -> None:
    cells = (
        "spark.range(1).write.mode('overwrite').saveAsTable('written')\nspark.range(3).write.mode('append').saveAsTable('written')",
        "first = spark.sql('DESCRIBE HISTORY written').collect()[1].version\ndbutils.widgets.text('first', str(first))",
        "# MAGIC %sql\n# MAGIC SELECT count(*)::string AS n FROM written@v${first}",
        # The last result is a view, of which there can be another.
        "# MAGIC %sql\n# MAGIC SELECT n || '!' AS n FROM _sqldf",
        "# MAGIC %sql\n# MAGIC SELECT n || '?' AS n FROM _sqldf",
        "found = [_sqldf.first().n]\nspark.sql('DROP TABLE written')",
        # What Spark understands stays as it is.
        "spark.sql('SET my.address = host:port')\nfound.append(spark.conf.get('my.address'))",
        'raw = spark.createDataFrame([(\'{"owner": "amy", "kg": [1, 2]}\',)], "raw string")\nraw.createOrReplaceTempView("raw_view")',
        "from pyspark.sql.functions import expr\nfound += spark.sql('SELECT raw:owner, raw:kg[1]::int AS second FROM raw_view').first()",
        "dbutils.notebook.exit([*found, raw.selectExpr('raw:owner').columns[0], raw.select(expr('raw:kg[0]::int')).first()[0]])",
    )
    assert client.run_notebook(spark_cluster, *cells, seconds=300).result == "['1!?', 'host:port', 'amy', 2, 'owner', 1]"


def test_a_stream_is_displayed_as_far_as_it_goes_now(client: Client, spark_cluster: str) -> None:
    cells = (
        "dbutils.fs.put('/shown/a.csv', '1\\n1\\n', True)\n"
        "stream = spark.readStream.schema('n int').csv('/shown')\ndisplay(stream, streamName='as it comes')",
        "display(stream.groupBy('n').count())",
        "dbutils.fs.rm('/shown', True)\ndbutils.notebook.exit(len(spark.streams.active))",
    )
    run = client.run_notebook(spark_cluster, *cells, seconds=300)
    outputs = client.get("/api/2.1/jobs/runs/export", run_id=run.details["tasks"][0]["run_id"])
    shown = html.unescape(outputs["views"][0]["content"])
    assert "<td>1</td></tr><tr><td>1</td></tr>" in shown and "<td>1</td><td>2</td>" in shown
    assert run.result == "0"


def test_modules_beside_a_notebook_reach_sparks_workers(client: Client, spark_cluster: str) -> None:
    folder = f"/Shared/e2e/{uuid.uuid4().hex}"
    client.import_notebook("def double(x):\n    return 2 * x\n", f"{folder}/doubling.py", format="AUTO")
    cells = (
        "from doubling import double",
        "from pyspark.sql.functions import udf\nrows = spark.range(3).select(udf(double, 'long')('id').alias('d')).collect()",
        "dbutils.notebook.exit([row.d for row in rows])",
    )
    path = client.import_notebook(notebook(*cells), f"{folder}/main")
    task = {"task_key": "main", "existing_cluster_id": spark_cluster, "notebook_task": {"notebook_path": path}}
    assert client.finish(client.submit(task), seconds=300).result == "[0, 2, 4]"


def test_delta_lakes_python_is_there(client: Client, spark_cluster: str) -> None:
    cells = (
        "from delta.tables import DeltaTable\nfrom pyspark.sql.functions import expr",
        "spark.range(5).write.mode('overwrite').saveAsTable('numbers')\ntable = DeltaTable.forName(spark, 'numbers')",
        "table.update(condition=expr('id % 2 = 0'), set={'id': expr('id + 100')})\ndisplay(table.history())",
        "# MAGIC %sql\n# MAGIC OPTIMIZE numbers ZORDER BY (id);\n# MAGIC RESTORE TABLE numbers TO VERSION AS OF 0",
        "total = spark.table('numbers').groupBy().sum().first()[0]\nspark.sql('DROP TABLE numbers')\ndbutils.notebook.exit(total)",
    )
    assert client.run_notebook(spark_cluster, *cells, seconds=300).result == "10"


def test_frames_are_displayed_and_summarised(client: Client, spark_cluster: str) -> None:
    cells = ("spark.range(3).display()", "dbutils.data.summarize(spark.range(3))", "dbutils.notebook.exit('shown')")
    run = client.run_notebook(spark_cluster, *cells, seconds=300)
    assert run.result == "shown"
    outputs = client.get("/api/2.1/jobs/runs/export", run_id=run.details["tasks"][0]["run_id"])
    shown = outputs["views"][0]["content"]
    assert "stddev" in shown and "75%" in shown


def test_widgets_are_made_by_sql(client: Client, spark_cluster: str) -> None:
    cells = (
        "# MAGIC %sql\n# MAGIC CREATE WIDGET DROPDOWN n DEFAULT '2' CHOICES SELECT id FROM range(3)",
        "# MAGIC %sql\n# MAGIC SELECT id FROM range(5) WHERE id = :n",
        "dbutils.notebook.exit([_sqldf.first().id, dbutils.widgets.get('n')])",
    )
    assert client.run_notebook(spark_cluster, *cells, seconds=300).result == "[2, '2']"
