"""Tasks that call an entry point of an installed package."""

from __future__ import annotations

import pytest
from conftest import PACKAGE_ROOT, lean_zygote

@pytest.fixture(scope="module")
def packages(data_folder) -> str:
    """A folder with an installed distribution, for PYTHONPATH."""
    folder = data_folder / "storage" / "dbfs" / "packages"
    (folder / "my_tool").mkdir(parents=True)
    (folder / "my_tool" / "__init__.py").write_text(
        "import sys\n"
        "def main():\n    print('main', sys.argv)\n    return 7\n"
        "def other():\n    print('other', sys.argv)\n"
        "class deep:\n    @staticmethod\n    def inner():\n        print('inner')\n"
        "def leave():\n    sys.exit(0)\n"
    )
    info = folder / "my_tool-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: my-tool\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[console_scripts]\nrun = my_tool:main\n[jobs]\nnightly = my_tool:other\n")
    return str(folder)


@pytest.fixture(scope="module")
def wheel_zygote(data_folder, packages):
    with lean_zygote(data_folder, PYTHONPATH=f"{PACKAGE_ROOT}:{packages}") as peer:
        yield peer


@pytest.mark.parametrize(
    ("package", "entry_point", "logs"),
    [
        ("my-tool", "run", "main ['my-tool', '--x', 'ü']\n"),
        ("my_tool", "run", "main ['my_tool', '--x', 'ü']\n"),
        ("my-tool", "nightly", "other ['my-tool', '--x', 'ü']\n"),
        ("my_tool", "other", "other ['my_tool', '--x', 'ü']\n"),
        ("my-tool", "deep.inner", "inner\n"),
    ],
)
def test_an_entry_point_is_called(wheel_zygote, package, entry_point, logs):
    finished = wheel_zygote.program(
        "python_wheel", package_name=package, entry_point=entry_point, parameters=["--x", "ü"]
    ).ok()
    assert finished.logs == logs


@pytest.mark.parametrize(
    ("package", "entry_point", "error"),
    [
        ("my_tool", "missing", "AttributeError: package my_tool has no entry point missing"),
        (
            "absent",
            "run",
            "ModuleNotFoundError: package absent is not installed: add its wheel to the task's libraries",
        ),
        ("my_tool", "leave", "SystemExit: 0"),
    ],
)
def test_an_entry_point_that_fails_is_named(wheel_zygote, package, entry_point, error):
    finished = wheel_zygote.program("python_wheel", package_name=package, entry_point=entry_point)
    assert (finished.state, finished.error) == ("FAILED", error)
