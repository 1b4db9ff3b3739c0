"""Runs of notebooks from a Git repository: `checkout` in the run frame."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest
from stoker_kernel.programs import dbt
from stoker_kernel.programs.place import Place
from test_shared import run_and_stay

HEADER = "# Databricks notebook source\n"
CELL = "\n# COMMAND ----------\n"
AT = "/Repos/.internal/host/team/etl"


@pytest.fixture
def checkout(data_folder, request):
    """Makes a checkout of the files given; what the frame says of it."""

    def make(files: dict[str, str], name: str = "c") -> dict[str, str]:
        folder = data_folder / "checkouts" / f"{request.node.name}-{name}"
        for path, content in files.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text(content)
        return {"path": AT, "folder": str(folder)}

    return make


def run(zygote, source: str, checkout: dict[str, str], notebook: str = "jobs/main"):
    """A run of the notebook at that path of the checkout."""
    return zygote.run(HEADER + source, checkout=checkout, path=f"{AT}/{notebook}")


def test_the_working_folder_is_the_notebooks_and_files_beside_it_are_read(zygote, checkout):
    place = checkout({"jobs/main.py": "", "jobs/beside.txt": "beside", "data/up.txt": "up"})
    finished = run(
        zygote,
        "import os, json\n"
        "texts = [open('beside.txt').read(), open('../data/up.txt').read()]\n"
        "dbutils.notebook.exit(json.dumps([os.getcwd(), *texts]))",
        place,
    ).ok()
    assert json.loads(finished.result) == [f"{place['folder']}/jobs", "beside", "up"]


def test_modules_of_the_folder_and_of_the_repository_are_imported(zygote, checkout):
    place = checkout(
        {
            "jobs/near.py": "value = 1",
            "library/__init__.py": "",
            "library/far.py": "import near\nvalue = near.value + 41",
            "json/__init__.py": "raise ImportError('not the standard one')",
        }
    )
    assert run(zygote, "import json, library.far\ndbutils.notebook.exit(library.far.value)", place).ok().result == "42"
    moved = "import os\nos.chdir('/')\nimport near\ndbutils.notebook.exit(near.value)"
    assert run(zygote, moved, place).ok().result == "1"


def test_nothing_of_it_can_be_changed(zygote, checkout):
    place = checkout({"jobs/main.py": "kept"})
    for attempt in ("open('new', 'w')", "open('main.py', 'a')", "__import__('os').remove('main.py')"):
        assert run(zygote, attempt, place).error.startswith("PermissionError")
    assert [path.name for path in Path(place["folder"], "jobs").iterdir()] == ["main.py"]


@pytest.mark.parametrize(
    ("file", "content", "written"),
    [
        ("jobs/other.py", HEADER + "found = 'py'", "./other"),
        ("jobs/other.py", "found = 'py'", "other.py"),
        ("lib/other.py", HEADER + "found = 'py'", "../lib/other"),
        ("lib/other.py", HEADER + "found = 'py'", f"{AT}/lib/other"),
        (
            "jobs/other.ipynb",
            json.dumps({"cells": [{"cell_type": "code", "source": "found = 'py'", "metadata": {}, "outputs": []}]}),
            "./other",
        ),
    ],
)
def test_run_includes_a_notebook_of_the_checkout(zygote, checkout, file, content, written):
    place = checkout({"jobs/main.py": "", file: content, "jobs/deep/x": ""})
    source = CELL.join([f"# MAGIC %run {written}", "dbutils.notebook.exit(found)"])
    assert run(zygote, source, place).ok().result == "py"


def test_included_notebooks_include_by_their_own_place(zygote, checkout):
    place = checkout(
        {
            "jobs/main.py": "",
            "lib/outer.py": HEADER + "# MAGIC %run ./inner",
            "lib/inner.py": HEADER + "found = 'inner'",
        }
    )
    source = CELL.join(["# MAGIC %run ../lib/outer", "dbutils.notebook.exit(found)"])
    assert run(zygote, source, place).ok().result == "inner"


def test_a_notebook_that_is_not_there_is_named(zygote, checkout):
    place = checkout({"jobs/main.py": "", "jobs/folder/x.txt": ""})
    for written, path in [("./missing", "jobs/missing"), ("./folder", "jobs/folder")]:
        finished = run(zygote, f"# MAGIC %run {written}", place)
        assert finished.error == f"NotebookNotFound: {AT}/{path}: there is no such notebook in the checkout"


def test_a_path_that_leaves_the_checkout_is_one_of_the_workspace(zygote, checkout):
    place = checkout({"jobs/main.py": ""})
    for written in ("../../outside", "/Users/me/outside"):
        error = run(zygote, f"# MAGIC %run {written}", place).error
        assert "outside: this run has no DATABRICKS_HOST" in error


def test_a_link_leads_no_further_than_the_kernel_may_read(zygote, checkout, data_folder):
    place = checkout({"jobs/main.py": ""})
    Path(place["folder"], "jobs/secret.py").symlink_to(data_folder / "secrets/server_dsn")
    assert "Permission denied" in run(zygote, "# MAGIC %run ./secret", place).error


def test_a_called_notebook_is_asked_for_by_its_path_in_the_checkout(zygote, checkout):
    place = checkout({"jobs/main.py": ""})
    kernel = zygote.kernel()
    kernel.start(
        HEADER + "dbutils.notebook.exit(dbutils.notebook.run('../lib/child', 5))",
        checkout=place,
        path=f"{AT}/jobs/main",
    )
    question = kernel.receive()
    assert (question["what"], question["path"]) == ("notebook_run", f"{AT}/lib/child")
    kernel.channel.send({"op": "answer", "id": question["id"], "ok": True, "result": "from the child"})
    assert kernel.finished().ok().result == "from the child"


def test_a_kept_process_takes_the_modules_of_the_next_commit(zygote, checkout):
    first = checkout({"jobs/main.py": "", "jobs/mod.py": "v = 1", "pack/sub.py": "v = 1"}, "first")
    second = checkout({"jobs/main.py": "", "jobs/mod.py": "v = 2", "pack/sub.py": "v = 2"}, "second")
    source = HEADER + "import mod, pack.sub, os\ndbutils.notebook.exit([mod.v, pack.sub.v])"
    kernel = zygote.kernel()
    for place, value in ((first, 1), (second, 2)):
        finished = run_and_stay(kernel, source, checkout=place, path=f"{AT}/jobs/main")
        assert finished.result == str([value, value])
    outside = run_and_stay(kernel, "import os, sys\ndbutils.notebook.exit([os.getcwd(), 'mod' in sys.modules])")
    assert outside.result == str([str(kernel.folder), False])
    kernel.channel.close()
    kernel.exited()


def test_threads_and_shell_cells_are_in_the_same_folder(zygote, checkout):
    place = checkout({"jobs/main.py": "", "jobs/beside.txt": "beside"})
    source = CELL.join(
        [
            "import threading\nseen = []\n"
            "thread = threading.Thread(target=lambda: seen.append(open('beside.txt').read()))\n"
            "thread.start()\nthread.join()",
            "# MAGIC %sh cat beside.txt",
            "dbutils.notebook.exit(seen)",
        ]
    )
    finished = run(zygote, source, place).ok()
    assert finished.result == "['beside']" and finished.text == "beside"


def test_dbt_may_write_in_its_copy_of_a_checkout(tmp_path):
    root = tmp_path / "commit"
    (root / "shop" / "models").mkdir(parents=True)
    (root / "shop" / "dbt_project.yml").write_text("name: shop")
    for place in (root / "shop" / "dbt_project.yml", root / "shop" / "models", root / "shop", root):
        place.chmod(0o555 if place.is_dir() else 0o444)
    run = Place(str(tmp_path / "run"), 1, None, None)
    project = Path(dbt._project({"project_directory": "shop", "root": str(root)}, run))
    assert (project / "dbt_project.yml").read_text() == "name: shop"
    places = (project.parent, project, project / "models", project / "dbt_project.yml")
    assert [bool(place.stat().st_mode & stat.S_IWUSR) for place in places] == [True] * 4
