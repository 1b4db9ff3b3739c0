"""Cell magics."""

from __future__ import annotations

import zipfile

import pytest
from stoker_kernel.magics import of_cell, run_arguments, with_percent
from stoker_kernel.sql_cells import split_statements, with_widgets

HEADER = "# Databricks notebook source\n"
CELL = "\n# COMMAND ----------\n"


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("%sh ls\nrm", ("sh", "ls", "rm")),
        ("\n%md text", ("md", "text", "")),
        ("%sql\nselect 1", ("sql", "", "select 1")),
        ("%shell", ("python", "", "%shell")),
        ("x\n%sh", ("python", "", "x\n%sh")),
        ("%%sh\nls", ("sh", "", "ls")),
        ("%time x", ("python", "", "%time x")),
    ],
)
def test_first_lines(source, expected):
    assert tuple(of_cell(source, "python")) == expected


def test_cells_of_a_sql_notebook():
    assert of_cell("select 1", "sql").name == "sql"
    assert of_cell("%python\n1", "sql") == of_cell("%py\n1", "sql") == ("python", "", "1")


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ('./a $k="v w" $n=5', ("./a", {"k": "v w", "n": "5"})),
        ("/x/y z", ("/x/y z", {})),
        ("'./q'", ("./q", {})),
        ('./a $k="a \\"b\\""', ("./a", {"k": 'a "b"'})),
    ],
)
def test_run_lines(line, expected):
    assert run_arguments(line) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("select 1; select 2", ["select 1", "select 2"]),
        ("select ';' -- a;b\n;", ["select ';' -- a;b"]),
        ("-- only\n/* ; */", []),
        ('select `a;b`, "c;d";;', ['select `a;b`, "c;d"']),
        ("select 1 - 2 / 3", ["select 1 - 2 / 3"]),
    ],
)
def test_sql_statements(text, expected):
    assert split_statements(text) == expected


def test_widgets_in_sql():
    assert with_widgets("select '${a}', ${b}", {"a": "x"}) == "select 'x', ${b}"


@pytest.mark.parametrize("argument", ["getArgument('a')", 'getArgument( "a" )', "GETARGUMENT('a')"])
def test_legacy_arguments_in_sql(argument):
    assert with_widgets(f"select {argument}, getArgument('b')", {"a": "it's"}) == r"select 'it\'s', getArgument('b')"


@pytest.mark.parametrize("kept", ["'say getArgument(\"a\")'", "\"getArgument('a')\"", "1 -- getArgument('a')", "/* getArgument('a') */ 1"])
def test_legacy_arguments_in_quotes_and_comments_are_none(kept):
    assert with_widgets(f"select {kept}", {"a": "x"}) == f"select {kept}"


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("pip install x", "%pip install x"),
        ("\n# of the tests\npip3  install -r a.txt\nimport x", "\n# of the tests\n%pip  install -r a.txt\nimport x"),
        ("%pip install x", "%pip install x"),
        ("pip = 1", "pip = 1"),
        ('x = """\npip install y"""', 'x = """\npip install y"""'),
    ],
)
def test_pip_at_the_beginning_of_a_cell_is_the_magic(written, meant):
    assert with_percent(written) == meant


def test_shell_cells(zygote):
    finished = zygote.run(
        HEADER
        + CELL.join(
            [
                "# MAGIC %sh\n# MAGIC echo out\n# MAGIC echo err >&2\n# MAGIC false\n# MAGIC pwd",
                "# MAGIC %sh echo line",
                "!echo bang",
                "files = !echo listed\nprint(files)",
            ]
        )
    ).ok()
    assert "out\n" in finished.text and "err\n" in finished.text and "line\n" in finished.text
    assert "bang\n" in finished.text and "['listed']" in finished.text and "/runs/k" in finished.text


def test_shell_cells_with_e_fail(zygote):
    finished = zygote.run("%sh -e\necho first\nfalse\necho second")
    assert finished.error == "CommandFailed: the shell script ended with status 1"
    assert finished.text == "first\n"


@pytest.mark.parametrize("name", ["scala", "r"])
def test_languages_there_are_not(zygote, name):
    finished = zygote.run(f"%{name}\nx")
    assert (
        finished.error
        == f"UnsupportedError: %{name} cells are not supported: this server runs Python, SQL and shell cells"
    )
    assert finished.error_trace


def test_python_cells_of_a_sql_notebook_run(zygote):
    finished = zygote.run(
        "-- Databricks notebook source\n-- MAGIC %python\n-- MAGIC dbutils.notebook.exit('py')", language="SQL"
    )
    assert finished.ok().result == "py"


def test_fs_cells(zygote):
    finished = zygote.run(
        HEADER
        + CELL.join(
            [
                "# MAGIC %fs mkdirs /m",
                "# MAGIC %fs put /m/f 'a b'",
                "# MAGIC %fs head /m/f",
                "# MAGIC %fs ls /m",
                "# MAGIC %fs ls",
                "# MAGIC %fs rm -r /m",
            ]
        )
    ).ok()
    assert "a b" in finished.text
    shown = [cell["outputs"][0]["data"]["text/html"] for cell in finished.cells[3:5]]
    assert "dbfs:/m/f" in shown[0] and "dbfs:/m/<" in shown[1]
    assert zygote.run("%fs frobnicate").error.startswith("UnsupportedError: %fs frobnicate")


