"""What Databricks' SQL has and Spark's has not: columns that are generated, copies of tables, shorter SELECTs."""

import pytest
from client import Client

pytestmark = pytest.mark.spark


def test_columns_are_generated(client: Client, spark_cluster: str) -> None:
    cells = (
        "# MAGIC %sql\n"
        "# MAGIC CREATE OR REPLACE TABLE generated (\n"
        "# MAGIC   id BIGINT GENERATED ALWAYS AS IDENTITY (START WITH 10 INCREMENT BY 5) COMMENT 'its key',\n"
        "# MAGIC   at TIMESTAMP NOT NULL,\n"
        "# MAGIC   day DATE GENERATED ALWAYS AS (CAST(at AS DATE)),\n"
        "# MAGIC   state STRING DEFAULT 'new',\n"
        "# MAGIC   other BIGINT REFERENCES others (id),\n"
        "# MAGIC   CONSTRAINT generated_key PRIMARY KEY (id),\n"
        "# MAGIC   FOREIGN KEY (state) REFERENCES states (state)\n"
        "# MAGIC ) USING DELTA PARTITIONED BY (day) COMMENT 'of a test'\n"
        "# MAGIC TBLPROPERTIES ('delta.feature.allowColumnDefaults' = 'supported', delta.appendOnly = true, 'delta.dataSkippingNumIndexedCols' = -1)",
        "# MAGIC %sql\n# MAGIC INSERT INTO generated (at) VALUES (TIMESTAMP '2026-01-02 03:04:05')",
        "rows = [list(map(str, row)) for row in spark.table('generated').select('id', 'day', 'state').collect()]\n"
        "detail = spark.sql('DESCRIBE DETAIL generated').first()\n"
        "facts = [detail.description, detail.partitionColumns, *(detail.properties[f'delta.{name}'] for name in ('appendOnly', 'dataSkippingNumIndexedCols'))]\n"
        "facts.append(spark.sql('DESCRIBE TABLE generated').first().comment)",
        # What is there is left as it is, and what cannot be is not made.
        "spark.sql('CREATE TABLE IF NOT EXISTS generated (other INT GENERATED ALWAYS AS (1))')\n"
        "refused = []\n"
        "for columns in ('a INT, b INT GENERATED ALWAYS AS (a + c)', 'a INT CHECK (a > 0), b INT GENERATED ALWAYS AS (a)',\n"
        "                'a INT, b GENERATED ALWAYS AS (a)', 'a INT, b INT GENERATED ALWAYS AS (a) DEFAULT 2'):\n"
        "    try:\n"
        "        spark.sql(f'CREATE TABLE not_generated ({columns})')\n"
        "    except Exception as error:\n"
        "        refused.append(type(error).__name__)\n"
        "found = spark.table('generated').count(), spark.catalog.tableExists('not_generated')",
        "spark.sql('DROP TABLE generated')\ndbutils.notebook.exit([rows, facts, refused, *found])",
    )
    assert client.run_notebook(spark_cluster, *cells, seconds=300).result == str(
        [
            [["10", "2026-01-02", "new"]],
            ["of a test", ["day"], "true", "-1", "its key"],
            ["AnalysisException", "ParseException", "ParseException", "ParseException"],
            1,
            False,
        ]
    )


