"""`%sql` cells: statements through `spark.sql`; the last result is displayed and bound to `_sqldf`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from stoker_kernel.display import display

if TYPE_CHECKING:
    from stoker_kernel.dbutils.widgets import WidgetsUtils

_PIECE = re.compile(r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"|`[^`]*`|--[^\n]*|/\*.*?\*/|;|[^'\"`;/-]+|.", re.DOTALL)
_WIDGET = re.compile(r"\$\{([^}]+)\}")
_TEXT = r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\""
#: What is in quotes or a comment, or else a call.
_GET_ARGUMENT = re.compile(
    rf"{_TEXT}|`[^`]*`|--[^\n]*|/\*.*?\*/|\bgetArgument\(\s*('[^'\\]*'|\"[^\"\\]*\")\s*\)", re.IGNORECASE | re.DOTALL
)
_CREATE_WIDGET = re.compile(
    rf"CREATE\s+WIDGET\s+(TEXT|DROPDOWN|COMBOBOX|MULTISELECT)\s+(`[^`]+`|\w+)\s+DEFAULT\s+({_TEXT})"
    r"(?:\s+CHOICES\s+(.+))?\s*\Z",
    re.IGNORECASE | re.DOTALL,
)
_REMOVE_WIDGET = re.compile(r"REMOVE\s+WIDGET\s+(`[^`]+`|\w+)\s*\Z", re.IGNORECASE)


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
    """Replaces `${name}` by the widget's value, and `getArgument("name")` by it in quotes; a name without a widget stays
    as it is."""
    statement = _GET_ARGUMENT.sub(lambda match: _quoted(values, match), statement)
    return _WIDGET.sub(lambda match: values.get(match.group(1).strip(), match.group()), statement)


def _quoted(values: Mapping[str, str], match: re.Match[str]) -> str:
    value = values.get(match.group(1)[1:-1]) if match.group(1) else None
    return match.group() if value is None else "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"


def define_widget(spark: Any, statement: str, widgets: WidgetsUtils) -> bool:
    """Does `CREATE WIDGET` and `REMOVE WIDGET`, which are the notebook's and not SQL's; False for any other statement.
    Choices are a query's first column."""
    if removed := _REMOVE_WIDGET.match(statement):
        widgets.remove(removed.group(1).strip("`"))
        return True
    made = _CREATE_WIDGET.match(statement)
    if made is None:
        return False
    kind, name, default, query = made.groups()
    name, default = name.strip("`"), re.sub(r"\\(.)", r"\1", default[1:-1])
    if kind.upper() == "TEXT":
        widgets.text(name, default)
    else:
        choices = [str(row[0]) for row in spark.sql(query).collect()] if query else [default]
        getattr(widgets, kind.lower())(name, default, choices)
    return True


def run_cell(spark: Any, text: str, widgets: WidgetsUtils) -> Any:
    """Runs every statement; the last one's DataFrame, displayed when it has columns, or None for an empty cell."""
    frame = None
    for statement in split_statements(text):
        if define_widget(spark, statement, widgets):
            continue
        values = widgets.getAll()
        statement = with_widgets(statement, values)
        named = {name: value for name, value in values.items() if re.search(rf":{re.escape(name)}\b", statement)}
        frame = spark.sql(statement, args=named) if named else spark.sql(statement)
    if frame is not None and frame.columns:
        display(frame)
    return frame
