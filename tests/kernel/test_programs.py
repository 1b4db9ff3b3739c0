"""Python files, wheels and commands: what they find, what is kept of what they print, how they fail."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest
from stoker_kernel import workspace_files
from stoker_kernel.errors import UnsupportedError
from stoker_kernel.log_tail import LIMIT_BYTES


def put(data_folder: Path, name: str, text: str) -> str:
    """A file of DBFS; its path there."""
    path = data_folder / "storage" / "dbfs" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return f"dbfs:/{name}"


def python(zygote, source: str, **options):
    """A Python file of the workspace, as the worker sends it along."""
    return zygote.program("spark_python", path="/Users/me/jöb.py", content=source, **options)


def test_a_python_file_runs_as_main(zygote):
    finished = python(
        zygote,
        "import os, sys\n"
        "def main():\n    print(__name__, sys.argv[1:], os.path.basename(__file__), sys.argv[0] == __file__)\n"
        "    print(os.getcwd() == os.environ['HOME'], open(__file__).readline() == 'import os, sys\\n')\n"
        "if __name__ == '__main__':\n    main()\n",
        parameters=["--name", "käse", "", "a b"],
    ).ok()
    assert finished.logs == "__main__ ['--name', 'käse', '', 'a b'] jöb.py True\nTrue True\n"
    assert finished.logs_truncated is False and finished.details is None
    assert "notebook" not in finished.frame


def test_a_python_file_has_the_ready_names_and_no_others(zygote):
    finished = python(
        zygote,
        "print(sorted(name for name in globals() if not name.startswith('__')))\n"
        "dbutils.fs.put('dbfs:/ready.txt', 'x', True)\n"
        "display('shown')\n",
    ).ok()
    names, *rest = finished.logs.splitlines()
    assert eval(names) == sorted(
        ["dbutils", "display", "displayHTML", "getArgument", "sc", "spark", "sql", "sqlContext", "table", "udf"]
    )
    assert rest == ["Wrote 1 bytes.", "'shown'"]


def test_dbutils_exit_ends_a_python_file_well(zygote):
    assert python(zygote, "print('a')\ndbutils.notebook.exit('x')\nprint('b')").ok().logs == "a\n"


@pytest.mark.parametrize(
    ("folder", "written"),
    [
        ("folder", "dbfs:/folder/job.py"),
        ("folder", "/dbfs/folder/job.py"),
        ("folder", "file:{dbfs}/folder/job.py"),
        ("Volumes/main/default/v/folder", "/Volumes/main/default/v/folder/job.py"),
    ],
)
def test_a_python_file_of_dbfs_finds_its_neighbours(zygote, data_folder, folder, written):
    put(data_folder, f"{folder}/neighbour_of_job.py", "value = 'from the neighbour'")
    put(data_folder, f"{folder}/job.py", "import neighbour_of_job\nprint(neighbour_of_job.value, __file__)")
    path = written.format(dbfs=data_folder / "storage" / "dbfs")
    logs = zygote.program("spark_python", path=path).ok().logs
    assert logs.startswith("from the neighbour /") and logs.endswith("/folder/job.py\n")


@pytest.fixture
def checkout(data_folder):
    """A commit's files; kernels of these tests may read beneath DBFS."""
    root = data_folder / "storage" / "dbfs" / "checkout"
    (root / "jobs").mkdir(parents=True, exist_ok=True)
    (root / "library_of_root.py").write_text("value = 'root'")
    (root / "jobs" / "main.py").write_text("import os, library_of_root\nprint(library_of_root.value, os.getcwd())")
    return root


def test_a_python_file_of_a_checkout_runs_in_its_folder(zygote, checkout):
    finished = zygote.program("spark_python", path="jobs/main.py", root=str(checkout)).ok()
    assert finished.logs == f"root {checkout}/jobs\n"


