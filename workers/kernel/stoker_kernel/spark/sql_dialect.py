"""What Databricks' SQL has and Spark's grammar has not, said in Spark's words, most of it by sqlglot:

    table@v3, table@20240131120000000    table VERSION AS OF 3, table TIMESTAMP AS OF '…'
    column:path.to[0]                    get_json_object(column, '$.path.to[0]'), as a column named `to`
    value::type                          CAST(value AS type)
    * EXCEPT (…), QUALIFY                see select_lists.py

It is for text that Spark cannot parse: of what it can, a colon may mean something else (statements.py).

https://docs.databricks.com/en/sql/language-manual/functions/coloncolonsign.html, …/functions/colonsign.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

#: What is in quotes or a comment, or else a version behind a name.
_VERSION = re.compile(
    r"('(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"|--[^\n]*|/\*.*?\*/)"
    r"|(?<=[\w`)])@(?:v(\d+)|(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d{3}))\b",
    re.DOTALL | re.IGNORECASE,
)
_FOR_SQLGLOT = re.compile(r":|\bQUALIFY\b|\bEXCEPT\s*\(", re.IGNORECASE)


def of_sql(text: str, columns_of: Callable[[str], list[str]]) -> Iterator[str]:
    """What the statement may be in Spark's words, the nearest to its text first. `columns_of` tells the names of a query's
    columns, and raises what Spark raises of it."""
    with_versions = _VERSION.sub(_time_travel, text)
    if with_versions != text:
        yield with_versions
    if _FOR_SQLGLOT.search(text):
        translated = _by_sqlglot(with_versions, columns_of)
        if translated:
            yield translated


def of_column(expression: str) -> Iterator[str]:
    """Likewise of one column of a SELECT."""

    def columns_of(query: str) -> list[str]:
        from .select_lists import NotSpelledOut

        raise NotSpelledOut

    return (text.removeprefix("SELECT ") for text in of_sql(f"SELECT {expression}", columns_of))


def _time_travel(match: re.Match[str]) -> str:
    kept, version, *moment = match.groups()
    if kept:
        return kept
    if version:
        return f" VERSION AS OF {version}"
    return " TIMESTAMP AS OF '{}-{}-{} {}:{}:{}.{}'".format(*moment)


def _by_sqlglot(text: str, columns_of: Callable[[str], list[str]]) -> str | None:
    """None: it cannot be translated, or the cluster's Spark version has no sqlglot."""
    try:
        from sqlglot import exp
    except ImportError:
        return None
    from pyspark.errors import ParseException

    from .select_lists import NotSpelledOut, spell_out
    from .sqlglot_text import SqlglotError, parsed, written

    try:
        statement = parsed(text)
        for select in statement.find_all(exp.Select):
            select.set("expressions", [_named(column, exp) for column in select.expressions])
        return written(spell_out(statement, lambda query: columns_of(written(query))))
    except (SqlglotError, NotSpelledOut, ParseException):
        return None


def _named(column: Any, exp: Any) -> Any:
    """A value at a path has the name of the path's last step."""
    value = column
    while isinstance(value, exp.Cast):
        value = value.this
    name = value.output_name if isinstance(value, exp.JSONExtract) else ""
    return exp.alias_(column, name, quoted=True) if name else column
