"""Modules that lie beside a notebook in the workspace."""

from __future__ import annotations

import pytest
from test_shared import cells, kept, run_and_stay  # noqa: F401


@pytest.fixture
def modules(workspace):
    """Two modules and a package beside `/Users/me/...`, and the environment that leads to them."""
    objects, environ = workspace
    objects["/Users/me/prices.py"] = ("from shop import tax\n\ndef gross(net):\n    return net + tax.of(net)\n", "py")
    objects["/Users/me/shop/__init__.py"] = ("", "py")
    objects["/Users/me/shop/tax.py"] = ("from . import rates\n\ndef of(net):\n    return net * rates.RATE\n", "py")
    objects["/Users/me/shop/rates.py"] = ("RATE = 0.5\n", "py")
    objects["/Users/me/json.py"] = ("raise AssertionError('it must not stand before the library')", "py")
    objects["/Users/other/far.py"] = ("WHERE = 'far'", "py")
    return objects, environ


def test_modules_and_packages_beside_the_notebook_are_imported(zygote, modules):
    source = cells("import json, prices, shop.rates", "dbutils.notebook.exit([prices.gross(10), shop.rates.RATE])")
    assert zygote.run(source, environ=modules[1]).ok().result == "[15.0, 0.5]"


def test_another_folder_is_a_place_of_modules_when_the_path_says_so(zygote, modules):
    source = cells("import sys\nsys.path.append('/Workspace/Users/other')", "import far\ndbutils.notebook.exit(far.WHERE)")
    assert zygote.run(source, environ=modules[1]).ok().result == "far"
    assert zygote.run("import far", environ=modules[1]).error == "ModuleNotFoundError: No module named 'far'"


def test_beneath_repos_modules_of_the_repository_are_imported(zygote, modules):
    objects, environ = modules
    objects["/Repos/me/shop/jobs/near.py"] = ("WHERE = 'near'", "py")
    objects["/Repos/me/shop/library/__init__.py"] = ("WHERE = 'library'", "py")
    source = cells("import sys, library, near", "dbutils.notebook.exit([library.WHERE, near.WHERE, sys.path[-2:]])")
    finished = zygote.run(source, environ=environ, path="/Repos/me/shop/jobs/main").ok()
    assert finished.result == "['library', 'near', ['/Workspace/Repos/me/shop/jobs', '/Workspace/Repos/me/shop']]"


def test_a_run_of_a_git_checkout_has_such_folders_too(zygote, modules, data_folder):
    folder = data_folder / "checkouts" / "modules"
    folder.mkdir(parents=True)
    (folder / "near.py").write_text("WHERE = 'near'")
    source = cells("import sys\nsys.path.append('/Workspace/Users/other')", "import far, near\ndbutils.notebook.exit([far.WHERE, near.WHERE])")
    place = "/Repos/.internal/host/team/modules"
    finished = zygote.run(source, environ=modules[1], checkout={"path": place, "folder": str(folder)}, path=f"{place}/main")
    assert finished.ok().result == "['far', 'near']"


def test_what_is_nowhere_is_not_found_and_a_notebook_is_no_module(zygote, modules):
    objects, environ = modules
    objects["/Users/me/notes"] = ("# Databricks notebook source\n1", "py")
    for name in ("nowhere", "notes"):
        assert zygote.run(f"import {name}", environ=environ).error == f"ModuleNotFoundError: No module named '{name}'"


def test_without_a_server_nothing_is_there(zygote):
    assert zygote.run("import prices").error == "ModuleNotFoundError: No module named 'prices'"


def test_the_next_run_of_a_process_imports_what_is_there_then(kept, modules):  # noqa: F811
    objects, environ = modules
    source = cells("import shop.rates", "dbutils.notebook.exit(shop.rates.RATE)")
    assert run_and_stay(kept, source, environ=environ).result == "0.5"
    objects["/Users/me/shop/rates.py"] = ("RATE = 0.7\n", "py")
    assert run_and_stay(kept, source, environ=environ).result == "0.7"


def test_paths_are_made_plain_and_a_server_that_is_away_has_no_modules(zygote, modules):
    objects, environ = modules
    objects["/Users/me/gone.py"] = ("", "py")
    source = cells("import sys\nsys.path.append('/Workspace/Users/me/../other')", "import far\nprint(far.__file__)")
    assert "/workspace/Users/other/far.py" in zygote.run(source, environ=environ).ok().text
    broken = environ | {"DATABRICKS_HOST": "http://127.0.0.1:9"}
    assert zygote.run("import gone", environ=broken).error == "ModuleNotFoundError: No module named 'gone'"


def test_a_package_is_copied_once(zygote, modules):
    source = cells(
        "import shop.tax, sys, importlib, os\nplace = os.path.dirname(shop.tax.__file__)\nopen(place + '/kept', 'w').close()",
        "del sys.modules['shop']\nsys.path.append('/nowhere')\nimport shop\nos.stat(place + '/kept')",
    )
    zygote.run(source, environ=modules[1]).ok()


def test_what_cannot_be_read_fails_as_an_import(zygote, modules):
    source = cells(
        "from stoker_kernel import workspace_files\nworkspace_files.read = lambda path: 1 / 0",
        "try:\n    import prices\nexcept ImportError as error:\n    dbutils.notebook.exit(str(error))",
    )
    said = "/Users/me/prices of the workspace could not be read: division by zero"
    assert zygote.run(source, environ=modules[1]).ok().result == said
