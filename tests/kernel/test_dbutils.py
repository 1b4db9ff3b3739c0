"""dbutils, display names and the notebook context."""

from __future__ import annotations

import json

import pytest
from stoker_kernel.dbutils.jobs import JobsUtils

CONTEXT = "dbutils.notebook.entry_point.getDbutils().notebook().getContext()"


@pytest.mark.parametrize(
    ("source", "widgets", "expected"),
    [
        ("dbutils.widgets.text('a', 'default')\nr = dbutils.widgets.get('a')", {}, "default"),
        ("dbutils.widgets.text('a', 'default', 'Label')\nr = dbutils.widgets.get('a')", {"a": "given"}, "given"),
        ("r = dbutils.widgets.get('a')", {"a": "given"}, "given"),
        ("r = getArgument('a', 'fallback')", {}, "fallback"),
        ("r = getArgument('a')", {"a": "given"}, "given"),
        ("dbutils.widgets.dropdown('a', 'x', ['x', 'y'])\nr = dbutils.widgets.get('a')", {}, "x"),
        ("dbutils.widgets.combobox('a', 'z', ['x', 'y'])\nr = dbutils.widgets.get('a')", {}, "z"),
        ("dbutils.widgets.multiselect('a', 'x', ['x', 'y'])\nr = dbutils.widgets.get('a')", {"a": "x,y"}, "x,y"),
        ("dbutils.widgets.text('n', 5)\nr = dbutils.widgets.getAll()", {"a": "b"}, "{'n': '5', 'a': 'b'}"),
        ("dbutils.widgets.remove('a')\nr = getArgument('a', 'gone')", {"a": "b"}, "gone"),
        ("dbutils.widgets.removeAll()\nr = dbutils.widgets.getAll()", {"a": "b"}, "{}"),
        (
            "try:\n  r = dbutils.widgets.get('a')\nexcept Exception as e:\n  r = type(e).__name__",
            {},
            "InputWidgetNotDefined",
        ),
        ("try:\n  dbutils.widgets.dropdown('a', 'q', ['x'])\nexcept ValueError as e:\n  r = 'refused'", {}, "refused"),
    ],
)
def test_widgets(zygote, source, widgets, expected):
    assert zygote.run(source + "\ndbutils.notebook.exit(r)", widgets=widgets).ok().result == expected


def test_the_context_chain(zygote):
    environ = {"DATABRICKS_HOST": "http://127.0.0.1:8080/", "DATABRICKS_TOKEN": "the-token"}
    finished = zygote.run(
        f"""
import json
c = {CONTEXT}
dbutils.notebook.exit(json.dumps([
    c.apiUrl().get(), c.apiToken().get() == "the-token", c.notebookPath().get(), c.tags().get("jobId"),
    c.tags().get("jobId").get(), c.tags().get("nothing").isDefined(), c.browserHostName().get(),
    c.tags().apply("clusterId"), json.loads(c.safeToJson())["attributes"]["user"], c.clusterId().getOrElse(None),
    c.someFutureThing().isEmpty(), "the-token" in c.safeToJson()]))
""",
        environ=environ,
    ).ok()
    assert json.loads(finished.result) == [
        "http://127.0.0.1:8080/",
        True,
        "/Users/me/nb",
        "7",
        "7",
        False,
        "127.0.0.1:8080",
        "c-1",
        "me",
        "c-1",
        True,
        False,
    ]


def test_files(zygote, data_folder):
    finished = zygote.run("""
import json
fs = dbutils.fs
fs.mkdirs("/t/inner")
fs.put("dbfs:/t/a.txt", "häl", True)
fs.cp("/t/a.txt", "/t/inner")
fs.mv("/dbfs/t/inner/a.txt", "dbfs:/t/b.txt")
entries = [(i.path, i.name, i.size, i.isDir()) for i in fs.ls("/t")]
fs.put("file:/%s/local.txt" % __import__("os").getcwd(), "local")
local = open("local.txt").read()
refused = []
for attempt in (lambda: fs.ls("/nothing"), lambda: fs.put("/t/a.txt", "x"), lambda: fs.mount("s3://x", "/mnt"),
                lambda: fs.cp("/t", "/u"), lambda: fs.ls("s3://bucket/x"), lambda: fs.rm("/t")):
    try:
        attempt()
    except Exception as error:
        refused.append(type(error).__name__)
result = [entries, fs.head("/t/a.txt"), fs.head("/t/a.txt", 1), local, refused, fs.rm("/nothing"), fs.rm("/t", True)]
dbutils.notebook.exit(json.dumps(result))
""").ok()
    entries, head, start, local, refused, missing, removed = json.loads(finished.result)
    assert entries == [
        ["dbfs:/t/a.txt", "a.txt", 4, False],
        ["dbfs:/t/b.txt", "b.txt", 4, False],
        ["dbfs:/t/inner/", "inner/", 0, True],
    ]
    assert (head, start, local, missing, removed) == ("häl", "h", "local", False, True)
    assert refused == [
        "FileNotFoundError",
        "FileExistsError",
        "UnsupportedError",
        "IsADirectoryError",
        "UnsupportedError",
        "OSError",
    ]
    assert "[Truncated to first 1 bytes]" in finished.text
    assert not (data_folder / "storage" / "dbfs" / "t").exists()


