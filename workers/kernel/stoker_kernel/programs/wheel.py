"""`python_wheel_task`: an entry point of an installed package, called in this process without arguments."""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable
from typing import Any

from stoker_kernel.programs.place import Place


def run(program: dict[str, Any], place: Place) -> None:
    """Calls the entry point, which finds its arguments in `sys.argv`; what it returns is nobody's."""
    package, entry_point = program["package_name"], program["entry_point"]
    place.main_module([package, *program.get("parameters", [])])
    _function(package, entry_point)()


def _function(package: str, entry_point: str) -> Callable[[], Any]:
    """By the distribution's metadata, in whatever group; else the package's attribute of that name. Raises
    ModuleNotFoundError, or AttributeError, when it has neither."""
    # Most runs never ask, and its e-mail parser is large.
    from importlib import metadata

    try:
        declared = metadata.distribution(package).entry_points.select(name=entry_point)
    except metadata.PackageNotFoundError:
        declared = ()
    # A name in several groups is a script in one of them.
    for point in sorted(declared, key=lambda point: point.group != "console_scripts"):
        return point.load()
    return _attribute(package, entry_point)


def _attribute(package: str, name: str) -> Any:
    module = re.sub(r"[-.]+", "_", package)
    try:
        value: Any = importlib.import_module(module)
    except ModuleNotFoundError as error:
        if error.name != module:
            raise
        message = f"package {package} is not installed: add its wheel to the task's libraries"
        raise ModuleNotFoundError(message) from None
    try:
        for part in name.split("."):
            value = getattr(value, part)
    except AttributeError:
        raise AttributeError(f"package {package} has no entry point {name}") from None
    return value
