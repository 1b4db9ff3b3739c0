"""Databricks' SQL in Spark's words."""

import pytest
from pyspark.errors import AnalysisException
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
                "SELECT CAST(count(*) AS STRING) AS n FROM t VERSION AS OF 0",
            ],
        ),
        (
            "SELECT a::int < 5, f(x, 'y')::decimal(10, 2) + 1, '2020-01-01'::date, -1::int, window.end::string",
            [
                "SELECT CAST(a AS INT) < 5, CAST(f(x, 'y') AS DECIMAL(10, 2)) + 1, CAST('2020-01-01' AS DATE), -CAST(1 AS INT), "
                "CAST(window.end AS STRING)"
            ],
        ),
        ("SELECT :name, :p::int FROM t WHERE x = :y", ["SELECT :name, CAST(:p AS INT) FROM t WHERE x = :y"]),
        (
            "SELECT raw:owner, raw:shop.fruit[0].kg::double, f(raw:a), raw:b c FROM (SELECT raw:`q x` FROM t) WHERE raw:k = 1",
            [
                "SELECT GET_JSON_OBJECT(raw, '$.owner') AS `owner`, "
                "CAST(GET_JSON_OBJECT(raw, '$.shop.fruit[0].kg') AS DOUBLE) AS `kg`, f(GET_JSON_OBJECT(raw, '$.a')), "
                "GET_JSON_OBJECT(raw, '$.b') AS c FROM (SELECT GET_JSON_OBJECT(raw, '$[\\'q x\\']') AS `q x` FROM t) "
                "WHERE GET_JSON_OBJECT(raw, '$.k') = 1"
            ],
        ),
        ("SELECT a:: FROM", []),
        ("SELECT nothing new", []),
    ],
)
def test_statements(written, sparks):
    assert list(of_sql(written, columns_of)) == sparks


def columns_of(query):
    """Of tables that all have the same columns."""
    return ["id", "n", "two words"]


@pytest.mark.parametrize(
    ("written", "sparks"),
    [
        ("SELECT * EXCEPT (ID, `two words`), `q` AS k FROM s", "SELECT `n`, `q` AS k FROM s"),
        ("INSERT INTO t SELECT note.* EXCEPT (id), * FROM s", "INSERT INTO t SELECT note.`n`, note.`two words`, * FROM s"),
        (
            "SELECT *, rank() OVER w AS R FROM s WINDOW w AS (ORDER BY n) QUALIFY r < 3 OR n = 1 ORDER BY s.m DESC, 2, r LIMIT 9",
            "SELECT `id`, `n`, `two words` FROM (SELECT *, rank() OVER w AS R, (rank() OVER w) < 3 OR n = 1 AS _qualify, "
            "s.m AS _sort_1, (rank() OVER w) AS _sort_2 FROM s WINDOW w AS (ORDER BY n)) AS _qualified WHERE _qualify "
            "ORDER BY _sort_1 DESC, 2, _sort_2 LIMIT 9",
        ),
        (
            "CREATE VIEW v AS WITH w AS (SELECT DISTINCT n FROM s QUALIFY max(b) OVER () = 1) SELECT * EXCEPT (id) FROM w QUALIFY c",
            "CREATE VIEW v AS SELECT `id`, `n`, `two words` FROM (WITH w AS (SELECT DISTINCT `id`, `n`, `two words` FROM (SELECT n, "
            "max(b) OVER () = 1 AS _qualify FROM s) AS _qualified WHERE _qualify) SELECT `n`, `two words`, c AS _qualify FROM w) "
            "AS _qualified WHERE _qualify",
        ),
        (
            "SELECT n FROM s QUALIFY lag(n) OVER (ORDER BY b) IS NULL UNION ALL SELECT datediff(c, d) FROM u",
            "SELECT `id`, `n`, `two words` FROM (SELECT n, lag(n) OVER (ORDER BY b) IS NULL AS _qualify FROM s) AS _qualified "
            "WHERE _qualify UNION ALL SELECT datediff(c, d) FROM u",
        ),
    ],
)
def test_select_lists_are_spelled_out(written, sparks):
    assert list(of_sql(written, columns_of)) == [sparks]


def test_an_alias_comes_after_columns_in_a_condition_and_before_them_in_an_order():
    (sparks,) = of_sql("SELECT -n AS n, b AS x FROM s QUALIFY n = 1 AND x = (SELECT max(x) FROM u) ORDER BY n", columns_of)
    assert "n = 1 AND (b) = (SELECT max(x) FROM u) AS _qualify, (-n) AS _sort_1" in sparks


def test_columns_are_asked_for_where_a_select_stands():
    asked = []
    statement = "WITH a AS (SELECT 1), b AS (WITH c AS (SELECT 2) SELECT * EXCEPT (id) FROM a JOIN c USING (x)), d AS (SELECT 3) SELECT 4"
    list(of_sql(statement, lambda query: asked.append(query) or ["id"]))
    assert asked == ["WITH a AS (SELECT 1), c AS (SELECT 2) SELECT * FROM a JOIN c USING (x)"]


@pytest.mark.parametrize(
    "written",
    [
        "SELECT * EXCEPT (s.id) FROM s",
        "SELECT * EXCEPT (a) FROM s JOIN t",
        "SELECT DISTINCT n FROM s QUALIFY n ORDER BY n",
        "SELECT n FROM s QUALIFY n SORT BY n",
        "SELECT n FROM s WHERE id = ? QUALIFY rank() OVER (ORDER BY n) = ?",
        "SELECT n FROM s QUALIFY n ORDER BY ALL",
        "SELECT * EXCEPT (a, id) FROM s",
    ],
)
def test_what_could_mean_something_else_is_left_to_spark(written):
    assert list(of_sql(written, lambda query: ["a", "id", "ID"])) == []


def test_a_column_to_leave_out_has_to_be_there():
    with pytest.raises(AnalysisException, match=r"\* EXCEPT \(typo\): not among the columns id, n, two words\."):
        list(of_sql("SELECT * EXCEPT (typo) FROM s", columns_of))


def test_columns():
    assert list(of_column("raw:owner")) == ["GET_JSON_OBJECT(raw, '$.owner') AS `owner`"]
    assert list(of_column("id")) == list(of_column("* EXCEPT (a)")) == []
