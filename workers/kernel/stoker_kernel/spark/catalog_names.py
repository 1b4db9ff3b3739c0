"""`hive_metastore`: the name by which notebooks call the catalog of tables, which Spark knows as `spark_catalog`."""

from __future__ import annotations

import re
from typing import Any

_SPARKS = "spark_catalog"
_PIECE = re.compile(r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"|--[^\n]*|/\*.*?\*/|`[^`]*`|[\w$]+|.", re.DOTALL)
_NAMES = {"hive_metastore", "`hive_metastore`"}
_USE_CATALOG = re.compile(r"\A(\s*)(?:USE|SET)\s+CATALOG\s+(\S+?)(\s*;?\s*)\Z", re.IGNORECASE)


def of_sql(text: str) -> str:
    """A statement with Spark's own name for the catalog, and `USE CATALOG` as Spark says it. What is in quotes stays."""
    used = _USE_CATALOG.match(text)
    if used:
        return f"{used.group(1)}SET CATALOG {of_name(used.group(2))}{used.group(3)}"
    if "hive_metastore" not in text.lower():
        return text
    pieces = [match.group() for match in _PIECE.finditer(text)]
    for place, piece in enumerate(pieces):
        qualifies = pieces[place + 1 : place + 2] == ["."] and pieces[place - 1 : place] != ["."]
        if piece.lower() in _NAMES and qualifies:
            pieces[place] = _SPARKS
    return "".join(pieces)


def of_name(name: str) -> str:
    """Likewise of a catalog's name, or of a table's, a view's or a schema's."""
    first, dot, rest = name.partition(".")
    return _SPARKS + dot + rest if first.strip().lower() in _NAMES else name


def patch(session: Any) -> None:
    """Makes the methods of pyspark that take such a table's name know it. `session` is the module pyspark.sql.session."""
    from pyspark.sql.readwriter import DataFrameReader, DataFrameWriter

    for cls, method in (
        (session.SparkSession, "table"),
        (DataFrameReader, "table"),
        (DataFrameWriter, "saveAsTable"),
        (DataFrameWriter, "insertInto"),
    ):
        _patch_first_argument(cls, method)


def _patch_first_argument(cls: type, method: str) -> None:
    original = getattr(cls, method)
    parameter = original.__code__.co_varnames[1]

    def translated(self: Any, *args: Any, **kwargs: Any) -> Any:
        if args and isinstance(args[0], str):
            args = (of_name(args[0]), *args[1:])
        elif isinstance(kwargs.get(parameter), str):
            kwargs[parameter] = of_name(kwargs[parameter])
        return original(self, *args, **kwargs)

    translated.__name__, translated.__doc__ = method, original.__doc__
    setattr(cls, method, translated)
