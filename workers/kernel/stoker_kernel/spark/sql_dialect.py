"""What Databricks' SQL has and Spark's grammar has not, said in Spark's words, most of it by sqlglot:

    table@v3, table@20240131120000000    table VERSION AS OF 3, table TIMESTAMP AS OF '…'
    column:path.to[0]                    get_json_object(column, '$.path.to[0]'), as a column named `to`
    value::type                          CAST(value AS type)
    * EXCEPT (a, b)                      `(?!(?:a|b)$).+`
    QUALIFY condition                    WHERE, around the query that computes the condition
    MERGE WITH SCHEMA EVOLUTION          MERGE, in a session whose tables take new columns

It is for text that Spark cannot parse: of what it can, a colon may mean something else (statements.py).

https://docs.databricks.com/en/sql/language-manual/functions/coloncolonsign.html, …/functions/colonsign.html,
…/sql-ref-syntax-qry-star.html, …/sql-ref-syntax-qry-select-qualify.html
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

_NAMES_BY_PATTERN = {"spark.sql.parser.quotedRegexColumnNames": "true"}
_SCHEMA_EVOLUTION = {"spark.databricks.delta.schema.autoMerge.enabled": "true"}

#: What is in quotes or a comment, or else a version behind a name.
_VERSION = re.compile(
    r"('(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"|--[^\n]*|/\*.*?\*/)"
    r"|(?<=[\w`)])@(?:v(\d+)|(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d{3}))\b",
    re.DOTALL | re.IGNORECASE,
)
_EVOLVES = re.compile(r"\A(\s*MERGE)\s+WITH\s+SCHEMA\s+EVOLUTION\b", re.IGNORECASE)
_FOR_SQLGLOT = re.compile(r":|\bQUALIFY\b|\bEXCEPT\s*\(", re.IGNORECASE)
_CONDITION = "_qualify"


@dataclass(frozen=True)
class Translation:
    """`settings`: what the session is to be set to while it takes `text`."""

    text: str
    settings: Mapping[str, str] = field(default_factory=dict)


def of_sql(text: str) -> Iterator[Translation]:
    """What the statement may be in Spark's words, the nearest to its text first."""
    near, evolves = _EVOLVES.subn(r"\1", _VERSION.sub(_time_travel, text))
    settings = _SCHEMA_EVOLUTION if evolves else {}
    if near != text:
        yield Translation(near, settings)
    if _FOR_SQLGLOT.search(text):
        translated = _by_sqlglot(near)
        if translated:
            yield Translation(translated.text, {**settings, **translated.settings})


def of_column(expression: str) -> Iterator[str]:
    """Likewise of one column of a SELECT, as far as it needs no settings."""
    for translation in of_sql(f"SELECT {expression}"):
        if not translation.settings:
            yield translation.text.removeprefix("SELECT ")


def _time_travel(match: re.Match[str]) -> str:
    kept, version, *moment = match.groups()
    if kept:
        return kept
    if version:
        return f" VERSION AS OF {version}"
    return " TIMESTAMP AS OF '{}-{}-{} {}:{}:{}.{}'".format(*moment)


def _by_sqlglot(text: str) -> Translation | None:
    """None: it cannot be translated, or the cluster's Spark version has no sqlglot."""
    try:
        import sqlglot
        from sqlglot import exp
    except ImportError:
        return None
    logging.getLogger("sqlglot").setLevel(logging.CRITICAL)
    try:
        statement = sqlglot.parse_one(text, read="databricks")
        for select in list(statement.find_all(exp.Select)):
            select.set("expressions", [_named(column, exp) for column in select.expressions])
            if select.args.get("qualify"):
                around = _qualified(select, exp)
                statement = around if select is statement else statement
        by_pattern = [_by_pattern(star, exp) for star in list(statement.find_all(exp.Star)) if star.args.get("except_")]
        if not by_pattern:
            return Translation(statement.sql(dialect="spark"))
        # Any column in backquotes is a pattern now.
        quoted = [name for name in statement.find_all(exp.Identifier) if name.quoted and isinstance(name.parent, exp.Column)]
        if any(name not in by_pattern and not re.fullmatch(r"\w+", name.name) for name in quoted):
            return None
        return Translation(statement.sql(dialect="spark"), _NAMES_BY_PATTERN)
    except sqlglot.errors.SqlglotError:
        return None


def _named(column: Any, exp: Any) -> Any:
    """A value at a path has the name of the path's last step."""
    value = column
    while isinstance(value, exp.Cast):
        value = value.this
    name = value.output_name if isinstance(value, exp.JSONExtract) else ""
    return exp.alias_(column, name, quoted=True) if name else column


def _qualified(select: Any, exp: Any) -> Any:
    """The query whose rows meet the condition, in the place of `select`. What comes after the condition goes around it too."""
    values = {column.alias: column.this for column in select.expressions if isinstance(column, exp.Alias)}

    def value(node: Any) -> Any:
        known = isinstance(node, exp.Column) and not node.table and node.name in values
        return exp.paren(values[node.name].copy()) if known else node

    condition = select.args["qualify"].this.transform(value)
    select.set("qualify", None)
    around = exp.select(exp.Star(except_=[exp.column(_CONDITION)])).where(exp.column(_CONDITION))
    for part in ("distinct", "order", "limit", "offset"):
        around.set(part, select.args.get(part))
        select.set(part, None)
    for column in around.args["order"].find_all(exp.Column) if around.args.get("order") else ():
        column.set("table", None)
    select.replace(around)
    select.append("expressions", exp.alias_(condition, _CONDITION))
    around.from_(select.subquery("_qualified"), copy=False)
    return around


def _by_pattern(star: Any, exp: Any) -> Any:
    """The identifier, a pattern for the columns that are left, in the place of `star`."""
    left_out = "|".join(re.escape(column.name) for column in star.args["except_"])
    identifier = exp.to_identifier(f"(?!(?:{left_out})$).+", quoted=True)
    star.replace(identifier if isinstance(star.parent, exp.Column) else exp.column(identifier))
    return identifier