@pytest.mark.parametrize(
    ("program", "error"),
    [
        ({"path": "dbfs:/none.py"}, "FileNotFoundError: dbfs:/none.py: there is no such file"),
        ({"path": "s3://bucket/x.py"}, "UnsupportedError: s3://bucket/x.py: s3: paths are not supported"),
        ({"path": "https://host/x.py"}, "UnsupportedError: https://host/x.py: https: paths"),
        ({"path": "abfss://c@a/x.py"}, "UnsupportedError: abfss://c@a/x.py: abfss: paths"),
        ({"path": "/Volumes/a/b/x.py"}, "FileNotFoundError: /Volumes/a/b/x.py: there is no such file"),
        ({"path": "x.py"}, "UnsupportedError: x.py: relative paths need a git_source"),
        (
            {"path": "../../secrets/server_dsn", "root": "{checkout}"},
            "FileNotFoundError: ../../secrets/server_dsn: the path leads",
        ),
        ({"path": "/Users/me/x.py"}, "NotebookNotFound: /Users/me/x.py: this run has no DATABRICKS_HOST"),
        ({"path": "dbfs:/../../secrets/server_dsn"}, "FileNotFoundError: dbfs:/../../secrets"),
    ],
)
def test_a_file_that_cannot_be_had_is_named(zygote, checkout, program, error):
    program = {name: value.format(checkout=checkout) for name, value in program.items()}
    finished = zygote.program("spark_python", **program)
    assert finished.state == "FAILED" and finished.error.startswith(error), finished.error


def test_a_workspace_file_that_did_not_come_along_is_read_over_the_api(zygote, workspace):
    objects, environ = workspace
    objects["/Users/me/latin.py"] = ("# -*- coding: utf-8 -*-\nprint('über', __file__)", "py")
    logs = zygote.program("spark_python", path="/Users/me/latin.py", environ=environ).ok().logs
    assert logs.startswith("über /") and logs.endswith("/Users/me/latin.py\n")
    missing = zygote.program("spark_python", path="/Users/me/none.py", environ=environ)
    assert missing.error == "NotebookNotFound: /Users/me/none.py: Path (/Users/me/none.py) doesn't exist."


def test_a_notebook_that_did_not_come_along_is_read_over_the_api(zygote, workspace):
    objects, environ = workspace
    objects["/Users/me/late"] = ("# Databricks notebook source\ndbutils.notebook.exit('came late')", "py")
    assert zygote.run(None, path="/Users/me/late", environ=environ).ok().result == "came late"


def test_a_folder_of_the_workspace_is_copied_whole(workspace, tmp_path, monkeypatch):
    objects, environ = workspace
    for path, entry in {
        "/Users/me/shop/dbt_project.yml": ("name: shop", "yml"),
        "/Users/me/shop/models/deep/total.sql": ("select 1", "sql"),
        "/Users/me/shop/models/notebook": ("-- Databricks notebook source\nselect 2", "sql"),
    }.items():
        objects[path] = entry
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    workspace_files.copy_folder("/Users/me/shop", str(tmp_path / "copy"))
    copied = {str(path.relative_to(tmp_path / "copy")): path.read_text() for path in tmp_path.rglob("*.*")}
    assert copied == {
        "dbt_project.yml": "name: shop",
        "models/deep/total.sql": "select 1",
        "models/notebook.sql": "-- Databricks notebook source\nselect 2",
    }
    monkeypatch.setattr(workspace_files, "MOST_FILES", 2)
    with pytest.raises(UnsupportedError, match="/Users/me/shop: a project may have 2 files"):
        workspace_files.copy_folder("/Users/me/shop", str(tmp_path / "again"))


@pytest.mark.parametrize(
    ("source", "error"),
    [
        ("raise ValueError('nö')", "ValueError: nö"),
        ("import sys\nsys.exit(0)", "SystemExit: 0"),
        ("raise SystemExit", "SystemExit: None"),
        ("exit('bad input')", "SystemExit: bad input"),
        ("def f(:", "SyntaxError: invalid syntax (jöb.py, line 1)"),
        ("import no_such_module", "ModuleNotFoundError: No module named 'no_such_module'"),
        ("raise KeyboardInterrupt", "KeyboardInterrupt"),
    ],
)
def test_a_python_file_that_raises_fails(zygote, source, error):
    finished = python(zygote, f"print('before')\n{source}" if "def" not in source else source)
    assert (finished.state, finished.error) == ("FAILED", error)
    assert finished.logs == ("before\n" if "def" not in source else "")


def test_a_trace_has_the_users_lines_and_no_others(zygote):
    finished = python(zygote, "def divide(a):\n    return a / 0\n\n\ndivide(3)\n")
    assert finished.error_trace.startswith("Traceback (most recent call last):\n")
    assert "line 5, in <module>\n    divide(3)" in finished.error_trace and "return a / 0" in finished.error_trace
    assert "stoker_kernel" not in finished.error_trace and finished.error_trace.endswith("division by zero")