def test_dbfs_paths_do_not_leave_the_root(zygote):
    finished = zygote.run("dbutils.notebook.exit(dbutils.fs.ls('dbfs:/../../connection.json'))")
    assert finished.error == "FileNotFoundError: No such file or directory: dbfs:/connection.json"


def test_notebook_run_asks_the_worker(zygote):
    kernel = zygote.kernel()
    kernel.start("dbutils.notebook.exit(dbutils.notebook.run('./child', 60, {'n': 1}) + '!')")
    ask = kernel.receive()
    assert {key: ask[key] for key in ("event", "what", "path", "timeout_seconds", "arguments")} == {
        "event": "ask",
        "what": "notebook_run",
        "path": "/Users/me/child",
        "timeout_seconds": 60,
        "arguments": {"n": "1"},
    }
    kernel.channel.send({"op": "answer", "id": ask["id"], "ok": True, "result": "child's"})
    assert kernel.finished().ok().result == "child's!"


@pytest.mark.parametrize(
    "answer", [{"ok": False, "error": "the child failed"}, {"ok": True, "error": "the child failed"}]
)
def test_a_child_that_fails_raises(zygote, answer):
    kernel = zygote.kernel()
    kernel.start("dbutils.notebook.run('/x')")
    kernel.channel.send({"op": "answer", "id": kernel.receive()["id"], **answer})
    assert kernel.finished().error == "WorkflowException: the child failed"


def test_children_of_several_threads_are_answered_in_any_order(zygote):
    kernel = zygote.kernel()
    kernel.start("""
from concurrent.futures import ThreadPoolExecutor
with ThreadPoolExecutor(8) as pool:
    results = list(pool.map(lambda n: dbutils.notebook.run(f"/n{n}"), range(8)))
dbutils.notebook.exit(",".join(results))
""")
    asks = [kernel.receive() for _ in range(8)]
    for ask in reversed(asks):
        kernel.channel.send({"op": "answer", "id": ask["id"], "ok": True, "result": ask["path"]})
    assert kernel.finished().ok().result == ",".join(f"/n{n}" for n in range(8))


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("dbutils.secrets.get('scope', 'key')", "secrets are not available yet"),
    ],
)
def test_what_there_is_not_says_so(zygote, source, words):
    finished = zygote.run(source)
    assert finished.error.startswith("UnsupportedError: ") and words in finished.error


def asked(zygote, source, **answer):
    """What a notebook of a job asks of its worker, and how it ends with that answer."""
    kernel = zygote.kernel()
    kernel.start(source)
    ask = kernel.receive()
    kernel.channel.send({"op": "answer", "id": ask.pop("id"), "ok": True, **answer})
    return ask, kernel.finished()


def test_a_task_value_is_sent_to_the_worker(zygote):
    ask, finished = asked(zygote, "dbutils.jobs.taskValues.set('k', {'a': [1, None, 'ü']})")
    assert ask == {"event": "ask", "what": "set_task_value", "key": "k", "value": '{"a": [1, null, "ü"]}'}
    assert finished.ok().result is None


@pytest.mark.parametrize(
    ("arguments", "answer", "result"),
    [
        ("'t', 'k'", {"found": True, "value": '{"a": 1}'}, "{'a': 1}"),
        ("taskKey='t', key='k', default=5", {"found": True, "value": "0"}, "0"),
        ("'t', 'k', debugValue=5", {"found": True, "value": "null"}, "None"),
        ("'t', 'k', default=5, debugValue=6", {"found": False}, "5"),
    ],
)
def test_a_task_value_is_the_workers_answer_or_the_default(zygote, arguments, answer, result):
    ask, finished = asked(zygote, f"dbutils.notebook.exit(dbutils.jobs.taskValues.get({arguments}))", **answer)
    assert ask == {"event": "ask", "what": "get_task_value", "task_key": "t", "key": "k"}
    assert finished.ok().result == result


