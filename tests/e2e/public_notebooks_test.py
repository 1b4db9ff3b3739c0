"""What notebooks found in public are made of: paths without a scheme, Delta's Python, widgets in SQL, display as a method."""

import pytest
from client import Client

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
