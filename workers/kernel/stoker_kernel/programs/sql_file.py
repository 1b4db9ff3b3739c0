"""`sql_task` with a file: its statements, one after another, through the run's SparkSession."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from stoker_kernel.programs import files
from stoker_kernel.programs.place import Place
from stoker_kernel.sql_cells import split_statements

MOST_ROWS = 1000
MOST_BYTES_OF_ROWS = 48 * 1024
MOST_BYTES_OF_TEXT = 1024 * 1024
_BRACES = re.compile(r"\{\{\s*([^{}]+?)\s*\}\}")

Row = dict[str, str | None]


def run(program: dict[str, Any], place: Place) -> None:
    """Runs every statement to its result; the last result's rows are kept for `{{tasks.<key>.output.rows}}`."""
    with open(files.local_file(program, place), encoding="utf-8", errors="replace") as file:
        text = file.read()
    statements = split_statements(text)
    place.details["sql_output"] = {
        "query_output": {
            "warehouse_id": program.get("warehouse_id") or "",
            "query_text": text.encode("utf-8", "replace")[:MOST_BYTES_OF_TEXT].decode("utf-8", "ignore"),
            "sql_statements": [{"lookup_key": str(number)} for number in range(1, len(statements) + 1)],
        }
    }
    parameters = program.get("parameters", {})
    spark = place.make_session()
    for statement in statements:
        rows = _result(spark, statement, parameters)
        if rows is not None:
            place.details["rows"] = rows


def _result(spark: Any, statement: str, parameters: Mapping[str, str]) -> list[Row] | None:
    """The first rows; None when the statement has no result."""
    statement = _BRACES.sub(lambda match: parameters.get(match.group(1), match.group()), statement)
    named = {name: value for name, value in parameters.items() if re.search(rf":{re.escape(name)}\b", statement)}
    frame = spark.sql(statement, args=named) if named else spark.sql(statement)
    if not frame.columns:
        return None
    # Read to here even when nobody asks for it: a statement fails where it is computed.
    kept, size = [], 2
    for row in frame.limit(MOST_ROWS).collect():
        texts = {name: None if value is None else _text(value) for name, value in zip(frame.columns, row, strict=True)}
        size += len(json.dumps(texts, ensure_ascii=False).encode("utf-8", "replace")) + 2
        if size > MOST_BYTES_OF_ROWS:
            break
        kept.append(texts)
    return kept


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
