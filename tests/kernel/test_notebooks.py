"""Runs: results, errors, outputs, redaction, cancel."""

from __future__ import annotations

import base64
import json
import os
import signal

import nbformat
import pytest
from stoker_kernel.notebook_run import RESULT_LIMIT_BYTES

HEADER = "# Databricks notebook source\n"
CELL = "\n# COMMAND ----------\n"


def cells(*sources: str) -> str:
    """A Databricks source notebook."""
    return HEADER + CELL.join(sources)


def test_a_notebook_without_exit_succeeds_with_no_result(zygote):
    finished = zygote.run("x = 1")
    assert (finished.state, finished.result, finished.truncated, finished.error) == ("SUCCESS", None, False, None)


def test_exit_gives_the_widget_and_skips_the_rest(zygote):
    finished = zygote.run(
        cells('dbutils.notebook.exit(dbutils.widgets.get("text"))', "raise ValueError('never')"),
        widgets={"text": "the cats ñ"},
    ).ok()
    assert finished.result == "the cats ñ"
    assert finished.cells[1]["execution_count"] is None and finished.cells[1]["outputs"] == []


@pytest.mark.parametrize("value", ["5", "None", "{'a': 1}", "b'x'"])
def test_exit_values_become_text(zygote, value):
    assert zygote.run(f"dbutils.notebook.exit({value})").ok().result == str(eval(value))


def test_exit_passes_through_except_exception(zygote):
    finished = zygote.run(
        "try:\n    dbutils.notebook.exit('out')\nexcept Exception:\n    raise ValueError('swallowed')\n"
        "finally:\n    print('finally')"
    ).ok()
    assert finished.result == "out" and finished.text == "finally\n"
    assert not any(output["output_type"] == "error" for output in finished.cells[0]["outputs"])


def test_exit_in_a_function_of_an_earlier_cell(zygote):
    assert zygote.run(cells("def leave():\n    dbutils.notebook.exit('deep')", "leave()", "1/0")).ok().result == "deep"