def test_run_inlines_the_other_notebook(zygote, workspace):
    notebooks, environ = workspace
    notebooks["/Users/me/lib/defs"] = (
        HEADER
        + CELL.join(
            [
                "def double(x):\n    return 2 * x\nprint('included')",
                "# MAGIC %md text",
                "# MAGIC %run ./deeper",
                "name = dbutils.widgets.get('who')",
            ]
        ),
        "py",
    )
    notebooks["/Users/me/lib/deeper"] = (HEADER + "deep = double(21)", "py")
    finished = zygote.run(
        HEADER + CELL.join(['# MAGIC %run ./lib/defs $who="a b"', "dbutils.notebook.exit(f'{deep} {name}')"]),
        environ=environ,
    ).ok()
    assert finished.result == "42 a b" and finished.text == "included\n"
    assert len(finished.cells) == 2


def test_run_stops_at_an_error_of_the_other_notebook(zygote, workspace):
    notebooks, environ = workspace
    notebooks["/Users/me/broken"] = (
        HEADER + CELL.join(["before = 1", "raise ValueError('inside')", "print('skipped')"]),
        "py",
    )
    finished = zygote.run(HEADER + CELL.join(["# MAGIC %run ./broken", "print('skipped too')"]), environ=environ)
    assert finished.error == "ValueError: inside" and "skipped" not in finished.text
    assert "raise ValueError('inside')" in finished.error_trace
    assert [output["output_type"] for output in finished.cells[0]["outputs"]] == ["error"]


def test_exit_in_an_included_notebook_ends_the_run(zygote, workspace):
    notebooks, environ = workspace
    notebooks["/Users/me/leaver"] = (HEADER + "dbutils.notebook.exit('from inside')", "py")
    assert (
        zygote.run(HEADER + CELL.join(["# MAGIC %run /Users/me/leaver", "1/0"]), environ=environ).ok().result
        == "from inside"
    )


def test_run_of_what_is_not_there_names_it(zygote, workspace):
    _, environ = workspace
    finished = zygote.run("%run ./nothing", environ=environ)
    assert finished.error == "NotebookNotFound: /Users/me/nothing: Path (/Users/me/nothing) doesn't exist."


@pytest.mark.parametrize("source", ["%run ./x\nprint(1)", "print(1)\n%run ./x"])
def test_run_must_be_alone(zygote, source):
    finished = zygote.run(source)
    assert finished.error == "UnsupportedError: %run must be alone in its cell"


def test_a_notebook_that_includes_itself_fails(zygote, workspace):
    notebooks, environ = workspace
    notebooks["/Users/me/self"] = (HEADER + "# MAGIC %run ./self", "py")
    assert zygote.run("%run ./self", environ=environ).error.startswith("RecursionError: ")


def make_wheel(folder, name, body):
    """A wheel with one module."""
    path = folder / f"{name}-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as wheel:
        wheel.writestr(f"{name}.py", body)
        wheel.writestr(f"{name}-1.0.dist-info/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        wheel.writestr(
            f"{name}-1.0.dist-info/WHEEL",
            "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        )
        wheel.writestr(f"{name}-1.0.dist-info/RECORD", "")
    return path


def test_pip_installs_for_this_run_only(zygote):
    kernel = zygote.kernel()
    make_wheel(kernel.folder, "tiny_thing", "value = 'tiny'")
    finished = kernel.run(
        HEADER
        + CELL.join(
            [
                "# MAGIC %pip install --no-index ./tiny_thing-1.0-py3-none-any.whl",
                "import tiny_thing, subprocess, sys\n"
                "command = [sys.executable, '-c', 'import tiny_thing; print(tiny_thing.value)']\n"
                "outside = subprocess.run(command, capture_output=True, text=True).stdout\n"
                "dbutils.notebook.exit(tiny_thing.value + outside.strip())",
            ]
        )
    ).ok()
    assert finished.result == "tinytiny"
    kernel.exited()
    assert zygote.run("import tiny_thing").error.startswith("ModuleNotFoundError")


def test_a_newer_version_takes_the_place_of_one_already_imported(zygote):
    kernel = zygote.kernel()
    make_wheel(kernel.folder, "colorsys", "value = 'mine'")
    finished = kernel.run(
        HEADER
        + CELL.join(
            [
                "import colorsys",
                "# comment first\n%pip install --no-index ./colorsys-1.0-py3-none-any.whl",
                "dbutils.library.restartPython()",
                "import colorsys\ndbutils.notebook.exit(colorsys.value)",
            ]
        )
    ).ok()
    assert finished.result == "mine"


def test_pip_failures_name_the_package(zygote):
    finished = zygote.run("%pip install --no-index no-such-package-anywhere")
    assert finished.error.startswith("InstallFailed: %pip install no-such-package-anywhere failed")
    assert zygote.run("%pip uninstall x").error.startswith("UnsupportedError: %pip uninstall")


@pytest.mark.parametrize("written", ["-r ../me/needed.txt", "--requirement=/Workspace/Users/me/needed.txt"])
def test_pip_reads_files_of_the_workspace(zygote, workspace, written):
    objects, environ = workspace
    kernel = zygote.kernel()
    wheel = make_wheel(kernel.folder, "tiny_thing", "value = 'tiny'")
    objects["/Users/me/needed.txt"] = (f"--no-index\n{wheel}\n", "txt")
    cells = [f"pip install {written}", "import tiny_thing\ndbutils.notebook.exit(tiny_thing.value)"]
    assert kernel.run(HEADER + CELL.join(cells), environ=environ).ok().result == "tiny"
    kernel.exited()
    missing = zygote.run("%pip install --no-index -r ./nowhere.txt", environ=environ)
    assert missing.error.startswith("InstallFailed: %pip install ./nowhere.txt failed")
