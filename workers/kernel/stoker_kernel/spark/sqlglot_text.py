"""Databricks' SQL into sqlglot's trees and back into Spark's. Functions keep their names: sqlglot knows many under one name
that differ between the two, or between versions."""

from __future__ import annotations

import logging

from sqlglot import ErrorLevel, exp, parse_one
from sqlglot.dialects import Databricks, Spark
from sqlglot.errors import SqlglotError

__all__ = ["SqlglotError", "parsed", "written"]

logging.getLogger("sqlglot").setLevel(logging.CRITICAL)  # it warns of what it leaves unparsed


class _Written(Databricks):
    class Parser(Databricks.Parser):
        FUNCTIONS = {}


def parsed(text: str) -> exp.Expression:
    """Raises SqlglotError when it cannot be. What it does not know is an exp.Command."""
    return parse_one(text, read=_Written)


def written(expression: exp.Expression) -> str:
    """Raises SqlglotError when Spark has no words for it."""
    return expression.sql(dialect=Spark, normalize_functions=False, comments=False, unsupported_level=ErrorLevel.RAISE)
