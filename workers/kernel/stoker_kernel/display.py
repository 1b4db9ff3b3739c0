"""`display` and `displayHTML`: tables of the first rows, figures, anything IPython can show. They never fail a run
for want of a screen."""

from __future__ import annotations

import html
import uuid
from collections.abc import Iterable, Sequence
from typing import Any

from IPython.core.display_functions import display as show

MAX_ROWS = 10_000
MAX_TABLE_BYTES = 2 * 1024 * 1024


def display(*objects: Any, **_: Any) -> None:
    """Shows each object in the running cell's output; of a stream what its source has now, so that a job comes to its end.
    Options of streams are accepted and ignored."""
    for value in objects:
        _display_one(value)


def display_html(text: str) -> None:
    """Shows the text as HTML, as it is."""
    show({"text/html": str(text), "text/plain": "<HTML>"}, raw=True)


def _display_one(value: Any) -> None:
    root = type(value).__module__.partition(".")[0]
    if root == "pyspark" and getattr(value, "isStreaming", False) is True:
        _stream(value)
    elif root == "pyspark" and hasattr(value, "limit") and hasattr(value, "columns"):
        rows = value.limit(MAX_ROWS + 1).collect()
        _table(value.columns, rows)
    elif root == "pandas" and hasattr(value, "itertuples") and hasattr(value, "columns"):
        _table([str(name) for name in value.columns], value.head(MAX_ROWS + 1).itertuples(index=False))
    elif isinstance(value, list) and value and all(hasattr(row, "_fields") for row in value):
        _table(value[0]._fields, value[: MAX_ROWS + 1])
    elif hasattr(value, "savefig") and hasattr(value, "canvas"):
        _figure(value)
    else:
        show(value)


def _stream(frame: Any) -> None:
    from pyspark.errors import AnalysisException

    name = f"display_{uuid.uuid4().hex}"
    try:
        query = _shown(frame.limit(MAX_ROWS + 1), name, "append")
    except AnalysisException as error:
        try:
            query = _shown(frame, name, "complete")  # it aggregates
        except AnalysisException:
            raise error from None
    try:
        query.awaitTermination()
        _display_one(frame.sparkSession.table(name))
    finally:
        frame.sparkSession.catalog.dropTempView(name)


def _shown(frame: Any, name: str, mode: str) -> Any:
    return frame.writeStream.format("memory").queryName(name).outputMode(mode).trigger(availableNow=True).start()


def _figure(figure: Any) -> None:
    """A matplotlib figure is an image whichever backend made it."""
    import io

    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", bbox_inches="tight")
    show({"image/png": buffer.getvalue(), "text/plain": repr(figure)}, raw=True)


def _table(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """An HTML table of at most MAX_ROWS rows or MAX_TABLE_BYTES, whichever comes first."""
    head = "".join(f"<th>{html.escape(str(name))}</th>" for name in columns)
    body: list[str] = []
    plain: list[str] = ["\t".join(str(name) for name in columns)]
    size, cut = 0, False
    for number, row in enumerate(rows):
        cells = ["null" if value is None else str(value) for value in row]
        line = "<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in cells) + "</tr>"
        size += len(line)
        if number >= MAX_ROWS or size > MAX_TABLE_BYTES:
            cut = True
            break
        body.append(line)
        plain.append("\t".join(cells))
    note = f"<p>Showing the first {len(body)} rows.</p>" if cut else ""
    table = f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(body)}</tbody></table>{note}"
    show({"text/html": table, "text/plain": "\n".join(plain)}, raw=True)
