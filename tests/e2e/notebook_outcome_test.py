"""How a notebook ends, and what get-output says of it."""

import base64
import json

from client import Client, notebook, notebook_task


def test_a_widget_without_a_parameter_has_its_default(client: Client, cluster: str) -> None:
    cell = "dbutils.widgets.text('text', 'NOT_SET'); dbutils.notebook.exit(dbutils.widgets.get('text'))"
    assert client.run_notebook(cluster, cell).result == "NOT_SET"
    assert client.run_notebook(cluster, cell, text="a word").result == "a word"


def test_a_notebook_that_raises(client: Client, cluster: str) -> None:
    run = client.run_notebook(cluster, "def inner():\n    raise ValueError('bad day')", "inner()", "never = 1")
    assert run.state["life_cycle_state"] == "INTERNAL_ERROR"  # of the run; its task run is TERMINATED
    assert run.result_state == "FAILED"
    assert run.details["tasks"][0]["state"]["life_cycle_state"] == "TERMINATED"
    assert run.details["status"]["termination_details"]["code"] == "RUN_EXECUTION_ERROR"
    assert run.output["error"] == "ValueError: bad day"
    assert "inner()" in run.output["error_trace"]
    assert run.output.get("notebook_output", {}) == {}


def test_a_syntax_error(client: Client, cluster: str) -> None:
    run = client.run_notebook(cluster, "this is no Python")
    assert run.result_state == "FAILED"
    assert run.output["error"].startswith("SyntaxError")


def test_system_exit_is_a_failure(client: Client, cluster: str) -> None:
    assert client.run_notebook(cluster, "import sys; sys.exit(0)").result_state == "FAILED"


def test_a_kernel_that_dies(client: Client, cluster: str) -> None:
    run = client.run_notebook(cluster, "import os, signal; os.kill(os.getpid(), signal.SIGKILL)")
    assert run.result_state == "FAILED"
    assert run.output["error"]


def test_a_notebook_without_exit(client: Client, cluster: str) -> None:
    run = client.run_notebook(cluster, "print('done')")
    assert run.result_state == "SUCCESS"
    assert not run.output["notebook_output"].get("result")


def test_exit_skips_what_follows(client: Client, cluster: str) -> None:
    assert client.run_notebook(cluster, "dbutils.notebook.exit('first')", "raise ValueError('never')").result == "first"


def test_a_value_over_the_limit_is_cut(client: Client, cluster: str) -> None:
    limit = 5 * 1024 * 1024
    run = client.run_notebook(cluster, f"dbutils.notebook.exit('x' * {limit + 1})")
    assert run.result_state == "SUCCESS"
    assert run.output["notebook_output"]["truncated"] is True
    assert len(run.output["notebook_output"]["result"]) == limit


def test_a_notebook_that_does_not_exist(client: Client, cluster: str) -> None:
    run = client.finish(client.submit(notebook_task("/Shared/e2e/nothing here", cluster)))
    assert run.result_state == "FAILED"
    assert "/Shared/e2e/nothing here" in run.state["state_message"]


def test_magics(client: Client, cluster: str) -> None:
    other = client.import_notebook(notebook("found = 'in ' + 'the other'"))
    run = client.run_notebook(
        cluster,
        "# MAGIC %md\n# MAGIC # A title",
        f"# MAGIC %run {other}",
        "# MAGIC %sh\n# MAGIC echo shell > made.txt",
        "dbutils.notebook.exit(found + ' ' + open('made.txt').read().strip())",
    )
    assert run.result == "in the other shell"


def test_a_notebook_that_runs_another(client: Client, cluster: str) -> None:
    child = client.import_notebook(notebook("dbutils.notebook.exit('child of ' + dbutils.widgets.get('name'))"))
    run = client.run_notebook(cluster, f"dbutils.notebook.exit(dbutils.notebook.run('{child}', 60, {{'name': 'me'}}))")
    assert run.result == "child of me"


def test_a_jupyter_notebook(client: Client, cluster: str) -> None:
    cells = [
        {"cell_type": "markdown", "metadata": {}, "source": ["# Title"]},
        {"cell_type": "code", "metadata": {}, "execution_count": None, "outputs": [], "source": ["value = 20\n", "value += 1"]},
        {"cell_type": "code", "metadata": {}, "execution_count": None, "outputs": [], "source": "dbutils.notebook.exit(value * 2)"},
    ]
    document = json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5})
    run = client.finish(client.submit(notebook_task(client.import_notebook(document, format="JUPYTER"), cluster)))
    assert run.result == "42"


def test_runs_share_nothing(client: Client, cluster: str) -> None:
    client.run_notebook(cluster, "leftover = 1; import os; os.environ['LEFTOVER'] = '1'; open('leftover', 'w').close()")
    cell = "import os; dbutils.notebook.exit(['leftover' in globals(), 'LEFTOVER' in os.environ, os.path.exists('leftover')])"
    assert client.run_notebook(cluster, cell).result == "[False, False, False]"


def test_three_kernels_draw_different_random_numbers(client: Client, cluster: str) -> None:
    cell = "import random, numpy; dbutils.notebook.exit(f'{random.random()} {numpy.random.rand()}')"
    run_ids = [client.submit_notebook(cluster, notebook(cell)) for _ in range(3)]
    drawn = [number for run_id in run_ids for number in client.finish(run_id).result.split()]
    assert len(set(drawn)) == 6


def test_the_source_is_exported_as_it_was_imported(client: Client) -> None:
    source = notebook("a = 1", "# MAGIC %md word")
    exported = client.get("/api/2.0/workspace/export", path=client.import_notebook(source), format="SOURCE")
    assert base64.b64decode(exported["content"]).decode() == source
