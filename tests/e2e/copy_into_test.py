"""`COPY INTO`: what a table has been given is known to the table."""

import pytest
from client import Client

pytestmark = pytest.mark.spark

CELLS = (
    "dbutils.fs.put('/copied/raw/a.csv', 'id,name\\n1,a\\n2,b\\n', True)\n"
    "dbutils.fs.put('/copied/raw/b.csv', 'id,name\\n3,c\\n', True)\n"
    "spark.sql('CREATE OR REPLACE TABLE copied (id INT, name STRING)')",
    "counts = []\n"
    "header = \"FORMAT_OPTIONS ('header' = 'true', 'inferSchema' = 'true')\"\n"
    "def copy(options, source=\"'/copied/raw'\", **more):\n"
    "    statement = f'COPY INTO hive_metastore.default.copied FROM {source} FILEFORMAT = CSV {options}'\n"
    "    counts.append(spark.sql(statement, **more).first().num_inserted_rows)",
    # One by its name, the others, none.
    "copy(f\"FILES = ('a.csv') {header}\"), copy(header), copy(header)",
    # What could not be loaded has not been.
    "from pyspark.errors import AnalysisException\n"
    "dbutils.fs.put('/copied/raw/more/c.csv', 'id,name,extra\\n4,d,x\\n', True)\n"
    "try:\n"
    "    copy(f\"PATTERN = 'm*/*.csv' {header}\")\n"
    "except AnalysisException as error:\n"
    "    assert 'schema mismatch' in str(error), error\n"
    "copy(f\"PATTERN = 'm*/*.csv' {header} COPY_OPTIONS ('mergeSchema' = 'true')\")",
    "copy(f\"{header} COPY_OPTIONS ('force' = 'true')\")",
    "dbutils.fs.put('/copied/bare/d.csv', '5,e\\n', True)\n"
    "copy('', '(SELECT CAST(_c0 AS INT) + 10 AS id, upper(_c1) AS name FROM :place)', args={'place': '/copied/bare'})",
    "# MAGIC %sql\n# MAGIC COPY INTO copied FROM '/copied/bare' FILEFORMAT = CSV",
    "counts.append(_sqldf.first().num_affected_rows)\n"
    "spark.sql('VACUUM copied RETAIN 200 HOURS')\n"
    "copy(header)\n"
    "rows = [list(row) for row in spark.table('copied').orderBy('id').collect()]",
    # What takes its place has nothing yet.
    "spark.sql('CREATE OR REPLACE TABLE copied (id INT, name STRING)')\ncopy(header), copy(header)",
    "spark.sql('DROP TABLE copied')\ndbutils.fs.rm('/copied', True)\ndbutils.notebook.exit({'counts': counts, 'rows': rows})",
)


def test_each_file_is_loaded_once(client: Client, spark_cluster: str) -> None:
    result = client.run_notebook(spark_cluster, *CELLS, seconds=300).result
    assert result == str(
        {
            "counts": [2, 1, 0, 1, 3, 1, 0, 0, 3, 0],
            "rows": [[n, name, None] for n, name in ((1, "a"), (1, "a"), (2, "b"), (2, "b"), (3, "c"), (3, "c"))]
            + [[4, "d", "x"], [15, "E", None]],
        }
    )


def test_one_of_two_at_once_is_refused(client: Client, spark_cluster: str) -> None:
    """Both have found the same file to be new; the first is cut off between its commit and the end of its list."""
    cells = (
        "dbutils.fs.put('/copied_twice/a.csv', '1\\n', True)\nspark.sql('CREATE OR REPLACE TABLE copied_twice (_c0 STRING)')",
        "from stoker_kernel.spark.copy_ledger import CopyLedger\n"
        "first, second = (CopyLedger(spark, 'copied_twice') for _ in range(2))\n"
        "frame, files, said = spark.read.csv('/copied_twice'), ['dbfs:/copied_twice/a.csv'], ''",
        "first._keep = lambda *_: None\nassert first.append(frame, files, False) == 1",
        "try:\n    second.append(frame, files, False)\nexcept RuntimeError as error:\n    said = str(error)",
        "# MAGIC %sql\n# MAGIC COPY INTO copied_twice FROM '/copied_twice' FILEFORMAT = CSV",
        "rows = spark.table('copied_twice').count()\nspark.sql('DROP TABLE copied_twice')\ndbutils.fs.rm('/copied_twice', True)",
        "dbutils.notebook.exit([said, _sqldf.first().num_inserted_rows, rows])",
    )
    said = "COPY INTO copied_twice: another one has loaded files meanwhile; run it again."
    assert client.run_notebook(spark_cluster, *cells, seconds=300).result == str([said, 0, 1])


