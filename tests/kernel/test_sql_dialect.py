"""Databricks' SQL in Spark's words."""

import pytest
from stoker_kernel.spark.sql_dialect import of_column, of_sql


@pytest.mark.parametrize(
    ("written", "sparks"),
    [
        ("SELECT * FROM employees@v4", ["SELECT * FROM employees VERSION AS OF 4"]),
        (
            "SELECT * FROM a.`b c`@20240131120005250 x JOIN y@V12",
            ["SELECT * FROM a.`b c` TIMESTAMP AS OF '2024-01-31 12:00:05.250' x JOIN y VERSION AS OF 12"],
        ),
        ("SELECT 'a@v1', user@host -- t@v1", []),
        (
            "SELECT count(*)::string AS n FROM t@v0",
            [
                "SELECT count(*)::string AS n FROM t VERSION AS OF 0",
                "SELECT CAST(COUNT(*) AS STRING) AS n FROM t VERSION AS OF 0",
            ],
        ),
        (
            "SELECT a::int < 5, f(x, 'y')::decimal(10, 2) + 1, '2020-01-01'::date, -1::int, window.end::string",
            [
                "SELECT CAST(a AS INT) < 5, CAST(F(x, 'y') AS DECIMAL(10, 2)) + 1, CAST('2020-01-01' AS DATE), -CAST(1 AS INT), "
                "CAST(window.end AS STRING)"
            ],
        ),
        ("SELECT :name, :p::int FROM t WHERE x = :y", ["SELECT :name, CAST(:p AS INT) FROM t WHERE x = :y"]),
        (
            "SELECT raw:owner, raw:shop.fruit[0].kg::double, f(raw:a), raw:b c FROM (SELECT raw:`q x` FROM t) WHERE raw:k = 1",
            [
                "SELECT GET_JSON_OBJECT(raw, '$.owner') AS `owner`, "
                "CAST(GET_JSON_OBJECT(raw, '$.shop.fruit[0].kg') AS DOUBLE) AS `kg`, F(GET_JSON_OBJECT(raw, '$.a')), "
                "GET_JSON_OBJECT(raw, '$.b') AS c FROM (SELECT GET_JSON_OBJECT(raw, '$[\\'q x\\']') AS `q x` FROM t) "
                "WHERE GET_JSON_OBJECT(raw, '$.k') = 1"
            ],
        ),
        ("SELECT a:: FROM", []),
        ("SELECT nothing new", []),
    ],
)
def test_statements(written, sparks):
    assert list(of_sql(written)) == sparks


def test_columns():
    assert list(of_column("raw:owner")) == ["GET_JSON_OBJECT(raw, '$.owner') AS `owner`"]
    assert list(of_column("id")) == []