def test_logs_are_in_the_order_written(zygote):
    finished = python(
        zygote,
        "import os, subprocess, sys\n"
        "print('1 out')\nprint('2 err', file=sys.stderr)\n"
        "subprocess.run(['bash', '-c', 'for i in 3 5 7; do echo $i out; echo $((i+1)) err >&2; done'])\n"
        "os.write(2, b'9 err\\n')\nsys.stdout.buffer.write('10 öut\\n'.encode())\n",
    ).ok()
    assert finished.logs == "1 out\n2 err\n3 out\n4 err\n5 out\n6 err\n7 out\n8 err\n9 err\n10 öut\n"


def test_of_long_logs_the_end_is_kept(zygote):
    finished = python(
        zygote,
        "import subprocess\nprint('first')\n"
        "for n in range(300_000):\n    print(f'{n:07} ' + 'é' * 20)\n"
        "subprocess.run(['bash', '-c', 'head -c 3000000 /dev/zero | tr \"\\\\0\" x; echo; echo the last'])\n",
    ).ok()
    assert finished.logs_truncated is True
    assert LIMIT_BYTES - 4 < len(finished.logs.encode()) <= LIMIT_BYTES
    assert "first" not in finished.logs and finished.logs.endswith("x\nthe last\n") and "0299999 éé" in finished.logs


def test_the_token_is_not_in_logs_errors_and_traces(zygote):
    finished = python(
        zygote,
        "import os\nprint(os.environ['DATABRICKS_TOKEN'])\nraise ValueError(os.environ['DATABRICKS_TOKEN'])",
        environ={"DATABRICKS_TOKEN": "dapi-secret"},
    )
    assert finished.logs == "[REDACTED]\n" and finished.error == "ValueError: [REDACTED]"
    assert "dapi-secret" not in finished.error_trace


def test_a_log_that_is_cut_within_a_token_does_not_begin_with_its_rest(zygote):
    token = "".join(f"{n:04}" for n in range(100)) + "x"  # its length does not divide what is kept
    source = f"import os\nfor n in range({30_000}): print(os.environ['DATABRICKS_TOKEN'], end='')\n"
    finished = python(zygote, source, environ={"DATABRICKS_TOKEN": token}).ok()
    assert finished.logs_truncated is True and finished.logs.endswith("[REDACTED]")
    assert "099x" not in finished.logs


def test_nothing_heavy_is_imported_for_a_python_file(zygote):
    heavy = {"pandas", "numpy", "mlflow", "py4j", "yaml", "matplotlib"}
    assert python(zygote, f"import sys\nprint(sorted({heavy} & set(sys.modules)))").ok().logs == "[]\n"


def test_a_kernel_says_what_a_python_file_used(zygote):
    finished = python(zygote, "import numpy\nprint(numpy.ones(2).sum())").ok()
    assert finished.used["modules"] == ["numpy"] and finished.used["spark"] is False


def test_classes_of_main_can_be_pickled_and_spawned(zygote):
    finished = python(
        zygote,
        "import multiprocessing, pickle\n"
        "class Thing:\n    value = 3\n"
        "def work(n):\n    return n * Thing.value\n"
        "if __name__ == '__main__':\n"
        "    print(pickle.loads(pickle.dumps(Thing())).value)\n"
        "    with multiprocessing.get_context('spawn').Pool(1) as pool:\n        print(pool.map(work, [2]))\n",
    ).ok()
    assert finished.logs == "3\n[6]\n"


def cancelled(zygote, ready: str, kind: str, **program):
    """Starts a program, cancels it as the worker does once it has made the file `ready`, and gives its end."""
    kernel = zygote.kernel()
    pipe = kernel.folder / ready
    os.mkfifo(pipe)
    kernel.start_program(kind, **program)
    pipe.read_text()
    os.killpg(kernel.pid, signal.SIGTERM)
    finished = kernel.finished()
    assert kernel.exited() == 0
    return finished


def test_a_cancelled_python_file_runs_its_finally(zygote):
    finished = cancelled(
        zygote,
        "ready",
        "spark_python",
        path="/x.py",
        content="import time\ntry:\n    open('ready', 'w').write('1')\n    time.sleep(1000)\n"
        "finally:\n    print('tidied up')",
    )
    assert finished.state == "FAILED" and finished.error == "RunCancelled: the run was cancelled"
    assert finished.logs == "tidied up\n"


