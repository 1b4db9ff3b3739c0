"""Notebooks as text and back: Databricks source format (Python, SQL, Scala, R) and .ipynb."""

from __future__ import annotations

import dataclasses
import json
import re
from typing import Any

LANGUAGES = ("python", "sql", "scala", "r")
_COMMENT = {"python": "#", "sql": "--", "scala": "//", "r": "#"}
_HEADER = "Databricks notebook source"
_SEPARATOR = "COMMAND ----------"
_MARKDOWN = re.compile(r"\A\s*%md(?:-sandbox)?\b[ \t]*\n?")
_JSON = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), default=str)
_TITLE = re.compile(r"DBTITLE (\d+),(.*)\Z")


@dataclasses.dataclass
class Cell:
    """One cell. `source` begins with `%<language>` when it is not in the notebook's own language."""

    source: str
    title: str = ""
    kind: str = "code"

    @property
    def is_markdown(self) -> bool:
        """Whether running it does nothing."""
        return self.kind != "code" or _MARKDOWN.match(self.source) is not None


@dataclasses.dataclass
class Notebook:
    """Cells and the language of those that name none."""

    cells: list[Cell]
    language: str = "python"


class NotebookFormatError(ValueError):
    """The text is not a notebook in the format it claims to be in."""


def parse(content: str, format_name: str | None, language: str | None) -> Notebook:
    """A notebook from what the workspace stores: `format_name` SOURCE or JUPYTER (empty: by the text itself)."""
    name = (format_name or "").upper()
    own = (language or "python").lower()
    if name in ("JUPYTER", "IPYNB") or (not name and content.lstrip().startswith("{")):
        return from_ipynb(content)
    return from_source(content, own)


def from_source(text: str, language: str = "python") -> Notebook:
    """Reads the source format. The header names the language; text without one is in `language`.

    A text without separators is one cell.
    """
    lines = text.removeprefix("\ufeff").splitlines()
    found = _language_of_header(lines, language)
    if found is not None:
        language, lines = found, lines[1:]
    elif language not in LANGUAGES:
        raise NotebookFormatError(f"unknown notebook language: {language}")
    mark = _COMMENT[language]
    cells, current = [], []
    for line in lines:
        if line.rstrip() == f"{mark} {_SEPARATOR}":
            cells.append(_cell_from_lines(current, mark))
            current = []
        else:
            current.append(line)
    cells.append(_cell_from_lines(current, mark))
    # What stands before the first or after the last separator may be nothing but blank lines.
    return Notebook([cell for cell in cells if cell.source or cell.title], language)


def _language_of_header(lines: list[str], preferred: str) -> str | None:
    if not lines:
        return None
    # Python and R share the comment sign: the stored language decides.
    for language in sorted(LANGUAGES, key=lambda name: name != preferred):
        if lines[0].rstrip() == f"{_COMMENT[language]} {_HEADER}":
            return language
    return None


def _cell_from_lines(lines: list[str], mark: str) -> Cell:
    title = ""
    body: list[str] = []
    magic = f"{mark} MAGIC"
    for line in lines:
        if not any(body) and not title and line.startswith(f"{mark} DBTITLE "):
            match = _TITLE.match(line[len(mark) + 1 :])
            if match:
                title = match.group(2).strip()
                continue
        if line == magic:
            body.append("")
        elif line.startswith(magic + " "):
            body.append(line[len(magic) + 1 :])
        else:
            body.append(line)
    return Cell("\n".join(body).strip("\n"), title)


def to_source(notebook: Notebook) -> str:
    """Writes the source format; reading it again gives the same cells."""
    mark = _COMMENT[notebook.language]
    parts = []
    for cell in notebook.cells:
        lines = cell.source.splitlines()
        if cell.kind == "markdown" and not _MARKDOWN.match(cell.source):
            lines = ["%md", *lines]
        if _names_a_magic(lines):
            lines = [f"{mark} MAGIC {line}".rstrip() for line in lines]
        if cell.title:
            lines.insert(0, f"{mark} DBTITLE 1,{cell.title}")
        parts.append("\n".join(lines))
    return f"{mark} {_HEADER}\n" + f"\n\n{mark} {_SEPARATOR}\n\n".join(parts) + "\n"


def _names_a_magic(lines: list[str]) -> bool:
    first = next((line for line in lines if line.strip()), "")
    return re.match(r"%[a-z]", first) is not None


def from_ipynb(text: str) -> Notebook:
    """Reads nbformat 4 (and 3's worksheets); raises NotebookFormatError on anything else."""
    try:
        document = json.loads(text)
    except ValueError as error:
        raise NotebookFormatError(f"the notebook is not JSON: {error}") from None
    if not isinstance(document, dict):
        raise NotebookFormatError("the notebook is not a JSON object")
    raw_cells = document.get("cells")
    if raw_cells is None and document.get("worksheets"):
        raw_cells = [cell for sheet in document["worksheets"] for cell in sheet.get("cells", [])]
    if not isinstance(raw_cells, list):
        raise NotebookFormatError("the notebook has no list of cells")
    cells = []
    for raw in raw_cells:
        source = raw.get("source", raw.get("input", ""))
        source = "".join(source) if isinstance(source, list) else source
        title = raw.get("metadata", {}).get("application/vnd.databricks.v1+cell", {}).get("title", "")
        kind = raw.get("cell_type", "code")
        cells.append(Cell(source, title or "", kind if kind in ("code", "markdown") else "raw"))
    return Notebook(cells, _language_of_ipynb(document.get("metadata", {})))


def _language_of_ipynb(metadata: dict[str, Any]) -> str:
    databricks = metadata.get("application/vnd.databricks.v1+notebook", {}).get("language")
    name = str(databricks or metadata.get("language_info", {}).get("name") or "python").lower()
    return name if name in LANGUAGES else "python"


@dataclasses.dataclass
class ExecutedCell:
    """One cell's part of a run. Times are epoch milliseconds; None when the cell did not run."""

    cell: Cell
    outputs: list[dict[str, Any]]
    execution_count: int | None = None
    started_at: int | None = None
    finished_at: int | None = None


def executed_to_ipynb(executed: list[ExecutedCell], language: str) -> str:
    """A run's notebook with its outputs, as nbformat 4.5 text."""
    cells = []
    for number, entry in enumerate(executed):
        metadata: dict[str, Any] = {}
        if entry.cell.title:
            metadata["application/vnd.databricks.v1+cell"] = {"title": entry.cell.title}
        if entry.started_at is not None and entry.finished_at is not None:
            metadata["stoker"] = {
                "started_at": entry.started_at,
                "finished_at": entry.finished_at,
                "duration_ms": entry.finished_at - entry.started_at,
            }
        cell: dict[str, Any] = {"id": f"cell-{number + 1}", "metadata": metadata}
        if entry.cell.kind == "raw":
            cell |= {"cell_type": "raw", "source": entry.cell.source}
        elif entry.cell.is_markdown:
            cell |= {"cell_type": "markdown", "source": _MARKDOWN.sub("", entry.cell.source, count=1)}
        else:
            cell |= {
                "cell_type": "code",
                "source": entry.cell.source,
                "outputs": entry.outputs,
                "execution_count": entry.execution_count,
            }
        cells.append(cell)
    document = {
        "nbformat": 4,
        "nbformat_minor": 5,
        "metadata": {
            "language_info": {"name": language},
            "application/vnd.databricks.v1+notebook": {"language": language},
        },
        "cells": cells,
    }
    return _JSON.encode(document)
