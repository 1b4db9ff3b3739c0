"""`%sql` cells: statements through `spark.sql`; the last result is displayed and bound to `_sqldf`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from stoker_kernel.display import display

_PIECE = re.compile(r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"|`[^`]*`|--[^\n]*|/\*.*?\*/|;|[^'\"`;/-]+|.", re.DOTALL)
_WIDGET = re.compile(r"\$\{([^}]+)\}")


def split_statements(text: str) -> list[str]:
    """The statements of a text, divided at semicolons outside quotes and comments; comments alone are none."""
    statements, current, has_words = [], [], False
    for match in _PIECE.finditer(text):
        piece = match.group()
        if piece == ";":
            if has_words:
                statements.append("".join(current).strip())
            current, has_words = [], False
            continue
        current.append(piece)
        has_words = has_words or not (piece.isspace() or piece.startswith(("--", "/*")))
    if has_words:
        statements.append("".join(current).strip())
    return statements


def with_widgets(statement: str, values: Mapping[str, str]) -> str:
    """Replaces `${name}` by the widget's value; a name without a widget stays as it is."""
    return _WIDGET.sub(lambda match: values.get(match.group(1).strip(), match.group()), statement)


def run_cell(spark: Any, text: str, widgets: Mapping[str, str]) -> Any:
    """Runs every statement; the last one's DataFrame, displayed when it has columns, or None for an empty cell."""
    frame = None
    for statement in split_statements(text):
        statement = with_widgets(statement, widgets)
        named = {name: value for name, value in widgets.items() if re.search(rf":{re.escape(name)}\b", statement)}
        frame = spark.sql(statement, args=named) if named else spark.sql(statement)
    if frame is not None and frame.columns:
        display(frame)
    return frame