def test_a_cancelled_command_may_tidy_up(zygote):
    script = "trap 'echo tidied up; exit 1' TERM; echo begun; echo 1 > ready; while :; do read -t 1 < /dev/zero; done"
    finished = cancelled(zygote, "ready", "shell_command", command=["bash", "-c", script])
    assert finished.error == "RunCancelled: the run was cancelled"
    assert finished.logs == "begun\ntidied up\n"


# -- commands


def test_a_command_runs_as_it_stands_in_the_runs_folder(zygote):
    finished = zygote.program(
        "shell_command",
        command=["printf", "%s|", "a b", "", "$HOME", "ü"],
    ).ok()
    assert finished.logs == "a b||$HOME|ü|"
    finished = zygote.program(
        "shell_command", command=["bash", "-c", 'echo "$X $(pwd)" > f; cat f'], env_vars={"X": "1"}
    )
    assert finished.ok().logs.startswith("1 /") and "/runs/" in finished.logs


def test_a_command_does_not_take_itself_to_be_in_a_notebook(zygote):
    command = ["bash", "-c", "echo ${DATABRICKS_RUNTIME_VERSION-unset}"]
    environ = {"DATABRICKS_RUNTIME_VERSION": "15.4"}
    assert zygote.program("shell_command", command=command, environ=environ).ok().logs == "unset\n"


def test_variables_of_the_run_stay(zygote):
    finished = zygote.program(
        "shell_command",
        command=["bash", "-c", "echo $DATABRICKS_HOST $MLFLOW_TRACKING_URI $STOKER_DBFS_ROOT"],
        env_vars={"DATABRICKS_HOST": "evil", "STOKER_DBFS_ROOT": "/", "MLFLOW_TRACKING_URI": "databricks"},
        environ={"DATABRICKS_HOST": "http://h", "MLFLOW_TRACKING_URI": "http://h"},
    ).ok()
    *notes, line = finished.logs.splitlines()
    assert line.startswith("http://h databricks /") and len(notes) == 2 and "DATABRICKS_HOST" in notes[0]


@pytest.mark.parametrize(
    ("command", "error"),
    [
        (["bash", "-c", "exit 3"], "CommandFailed: bash exited with status 3"),
        (["bash", "-c", "kill -SEGV $$"], "CommandFailed: bash was ended by signal: Segmentation fault"),
        (["no-such-program"], "FileNotFoundError: [Errno 2] No such file or directory: 'no-such-program'"),
    ],
)
def test_a_command_that_fails_is_told(zygote, command, error):
    finished = zygote.program("shell_command", command=command)
    assert (finished.state, finished.error) == ("FAILED", error)


def test_what_a_command_leaves_behind_ends_with_the_run(zygote):
    finished = zygote.program("shell_command", command=["bash", "-c", "setsid sleep 1000 & echo $!"]).ok()
    assert not Path(f"/proc/{finished.logs.strip()}").exists()


SYSTEM_PATH = {"PATH": "/usr/bin:/bin"}


def test_the_machines_programs_come_first_and_a_pyenv_last(zygote):
    script = "pyenv install --list; pyenv root; echo $PATH"
    finished = zygote.program("shell_command", command=["bash", "-c", script], env_vars=SYSTEM_PATH).ok()
    assert finished.logs.startswith("Available versions:\n  3.") and "\n/usr/bin:/bin:/" in finished.logs


def test_pyenvs_python_makes_environments_that_see_the_tasks_packages(zygote):
    script = """set -e
    version=$(pyenv install --list | tail -1 | tr -d ' ')
    PYENV_ROOT=$PWD/pyenv pyenv install --skip-existing $version
    $PWD/pyenv/versions/$version/bin/python -m venv $PWD/made
    source made/bin/activate
    python -c 'import IPython, sys; print(sys.prefix != sys.base_prefix, sys.prefix.endswith("/made"))'
    pyenv install --skip-existing 2.7.18"""
    finished = zygote.program("shell_command", command=["bash", "-c", script], env_vars=SYSTEM_PATH)
    assert finished.logs.splitlines()[0] == "True True"
    assert "Python 2.7.18 is not here" in finished.logs and finished.state == "FAILED"


def test_an_unknown_kind_is_named(zygote):
    assert (
        zygote.program("teleport").error == "UnsupportedError: this worker does not know programs of the kind teleport"
    )