def test_a_task_value_that_was_not_set_is_named(zygote):
    _, finished = asked(zygote, "dbutils.jobs.taskValues.get('t', 'k')", found=False)
    assert finished.error == "ValueError: No task value found for key k of task t, and no default was given"


def test_a_task_value_that_the_worker_refuses_raises(zygote):
    _, finished = asked(zygote, "dbutils.jobs.taskValues.set('k', 1)", ok=False, error="the lease is lost")
    assert finished.error == "RuntimeError: dbutils.jobs.taskValues: the lease is lost"


@pytest.mark.parametrize(
    ("value", "error"),
    [
        ("'é' * 24576", "ValueError: The value of task value k takes 49154 bytes as JSON; the limit is 49152 (48 KiB)"),
        ("{1, 2}", "ValueError: The value of task value k cannot be written as JSON: Object of type set"),
        ("float('nan')", "ValueError: The value of task value k cannot be written as JSON: Out of range"),
    ],
)
def test_a_task_value_that_cannot_be_kept_is_refused_before_it_is_sent(zygote, value, error):
    assert zygote.run(f"dbutils.jobs.taskValues.set('k', {value})").error.startswith(error)


def test_outside_a_job_task_values_are_for_debugging():
    class Run:
        job_id = None

    values = JobsUtils(Run()).taskValues
    assert values.set("k", 1) is None
    assert values.get("t", "k", debugValue=3) == 3
    with pytest.raises(TypeError, match="Must pass debugValue"):
        values.get("t", "k", default=1)


def test_mlflow_takes_no_path_for_one_of_dbfs_though_it_is_mounted(zygote):
    finished = zygote.run(
        "import os\nos.mkdir('bin')\nopen('bin/mountpoint', 'w').write('#!/bin/sh\\n')\nos.chmod('bin/mountpoint', 0o700)\n"
        "os.environ.update(PATH=os.getcwd() + '/bin', DATABRICKS_RUNTIME_VERSION='15.4')\n"
        "from mlflow.utils import databricks_utils\n"
        "dbutils.notebook.exit([databricks_utils.is_in_databricks_runtime(), databricks_utils.is_dbfs_fuse_available()])"
    ).ok()
    assert finished.result == "[True, False]"


@pytest.mark.parametrize("restart", ["dbutils.library.restartPython()", "# MAGIC %restart_python"])
def test_help_and_restart(zygote, restart):
    finished = zygote.run(
        "# Databricks notebook source\nx = 1\ndbutils.help()\ndbutils.fs.help('ls')\n"
        f"# COMMAND ----------\n{restart}\n# COMMAND ----------\n"
        "dbutils.notebook.exit(f\"{'x' in globals()} {callable(display)}\")"
    ).ok()
    assert finished.result == "False True"
    assert "widgets" in finished.text and "ls(path" in finished.text


def test_names_are_there_and_cost_nothing_until_mentioned(zygote):
    finished = zygote.run(
        "import sys\nnames = all(n in globals() for n in ('spark', 'sc', 'sqlContext', 'udf', 'sql', 'table'))\n"
        "dbutils.notebook.exit(f\"{names} {'pyspark' in sys.modules}\")"
    ).ok()
    assert finished.result == "True False"


def test_mentioning_spark_asks_for_a_session(zygote):
    kernel = zygote.kernel()
    kernel.start("spark.range(1)")
    ask = kernel.receive()
    assert ask.get("what") == "spark", ask.get("error_trace")
    kernel.channel.send({"op": "answer", "id": ask["id"], "ok": False, "error": "the driver did not start: no Java"})
    finished = kernel.finished()
    assert finished.state == "FAILED" and "the driver did not start: no Java" in finished.error


def test_names_of_the_references_own_modules(zygote):
    finished = zygote.run(
        "from pyspark.dbutils import DBUtils\nown = dbutils\nfrom databricks.sdk.runtime import *\n"
        "dbutils.notebook.exit(f'{DBUtils(None) is own} {dbutils is own} {getArgument(\"a\")}')",
        widgets={"a": "b"},
    ).ok()
    assert finished.result == "True True b"
