"""The files that tasks name: `dbfs:/x` and `/dbfs/x`, `/Volumes/x`, which is `dbfs:/Volumes/x`, `file:/x`, paths of the
workspace, and in a Git checkout relative ones."""

from __future__ import annotations

import os
import posixpath
import re
from typing import Any

from stoker_kernel import workspace_files
from stoker_kernel.dbutils import fs
from stoker_kernel.errors import UnsupportedError
from stoker_kernel.programs.place import Place

_SCHEME = re.compile(r"\A([A-Za-z][A-Za-z0-9+.-]*):")


def local_file(program: dict[str, Any], place: Place) -> str:
    """The file at the program's `path`, as a path of this machine. A workspace file that the frame brings along is
    written into the run's folder. Raises FileNotFoundError with the path as the task has it."""
    path = program["path"]
    if program.get("content") is not None:
        return _written(place, path, program["content"].encode("utf-8", "replace"))
    local = located(path, place, program.get("root") or "")
    if not os.path.isfile(local):
        raise FileNotFoundError(f"{path}: there is no such file")
    return local


def located(path: str, place: Place, root: str = "") -> str:
    """Where a path as tasks write it leads on this machine, if it exists; a workspace file is fetched."""
    scheme = _SCHEME.match(path)
    if scheme and scheme.group(1) not in ("dbfs", "file"):
        raise UnsupportedError(f"{path}: {scheme.group(1)}: paths are not supported; copy the file to dbfs:/")
    if path.startswith("/Volumes/"):
        return fs.local_path(f"dbfs:{path}")
    if scheme or path.startswith("/dbfs/"):
        return fs.local_path(path)
    if path.startswith("/"):
        return _written(place, path, workspace_files.read(path))
    return beneath(root, path)


def beneath(root: str, path: str) -> str:
    """A relative path in the checkout at `root`, out of which it must not lead."""
    if not root:
        raise UnsupportedError(f"{path}: relative paths need a git_source")
    local = os.path.realpath(os.path.join(root, path))
    if not f"{local}/".startswith(f"{os.path.realpath(root)}/"):
        raise FileNotFoundError(f"{path}: the path leads out of the repository")
    return local


def _written(place: Place, path: str, content: bytes) -> str:
    """A file of the workspace, under its own name: in its folder nothing else."""
    path = posixpath.normpath(path)
    local = os.path.join(place.scratch("workspace" + posixpath.dirname(path)), posixpath.basename(path))
    with open(local, "wb") as file:
        file.write(content)
    return local
