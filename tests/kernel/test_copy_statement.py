"""`COPY INTO` taken apart."""

import pytest
from stoker_kernel.spark.copy_statement import CopyStatement, is_copy, parse


@pytest.mark.parametrize(
    ("statement", "copy"),
    [
        (
            "COPY INTO t FROM '/raw' FILEFORMAT = CSV FORMAT_OPTIONS ('header' = 'true', 'sep'=',', inferSchema = true)\n"
            "COPY_OPTIONS ('mergeSchema' = 'true');",
            CopyStatement(
                "t",
                "/raw",
                file_format="csv",
                format_options={"header": "true", "sep": ",", "inferSchema": "true"},
                copy_options={"mergeSchema": "true"},
            ),
        ),
        (
            "-- of today\ncopy into delta.`/a b` (x, `y z`) from (SELECT _c0::int x, concat(_c1, ', ', _c2) AS y, * FROM 's3://b/p')"
            " FILEFORMAT=json PATTERN = 'f[a-g].json' VALIDATE 15 ROWS",
            CopyStatement(
                "delta.`/a b`",
                "s3://b/p",
                columns=["x", "y z"],
                select=["_c0::int x", "concat(_c1, ', ', _c2) AS y", "*"],
                file_format="json",
                pattern="f[a-g].json",
                validate=15,
            ),
        ),
        (
            "COPY INTO IDENTIFIER(:t) FROM '/a--b' FILEFORMAT = CSV FORMAT_OPTIONS ('sep' = '\\t', nullValue = '\\\\N', quote = :where)",
            CopyStatement(
                "the.table", "/a--b", file_format="csv", format_options={"sep": "\t", "nullValue": "\\N", "quote": "/given"}
            ),
        ),
        (
            "COPY INTO a.b.c BY POSITION FROM :where FILEFORMAT = PARQUET FILES = ('a.parquet', 'it\\'s.parquet') VALIDATE ALL",
            CopyStatement(
                "a.b.c", "/given", by_position=True, file_format="parquet", files=["a.parquet", "it's.parquet"], validate=-1
            ),
        ),
    ],
)
def test_statements(statement, copy):
    assert is_copy(statement)
    assert parse(statement, {"where": "/given", "t": "the.table"}) == copy


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        ("COPY INTO t", "expected FROM, found the end"),
        ("COPY INTO t FROM raw FILEFORMAT = CSV", "expected the path of the source in quotes, found 'raw'"),
        ("COPY INTO t FROM '/raw'", "expected FILEFORMAT, found the end"),
        ("COPY INTO t FROM '/raw' FILEFORMAT = CSV OPTIONS ()", "expected FILEFORMAT, VALIDATE, .*, found 'OPTIONS'"),
        ("COPY INTO t FROM '/raw' FILEFORMAT = CSV FORMAT_OPTIONS ('header')", "expected =, found '\\)'"),
        ("COPY INTO t FROM '/raw' FILEFORMAT = CSV FORMAT_OPTIONS ('a' = 'b' 'c' = 'd')", "expected a comma, found \"'c'\""),
        ("COPY INTO t FROM '/raw' FILEFORMAT = CSV FILES = ('a') PATTERN = 'b'", "FILES and PATTERN"),
        ("COPY INTO t FROM '/raw' FILEFORMAT = CSV FILES = ()", "FILES names no file"),
        ("COPY INTO t FROM (SELECT a, FROM '/raw') FILEFORMAT = CSV", "expected an expression, found 'FROM'"),
        ("COPY INTO t FROM '/raw' WITH (CREDENTIAL c) FILEFORMAT = CSV", "CREDENTIAL"),
        ("COPY INTO t FROM :there FILEFORMAT = CSV", "no value for the parameter :there"),
        ("COPY INTO t FROM '/raw' FILEFORMAT = CSV FILES = ('a'", "expected \\), found the end"),
    ],
)
def test_what_is_wrong_is_said(statement, message):
    with pytest.raises(ValueError, match=message):
        parse(statement, {})


@pytest.mark.parametrize("statement", ["/* a */ " * 40 + "SELECT 1", "SELECT 'COPY INTO t'", "COPY t", "/* COPY INTO t */ SELECT 1", "INSERT INTO copy SELECT 1"])
def test_other_statements_are_none(statement):
    assert not is_copy(statement)