def test_what_is_loaded_is_as_the_statement_says(client: Client, spark_cluster: str) -> None:
    cells = (
        "dbutils.fs.put('/copied_shapes/day=1/a [1],b.csv', '1\\n', True)\n"
        "dbutils.fs.put('/copied_shapes/day=2/a.csv', '2\\n', True)\n"
        "spark.sql('CREATE OR REPLACE TABLE copied_shapes (n STRING, day INT)')",
        "# MAGIC %sql\n# MAGIC COPY INTO copied_shapes (n, day) FROM '/copied_shapes' FILEFORMAT = CSV VALIDATE ALL",
        "counts = [_sqldf.count(), spark.table('copied_shapes').count()]",
        "# MAGIC %sql\n# MAGIC COPY INTO copied_shapes BY POSITION FROM 'dbfs:///copied_shapes/' FILEFORMAT = CSV",
        "counts.append(_sqldf.first().num_inserted_rows)\nsaid = ''\nfrom pyspark.errors import AnalysisException\n"
        "try:\n"
        "    spark.sql(\"COPY INTO copied_shapes (n) FROM '/copied_shapes' FILEFORMAT = CSV COPY_OPTIONS ('force' = 'true')\")\n"
        "except AnalysisException as error:\n    said = str(error)",
        "rows = [tuple(row) for row in spark.table('copied_shapes').orderBy('n').collect()]",
        "spark.sql('DROP TABLE copied_shapes')\ndbutils.fs.rm('/copied_shapes', True)\ndbutils.notebook.exit([counts, rows, said])",
    )
    said = "COPY INTO copied_shapes: the source has the columns _c0, day, for n."
    result = client.run_notebook(spark_cluster, *cells, seconds=300).result
    assert result == str([[2, 0, 2], [("1", 1), ("2", 2)], said])


def test_a_table_that_forgets_its_transactions_still_knows_its_files(client: Client, spark_cluster: str) -> None:
    cells = (
        "dbutils.fs.put('/copied_long_ago/a.csv', '1\\n', True)\nspark.sql('CREATE OR REPLACE TABLE copied_long_ago (_c0 STRING)')",
        "def copy():\n    return spark.sql(\"COPY INTO copied_long_ago FROM '/copied_long_ago' FILEFORMAT = CSV\").first().num_inserted_rows\n"
        "counts = [copy()]",
        "spark.sql(\"ALTER TABLE copied_long_ago SET TBLPROPERTIES ('delta.setTransactionRetentionDuration' = 'interval 0 seconds')\")\n"
        "log = spark._jvm.org.apache.spark.sql.delta.DeltaLog\n"
        "folder = spark.sql('DESCRIBE DETAIL copied_long_ago').first().location\n"
        "log.clearCache()\n"
        "known = log.forTableWithSnapshot(spark._jsparkSession, folder)._2().transactions().size()",
        "counts.append(copy())\ndbutils.fs.put('/copied_long_ago/b.csv', '2\\n', True)\ncounts += [copy(), copy()]",
        "rows = spark.table('copied_long_ago').count()\nspark.sql('DROP TABLE copied_long_ago')\ndbutils.fs.rm('/copied_long_ago', True)",
        "dbutils.notebook.exit([known, counts, rows])",
    )
    assert client.run_notebook(spark_cluster, *cells, seconds=300).result == str([0, [1, 0, 1, 0], 2])