def test_a_long_exit_value_is_cut_on_a_characters_border(zygote):
    finished = zygote.run(f"dbutils.notebook.exit('a' + 'é' * {RESULT_LIMIT_BYTES // 2})").ok()
    assert finished.truncated is True
    assert len(finished.result.encode()) == RESULT_LIMIT_BYTES - 1
    assert finished.result == "a" + "é" * ((RESULT_LIMIT_BYTES - 1) // 2)


def test_an_exit_value_at_the_limit_is_whole(zygote):
    finished = zygote.run(f"dbutils.notebook.exit('a' * {RESULT_LIMIT_BYTES})").ok()
    assert finished.truncated is False and len(finished.result) == RESULT_LIMIT_BYTES


def test_an_error_has_type_message_and_the_users_frames(zygote):
    finished = zygote.run(cells("def divide(a):\n    return a / 0", "print('before')\ndivide(3)", "print('never')"))
    assert finished.state == "FAILED"
    assert finished.error == "ZeroDivisionError: division by zero"
    assert "return a / 0" in finished.error_trace and "divide(3)" in finished.error_trace
    assert "stoker_kernel" not in finished.error_trace and "interactiveshell" not in finished.error_trace
    assert "\x1b" not in finished.error_trace
    assert finished.text == "before\n"
    assert finished.cells[1]["outputs"][-1]["ename"] == "ZeroDivisionError"
    assert finished.result is None


@pytest.mark.parametrize(
    ("source", "error"),
    [
        ("raise SystemExit(0)", "SystemExit: 0"),
        ("import sys\nsys.exit('stop')", "SystemExit: stop"),
        ("exit()", "SystemExit: None"),
        ("x ===", "SyntaxError: invalid syntax"),
        ("if True:\nx", "IndentationError: "),
        ("raise KeyboardInterrupt", "KeyboardInterrupt"),
        ("raise ExceptionGroup('two', [ValueError(1), TypeError(2)])", "ExceptionGroup: two (2 sub-exceptions)"),
        (
            "class Odd(Exception):\n    def __str__(self):\n        raise ValueError\nraise Odd",
            "Odd: <the exception's message",
        ),
        ("raise ValueError('nul \\0 and \\ud800')", "ValueError: nul \ufffd and ?"),
        ("%no_such_magic", "UsageError: "),
        ("dbutils.widgets.get('missing')", "InputWidgetNotDefined: No input widget named missing is defined"),
    ],
)
def test_errors_of_every_kind(zygote, source, error):
    finished = zygote.run(source)
    assert finished.state == "FAILED"
    assert finished.error.startswith(error)
    assert finished.error_trace


def test_a_syntax_error_names_the_line(zygote):
    finished = zygote.run("x = 1\nif x\n    y")
    assert finished.error.startswith("SyntaxError: expected ':'")
    assert "if x" in finished.error_trace


def test_a_notebook_that_is_none_fails_with_a_message(zygote):
    finished = zygote.run("{ not json", format="JUPYTER")
    assert finished.state == "FAILED" and finished.error.startswith("NotebookFormatError: the notebook is not JSON")


def test_outputs_of_every_kind_are_kept_in_order(zygote):
    finished = zygote.run(
        cells(
            "import subprocess, sys, os\nprint('one')\nsubprocess.run(['echo', 'two'])\nprint('three')\n"
            "os.write(1, b'four\\n')\n"
            "sys.stdout.buffer.write('fünf\\n'.encode())\nprint('six', file=sys.stderr)\n'value'",
            "from IPython.display import HTML\nHTML('<b>x</b>')",
            "displayHTML('<i>y</i>')",
            "display({'a': 1})",
            "None",
            "7;",
        )
    ).ok()
    nbformat.validate(nbformat.reads(finished.frame["notebook"], as_version=4))
    first = finished.cells[0]["outputs"]
    assert first[0] == {"output_type": "stream", "name": "stdout", "text": "one\ntwo\nthree\nfour\nfünf\n"}
    assert first[1] == {"output_type": "stream", "name": "stderr", "text": "six\n"}
    assert first[2]["data"] == {"text/plain": "'value'"} and first[2]["output_type"] == "execute_result"
    assert finished.cells[1]["outputs"][0]["data"]["text/html"] == "<b>x</b>"
    assert finished.cells[2]["outputs"][0]["data"]["text/html"] == "<i>y</i>"
    assert finished.cells[3]["outputs"][0]["data"]["text/plain"] == "{'a': 1}"
    assert finished.cells[4]["outputs"] == [] == finished.cells[5]["outputs"]
    assert [cell["execution_count"] for cell in finished.cells] == [1, 2, 3, 4, 5, 6]
    assert all(cell["metadata"]["stoker"]["duration_ms"] >= 0 for cell in finished.cells)


def test_a_figure_becomes_an_image(zygote):
    finished = zygote.run("import matplotlib.pyplot as plt\nplt.plot([1, 2])").ok()
    images = [
        output["data"]["image/png"] for output in finished.cells[0]["outputs"] if "image/png" in output.get("data", {})
    ]
    assert len(images) == 1 and base64.b64decode(images[0]).startswith(b"\x89PNG")
    assert "matplotlib" in finished.used["modules"]


def test_a_table_is_shown_as_html_and_cut(zygote):
    finished = zygote.run("import pandas\ndisplay(pandas.DataFrame({'a<b': range(20000), 'n': None}))").ok()
    data = finished.cells[0]["outputs"][0]["data"]
    assert data["text/html"].startswith("<table><thead><tr><th>a&lt;b</th>")
    assert data["text/html"].count("<tr>") == 10_001
    assert "Showing the first 10000 rows" in data["text/html"]


def test_updated_displays_and_cleared_outputs(zygote):
    finished = zygote.run(
        "from IPython.display import display as show, clear_output\n"
        "print('gone')\nclear_output()\nhandle = show('first', display_id=True)\nhandle.update('second')"
    ).ok()
    assert [output["data"]["text/plain"] for output in finished.cells[0]["outputs"]] == ["'second'"]


def test_printed_text_is_capped_once(zygote):
    finished = zygote.run(
        "for _ in range(30):\n    print('x' * (1 << 20))\nimport os\nos.system('yes | head -c 3000000')"
    ).ok()
    assert len(finished.text) < 11 * 1024 * 1024
    assert finished.text.count("output truncated") == 1


def test_displayed_data_is_capped(zygote):
    finished = zygote.run("for _ in range(5):\n    displayHTML('x' * (6 << 20))").ok()
    kept = [output["data"] for output in finished.cells[0]["outputs"]]
    assert len(kept) == 5 and ["text/html" in data for data in kept] == [True, True, True, False, False]


def test_markdown_cells_are_not_run_and_stay_markdown(zygote):
    finished = zygote.run(cells("# MAGIC %md\n# MAGIC # Title", "1")).ok()
    assert finished.cells[0]["cell_type"] == "markdown" and finished.cells[0]["source"] == "# Title"
    assert finished.cells[1]["execution_count"] == 1


def test_an_ipynb_runs(zygote):
    content = json.dumps(
        {
            "nbformat": 4,
            "nbformat_minor": 5,
            "metadata": {},
            "cells": [
                {"cell_type": "markdown", "source": ["# A"], "metadata": {}},
                {
                    "cell_type": "code",
                    "source": ["x = 4\n", "x"],
                    "metadata": {},
                    "outputs": [],
                    "execution_count": None,
                },
                {
                    "cell_type": "code",
                    "source": "dbutils.notebook.exit(x)",
                    "metadata": {},
                    "outputs": [],
                    "execution_count": None,
                },
            ],
        }
    )
    finished = zygote.run(content, format="JUPYTER").ok()
    assert finished.result == "4"
    assert finished.cells[1]["outputs"][0]["data"]["text/plain"] == "4"


def test_tokens_are_redacted_everywhere(zygote):
    environ = {"DATABRICKS_TOKEN": 'dapi-secret"1', "MLFLOW_TRACKING_TOKEN": "mlflow-secret"}
    kernel = zygote.kernel()
    finished = kernel.run(
        cells(
            "import os\na, b = os.environ['DATABRICKS_TOKEN'], os.environ['MLFLOW_TRACKING_TOKEN']",
            "print('prefix' + a, end='')\nprint(b)\nos.system('echo $MLFLOW_TRACKING_TOKEN')\na",
            "displayHTML(b)\nfor c in b: print(c, end='')",
            "raise ValueError(a + b)",
        ),
        environ=environ,
    )
    assert finished.state == "FAILED"
    assert finished.error == "ValueError: [REDACTED][REDACTED]"
    assert "[REDACTED]" in finished.error_trace
    assert "prefix[REDACTED]" in finished.text
    everything = json.dumps(finished.frame)
    assert "dapi-secret" not in everything and "mlflow-secret" not in everything
    assert (
        zygote.run("import os\ndbutils.notebook.exit(os.environ['DATABRICKS_TOKEN'])", environ=environ).result
        == "[REDACTED]"
    )


def test_cancel_runs_finally_once_and_reports(zygote):
    kernel = zygote.kernel()
    kernel.start(
        "import signal\ntry:\n    dbutils.notebook.run('sync')\n    signal.pause()\n"
        "except Exception:\n    print('swallowed')\nfinally:\n    print('finally ran')\nprint('never')"
    )
    ask = kernel.receive()
    kernel.channel.send({"op": "answer", "id": ask["id"], "ok": True, "result": None})
    os.killpg(kernel.pid, signal.SIGTERM)
    finished = kernel.finished()
    assert finished.state == "FAILED" and finished.error.startswith("RunCancelled: ")
    assert finished.text == "finally ran\n"
    assert kernel.exited() == 0


def test_cancel_ends_a_shell_cell(zygote):
    kernel = zygote.kernel()
    kernel.start(
        cells("# MAGIC %sh echo started", "dbutils.notebook.run('sync')", "# MAGIC %sh sleep 1000", "print('never')")
    )
    ask = kernel.receive()
    kernel.channel.send({"op": "answer", "id": ask["id"], "ok": True, "result": None})
    os.killpg(kernel.pid, signal.SIGTERM)
    finished = kernel.finished()
    assert finished.error.startswith("RunCancelled: ")
    assert "never" not in finished.text
    assert kernel.exited() == 0


def test_top_level_await_threads_and_main_module(zygote):
    finished = zygote.run(
        cells(
            "import asyncio, threading, pickle\nawait asyncio.sleep(0)\nclass Thing:\n    value = 3",
            "thread = threading.Thread(target=lambda: print('from a thread'))\nthread.start()\nthread.join()\n"
            "dbutils.notebook.exit(pickle.loads(pickle.dumps(Thing())).value)",
        )
    ).ok()
    assert finished.result == "3" and finished.text == "from a thread\n"


def test_open_files_are_written_out(zygote):
    kernel = zygote.kernel()
    kernel.run("f = open('left_open.txt', 'w')\nf.write('kept')").ok()
    kernel.exited()
    assert (kernel.folder / "left_open.txt").read_text() == "kept"


def test_modules_next_to_the_notebook_can_be_imported(zygote):
    assert (
        zygote.run("open('beside.py', 'w').write('value = 5')\nimport beside\ndbutils.notebook.exit(beside.value)")
        .ok()
        .result
        == "5"
    )


def test_used_names_what_the_notebook_imported(zygote):
    assert zygote.run("import numpy").ok().used == {"modules": ["numpy"], "models": [], "spark": False}
    assert zygote.run("x = 1").ok().used == {"modules": [], "models": [], "spark": False}


def test_run_environment_and_threads_of_libraries(zygote):
    finished = zygote.run(
        "import os\ndbutils.notebook.exit(os.environ['MINE'] + str(os.environ.get('OPENBLAS_NUM_THREADS')))",
        environ={"MINE": "x"},
    ).ok()
    assert finished.result == "xNone"


def test_processes_forked_by_the_notebook_print_and_end_as_usual(zygote):
    finished = zygote.run("""
import multiprocessing, signal
fork = multiprocessing.get_context("fork")

def child(ready):
    print("from the child", flush=True)
    ready.set()
    signal.pause()

ready = fork.Event()
process = fork.Process(target=child, args=(ready,))
process.start()
ready.wait()
process.terminate()
process.join()
dbutils.notebook.exit(process.exitcode)
""").ok()
    assert finished.result == "-15" and finished.text == "from the child\n"
