"""Databricks' SQL in Spark's words."""

import pytest
from stoker_kernel.spark.sql_dialect import of_column, of_sql


@pytest.mark.parametrize(
    ("written", "sparks"),
    [
        ("SELECT * FROM employees@v4", "SELECT * FROM employees VERSION AS OF 4"),
        (
            "SELECT * FROM a.`b c`@20240131120005250 x JOIN y@V12",
            "SELECT * FROM a.`b c` TIMESTAMP AS OF '2024-01-31 12:00:05.250' x JOIN y VERSION AS OF 12",
        ),
        ("SELECT 'a@v1', user@host -- t@v1", "SELECT 'a@v1', user@host -- t@v1"),
        (
            "SELECT a::int, f(x, 'y')::decimal(10, 2) + 1, '2020-01-01'::date",
            "SELECT CAST(a AS int), CAST(f(x, 'y') AS decimal(10, 2)) + 1, CAST('2020-01-01' AS date)",
        ),
        ("SELECT (a+b)::string::int, -1::int", "SELECT CAST(CAST((a+b) AS string) AS int), -CAST(1 AS int)"),
        ("SELECT t.x[0]::array<struct<a:int>> z", "SELECT CAST(t.x[0] AS array<struct<a:int>>) z"),
        ("SELECT CASE WHEN CASE WHEN a THEN 1 END THEN 2 END::int", "SELECT CAST(CASE WHEN CASE WHEN a THEN 1 END THEN 2 END AS int)"),
        ("SELECT :name, :p::int FROM t WHERE x = :y", "SELECT :name, CAST(:p AS int) FROM t WHERE x = :y"),
        ("CREATE TABLE t (a STRUCT<x:INT, y:ARRAY<STRUCT<z:STRING>>>)",) * 2,
        ("SELECT raw:owner FROM t", "SELECT get_json_object(raw, '$.owner') AS `owner` FROM t"),
        (
            "SELECT raw:shop.fruit[0].kg::double, f(raw:a, raw:b) FROM t WHERE raw:k = 1 ORDER BY raw:a, raw:b",
            "SELECT CAST(get_json_object(raw, '$.shop.fruit[0].kg') AS double) AS `kg`, "
            "f(get_json_object(raw, '$.a'), get_json_object(raw, '$.b')) FROM t "
            "WHERE get_json_object(raw, '$.k') = 1 ORDER BY get_json_object(raw, '$.a'), get_json_object(raw, '$.b')",
        ),
        (
            "SELECT t.raw:['a b'].`c d`[*] x, y FROM (SELECT raw:q FROM t)",
            "SELECT get_json_object(t.raw, '$[\\'a b\\'][\\'c d\\'][*]') x, y FROM (SELECT get_json_object(raw, '$.q') AS `q` FROM t)",
        ),
        ("SELECT CAST(a AS STRUCT<x:int>), raw:x", "SELECT CAST(a AS STRUCT<x:int>), get_json_object(raw, '$.x') AS `x`"),
        ("SELECT a::int<5, b :: decimal (10,2), 1.5e-3::int, c::interval day to second", "SELECT CAST(a AS int)<5, CAST(b AS decimal (10,2)), CAST(1.5e-3 AS int), CAST(c AS interval day to second)"),
        ("SELECT DATE '2020-01-01'::string, 'it''s'::string", "SELECT CAST(DATE '2020-01-01' AS string), CAST('it''s' AS string)"),
        (
            "SELECT window.end::string, CASE WHEN window.end > 1 THEN 1 END::int, sum(x) OVER (PARTITION BY y)::int",
            "SELECT CAST(window.end AS string), CAST(CASE WHEN window.end > 1 THEN 1 END AS int), CAST(sum(x) OVER (PARTITION BY y) AS int)",
        ),
        ("SELECT(a+b)::int, count (*)::int FROM t LIMIT:n", "SELECT CAST((a+b) AS int), CAST(count (*) AS int) FROM t LIMIT:n"),
        ("SELECT struct(raw:a), b < c, raw:['it\\'s']", "SELECT struct(get_json_object(raw, '$.a')), b < c, get_json_object(raw, '$[\\'it\\'s\\']') AS `it's`"),
        ("SELECT '::', \"a:b\", `c:d` /* e::f */",) * 2,
    ],
)
def test_statements(written, sparks):
    assert of_sql(written) == sparks


def test_columns():
    assert of_column("raw:owner") == "get_json_object(raw, '$.owner') AS `owner`"
    assert of_column("id") == "id"
