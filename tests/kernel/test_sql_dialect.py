"""Databricks' SQL in Spark's words."""

import pytest
from stoker_kernel.spark.sql_dialect import Translation, of_column, of_sql


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
    assert [(translation.text, translation.settings) for translation in of_sql(written)] == [(text, {}) for text in sparks]


BY_PATTERN = {"spark.sql.parser.quotedRegexColumnNames": "true"}


@pytest.mark.parametrize(
    ("written", "sparks"),
    [
        ("SELECT * EXCEPT (a, `b c`) FROM s", "SELECT `(?!(?:a|b\\ c)$).+` FROM s"),
        ("INSERT INTO t SELECT x.* EXCEPT(a), `y` AS `z z` FROM x", "INSERT INTO t SELECT x.`(?!(?:a)$).+`, `y` AS `z z` FROM x"),
        (
            "SELECT *, rank() OVER (ORDER BY a) AS r FROM s QUALIFY r < 3 OR r = b",
            "SELECT `(?!(?:_qualify)$).+` FROM (SELECT *, RANK() OVER (ORDER BY a) AS r, (RANK() OVER (ORDER BY a)) < 3 OR "
            "(RANK() OVER (ORDER BY a)) = b AS _qualify FROM s) AS _qualified WHERE _qualify",
        ),
        (
            "CREATE VIEW v AS WITH w AS (SELECT DISTINCT a FROM s QUALIFY max(b) OVER () = 1 ORDER BY s.a LIMIT 3) SELECT 1 FROM w",
            "CREATE VIEW v AS WITH w AS (SELECT DISTINCT `(?!(?:_qualify)$).+` FROM (SELECT a, MAX(b) OVER () = 1 AS _qualify FROM s) "
            "AS _qualified WHERE _qualify ORDER BY a LIMIT 3) SELECT 1 FROM w",
        ),
        (
            "SELECT a FROM s QUALIFY lag(a) OVER (ORDER BY b) IS NULL UNION ALL SELECT c FROM u",
            "SELECT `(?!(?:_qualify)$).+` FROM (SELECT a, LAG(a) OVER (ORDER BY b) IS NULL AS _qualify FROM s) AS _qualified "
            "WHERE _qualify UNION ALL SELECT c FROM u",
        ),
    ],
)
def test_columns_left_out(written, sparks):
    assert [(translation.text, translation.settings) for translation in of_sql(written)] == [(sparks, BY_PATTERN)]


def test_a_column_in_backquotes_is_not_taken_for_a_pattern():
    assert list(of_sql("SELECT * EXCEPT (a), `b (c)` FROM s")) == []


def test_a_merge_that_adds_columns():
    merge = "INTO t USING u ON t.a = u.a WHEN NOT MATCHED THEN INSERT *"
    evolving = {"spark.databricks.delta.schema.autoMerge.enabled": "true"}
    assert list(of_sql(f"MERGE WITH SCHEMA EVOLUTION {merge}")) == [Translation(f"MERGE {merge}", evolving)]


def test_columns():
    assert list(of_column("raw:owner")) == ["GET_JSON_OBJECT(raw, '$.owner') AS `owner`"]
    assert list(of_column("id")) == list(of_column("* EXCEPT (a)")) == []