def test_a_deep_clone_is_a_table_of_its_own(client: Client, spark_cluster: str) -> None:
    cells = (
        "spark.sql('CREATE OR REPLACE TABLE cloned_from (id BIGINT GENERATED ALWAYS AS IDENTITY, n INT NOT NULL, p STRING) '\n"
        "          \"PARTITIONED BY (p) TBLPROPERTIES ('delta.enableDeletionVectors' = 'true', 'team' = 'red')\")\n"
        "spark.sql(\"INSERT INTO cloned_from (n, p) VALUES (1, 'a'), (2, 'b'), (3, 'b')\")\n"
        "spark.sql('DELETE FROM cloned_from WHERE n = 3')\n"
        "spark.sql('DROP TABLE IF EXISTS cloned')",
        "# MAGIC %sql\n# MAGIC -- of today\n# MAGIC CREATE TABLE cloned DEEP CLONE cloned_from",
        "copied = [_sqldf.first().num_copied_files]\n"
        "copied.append(spark.sql('CREATE TABLE IF NOT EXISTS cloned CLONE cloned_from').count())\n"
        "folders = {'/cloned/' in row[0] for row in spark.sql('SELECT input_file_name() FROM cloned').collect()}\n"
        "detail = spark.sql('DESCRIBE DETAIL cloned').first()\n"
        "facts = [folders, detail.partitionColumns, detail.properties['team']]",
        # It goes on when its source is gone, with numbers of its own.
        "spark.sql('CREATE OR REPLACE TABLE cloned DEEP CLONE cloned_from VERSION AS OF 1')\n"
        "spark.sql('DROP TABLE cloned_from')\n"
        "spark.sql(\"INSERT INTO cloned (n, p) VALUES (4, 'c')\")\n"
        "ids = [row.id for row in spark.table('cloned').orderBy('n').collect()]\n"
        "assert len(set(ids)) == 4, ids\n"
        "rows = sorted(row.n for row in spark.table('cloned').collect())",
        # What fails leaves the table as it was.
        "from delta.tables import DeltaTable\nfailed = []\n"
        "for source in ('cloned', 'cloned_from', 'cloned VERSION AS OF 99'):\n"
        "    try:\n"
        "        spark.sql(f'CREATE OR REPLACE TABLE cloned DEEP CLONE {source}')\n"
        "    except Exception as error:\n"
        "        failed.append(str(error)[:41])\n"
        "spark.sql('CREATE TABLE cloned_twice CLONE cloned')\n"
        "try:\n"
        "    spark.sql('CREATE OR REPLACE TABLE cloned DEEP CLONE cloned_twice VERSION AS OF 99')\n"
        "except Exception as error:\n"
        "    failed.append('version 99' in str(error))\n"
        "from stoker_kernel.spark import deep_clone\n"
        "def cancelled(*_):\n    raise KeyboardInterrupt\n"
        "write_anew, deep_clone._write_anew = deep_clone._write_anew, cancelled\n"
        "for statement in ('CREATE OR REPLACE TABLE cloned CLONE cloned_twice', \"CREATE TABLE no_clone CLONE cloned LOCATION '/no_clone'\"):\n"
        "    try:\n        spark.sql(statement)\n    except KeyboardInterrupt:\n        pass\n"
        "deep_clone._write_anew = write_anew\n"
        "left = [spark.table('cloned').count(), spark.catalog.tableExists('no_clone'), DeltaTable.isDeltaTable(spark, '/no_clone')]",
        "spark.sql(\"ALTER TABLE cloned SET TBLPROPERTIES ('delta.appendOnly' = 'true', 'delta.enableChangeDataFeed' = 'true')\")\n"
        "spark.sql('CREATE TABLE cloned_thrice CLONE cloned')\n"
        "left.append({'/cloned_thrice/' in row[0] for row in spark.sql('SELECT input_file_name() FROM cloned_thrice').collect()})\n"
        "left.append(spark.sql('DESCRIBE DETAIL cloned_thrice').first().properties['delta.appendOnly'])",
        "for name in ('cloned', 'cloned_twice', 'cloned_thrice'):\n    spark.sql(f'DROP TABLE {name}')\n"
        "dbutils.notebook.exit([copied, facts, rows, failed, left])",
    )
    itself = "cloned cannot be replaced by a clone of i"
    assert client.run_notebook(spark_cluster, *cells, seconds=300).result == str(
        [[2, 0], [{True}, ["p"], "red"], [1, 2, 3, 4], [itself, "[TABLE_OR_VIEW_NOT_FOUND] The table or vi", itself, True], [4, False, False, {True}, "true"]]
    )


def test_selects_leave_columns_and_rows_out(client: Client, spark_cluster: str) -> None:
    cells = (
        "spark.createDataFrame([('a', 1, 'x'), ('a', 2, 'y'), ('b', 3, 'z')], 'k string, n int, note string')"
        ".createOrReplaceTempView('left_out')",
        "# MAGIC %sql\n# MAGIC SELECT * EXCEPT (note) FROM left_out QUALIFY row_number() OVER (PARTITION BY k ORDER BY n DESC) = 1 ORDER BY note DESC",
        "found = [_sqldf.columns, [list(row) for row in _sqldf.collect()]]",
        "spark.sql('CREATE OR REPLACE TABLE left_out_table AS SELECT * EXCEPT (k) FROM left_out')\n"
        "spark.sql('CREATE OR REPLACE VIEW left_out_view AS SELECT * EXCEPT (n) FROM left_out_table')\n"
        "found += [spark.table('left_out_table').columns, spark.table('left_out_view').columns]\n"
        "found.append(spark.sql('SELECT a.k, b.* EXCEPT (k, note) FROM left_out a JOIN left_out b ON a.n = b.n').columns)",
        "spark.sql(\"MERGE WITH SCHEMA EVOLUTION INTO left_out_table t USING (SELECT 9 AS n, 'q' AS more) u ON t.n = u.n \"\n"
        "          'WHEN NOT MATCHED THEN INSERT *')\n"
        "found.append(spark.table('left_out_table').columns)\n"
        "sc.parallelize([(1,)]).toDF(['a']).createOrReplaceTempView('of_this_session')\n"
        "assert spark.table('of_this_session').count() == 1",
        "for query in ('SELECT * EXCEPT (a) FROM nowhere', 'SELECT * EXCEPT (typo) FROM left_out'):\n"
        "    try:\n        spark.sql(query)\n    except Exception as error:\n        found.append(type(error).__name__)\n"
        "found.append(spark.conf.get('spark.databricks.delta.schema.autoMerge.enabled', None))",
        "spark.sql('DROP VIEW left_out_view')\nspark.sql('DROP TABLE left_out_table')\ndbutils.notebook.exit(found)",
    )
    assert client.run_notebook(spark_cluster, *cells, seconds=300).result == str(
        [["k", "n"], [["b", 3], ["a", 2]], ["n", "note"], ["note"], ["k", "n"], ["n", "note", "more"], "AnalysisException", "AnalysisException", None]
    )
