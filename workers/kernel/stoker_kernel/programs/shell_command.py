"""`shell_command_task`: a command as it stands, no shell in between. It is what `mlflow run -b databricks` sends."""

from __future__ import annotations

import os
import sys
from typing import Any

from stoker_kernel.programs import child
from stoker_kernel.programs.place import Place

#: Who the run is, to the server.
_OF_THE_RUN = frozenset({"DATABRICKS_HOST", "DATABRICKS_TOKEN", "MLFLOW_TRACKING_TOKEN"})


def run(program: dict[str, Any], place: Place) -> None:
    """Runs the command in the run's folder, with the task's variables."""
    environ = dict(os.environ)
    # `mlflow run` would take itself to be in a notebook, and start a JVM to ask for its id.
    environ.pop("DATABRICKS_RUNTIME_VERSION", None)
    for name, value in program.get("env_vars", {}).items():
        if name in _OF_THE_RUN or name.startswith("STOKER_"):
            print(f"env_vars.{name} is not set: it is the run's own", file=sys.stderr)
        else:
            environ[name] = value
    environ["PATH"] = os.pathsep.join(filter(None, [environ.get("PATH"), _own_programs(place)]))
    child.run(program["command"], environ)


def _own_programs(place: Place) -> str:
    """A folder for the end of PATH: MLflow makes environments for projects by pyenv, and few machines have one."""
    folder = place.scratch("bin")
    path = os.path.join(folder, "pyenv")
    with open(path, "w", encoding="utf-8") as file:
        file.write(f'#!/bin/sh\nexec "{sys.executable}" -P -m stoker_kernel.programs.pyenv "$@"\n')
    os.chmod(path, 0o700)
    return folder
