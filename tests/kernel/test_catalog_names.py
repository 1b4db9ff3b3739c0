"""The catalog's name in other people's notebooks."""

import pytest
from stoker_kernel.spark.catalog_names import of_name, of_sql


@pytest.mark.parametrize(
    ("written", "known"),
    [
        ("SELECT * FROM hive_metastore.default.t", "SELECT * FROM spark_catalog.default.t"),
        ("CREATE SCHEMA IF NOT EXISTS `hive_metastore`.s", "CREATE SCHEMA IF NOT EXISTS spark_catalog.s"),
        ("SELECT a FROM Hive_Metastore.s.t JOIN hive_metastore.s.u", "SELECT a FROM spark_catalog.s.t JOIN spark_catalog.s.u"),
        ("SELECT 'hive_metastore.s.t', \"hive_metastore.\"", "SELECT 'hive_metastore.s.t', \"hive_metastore.\""),
        ("SELECT 1 -- hive_metastore.s", "SELECT 1 -- hive_metastore.s"),
        ("SELECT hive_metastore FROM t", "SELECT hive_metastore FROM t"),
        ("SELECT t.hive_metastore.x FROM t", "SELECT t.hive_metastore.x FROM t"),
        ("SELECT my_hive_metastore.x FROM my_hive_metastore", "SELECT my_hive_metastore.x FROM my_hive_metastore"),
        ("USE CATALOG hive_metastore", "SET CATALOG spark_catalog"),
        ("use catalog main;", "SET CATALOG main;"),
        ("USE s", "USE s"),
    ],
)
def test_statements(written, known):
    assert of_sql(written) == known


@pytest.mark.parametrize(
    ("written", "known"),
    [
        ("hive_metastore.s.t", "spark_catalog.s.t"),
        ("`hive_metastore`.s.t", "spark_catalog.s.t"),
        ("s.hive_metastore", "s.hive_metastore"),
        ("t", "t"),
    ],
)
def test_names(written, known):
    assert of_name(written) == known
