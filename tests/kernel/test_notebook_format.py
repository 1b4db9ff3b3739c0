"""Source format and .ipynb, both ways."""

from __future__ import annotations

import json

import nbformat
import pytest
from stoker_kernel.notebook_format import (
    Cell,
    ExecutedCell,
    Notebook,
    NotebookFormatError,
    executed_to_ipynb,
    from_ipynb,
    from_source,
    parse,
    to_source,
)

PYTHON = """# Databricks notebook source
# MAGIC %md
# MAGIC # Title
# MAGIC
# MAGIC Text

# COMMAND ----------

# DBTITLE 1,Load the data
x = 1

if x:
    print(x)

# COMMAND ----------

# MAGIC %sql
# MAGIC select 1

# COMMAND ----------

# MAGIC %run ./other $a="b"
"""


def test_python_source_to_cells():
    notebook = from_source(PYTHON)
    assert notebook.language == "python"
    assert [(cell.source, cell.title) for cell in notebook.cells] == [
        ("%md\n# Title\n\nText", ""),
        ("x = 1\n\nif x:\n    print(x)", "Load the data"),
        ("%sql\nselect 1", ""),
        ('%run ./other $a="b"', ""),
    ]
    assert [cell.is_markdown for cell in notebook.cells] == [True, False, False, False]


def test_source_round_trip_keeps_the_text():
    assert to_source(from_source(PYTHON)) == PYTHON


@pytest.mark.parametrize(("language", "mark"), [("python", "#"), ("sql", "--"), ("scala", "//"), ("r", "#")])
def test_cells_round_trip_in_every_language(language, mark):
    notebook = Notebook(
        [Cell("select 1"), Cell("%python\nprint(1)\n\nprint(2)"), Cell("%md text", "A title"), Cell("last line")],
        language,
    )
    text = to_source(notebook)
    assert text.startswith(f"{mark} Databricks notebook source\n")
    assert f"{mark} MAGIC %python\n{mark} MAGIC print(1)\n{mark} MAGIC\n" in text
    assert from_source(text, language) == notebook


def test_the_header_decides_the_language_unless_two_share_its_sign():
    assert from_source("-- Databricks notebook source\nselect 1", "python").language == "sql"
    assert from_source("# Databricks notebook source\nx <- 1", "r").language == "r"


def test_text_without_header_or_separator_is_one_cell():
    assert from_source("print(1)\nprint(2)\n").cells == [Cell("print(1)\nprint(2)")]
    assert from_source("").cells == []
    assert from_source("\ufeff# Databricks notebook source\n\n# COMMAND ----------\n\n").cells == []


def test_crlf_and_separators_in_a_row():
    assert [
        c.source
        for c in from_source(
            "# Databricks notebook source\r\na\r\n# COMMAND ----------\r\n\r\n# COMMAND ----------\r\nb\r\n"
        ).cells
    ] == ["a", "b"]


def test_unknown_language_is_refused():
    with pytest.raises(NotebookFormatError, match="cobol"):
        from_source("x", "cobol")


def test_ipynb_cells_sources_as_text_or_lines():
    text = json.dumps(
        {
            "nbformat": 4,
            "nbformat_minor": 5,
            "metadata": {"language_info": {"name": "python"}},
            "cells": [
                {"cell_type": "markdown", "source": ["# A\n", "text"], "metadata": {}},
                {"cell_type": "code", "source": "x = 1", "metadata": {}, "outputs": [], "execution_count": 3},
            ],
        }
    )
    assert parse(text, "JUPYTER", None).cells == [Cell("# A\ntext", kind="markdown"), Cell("x = 1")]
    assert parse(text, None, None).cells[1].source == "x = 1"


@pytest.mark.parametrize("text", ["{", "[]", "{}", '{"cells": 4}'])
def test_broken_ipynb_is_refused(text):
    with pytest.raises(NotebookFormatError):
        from_ipynb(text)


def test_executed_notebook_is_valid_nbformat():
    text = executed_to_ipynb(
        [
            ExecutedCell(Cell("%md\n# T"), []),
            ExecutedCell(
                Cell("1", "One"),
                [
                    {
                        "output_type": "execute_result",
                        "execution_count": 1,
                        "metadata": {},
                        "data": {"text/plain": "1"},
                    },
                    {"output_type": "stream", "name": "stdout", "text": "x"},
                ],
                1,
                5,
                9,
            ),
            ExecutedCell(Cell("never"), []),
        ],
        "python",
    )
    document = nbformat.reads(text, as_version=4)
    nbformat.validate(document)
    assert [cell.cell_type for cell in document.cells] == ["markdown", "code", "code"]
    assert document.cells[0].source == "# T"
    assert document.cells[1].metadata["stoker"] == {"started_at": 5, "finished_at": 9, "duration_ms": 4}
    assert from_ipynb(text).cells[1] == Cell("1", "One")
