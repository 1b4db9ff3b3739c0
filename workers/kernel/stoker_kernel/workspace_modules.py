"""Folders of the workspace as places of modules: `/Workspace/…` on `sys.path`, and without a word that of the notebook and,
beneath `/Repos`, that of its repository.

What is imported from one is copied into the run's own folder first, where Spark's Python workers find it too.
"""

from __future__ import annotations

import os
import posixpath
import re
import sys
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType

from stoker_kernel import workspace_files
from stoker_kernel.checkout import MODULE_PATH, RUN_FOLDER
from stoker_kernel.errors import NotebookNotFound
from stoker_kernel.workspace_api import get

_MOUNT = "/Workspace"
_REPOSITORY = re.compile(r"/Repos/[^/]+/[^/]+")  # of a user, by its name
_run_folder = ""
_places: list[str] = []  # that this module has put on sys.path
_asked: list[str] = []  # places that a finder was made for


def install() -> None:
    """Once a process, before any run."""
    if _finder_of not in sys.path_hooks:
        sys.path_hooks.insert(0, _finder_of)


def enter(run_folder: str, notebook_path: str = "") -> None:
    """For a run. The notebook's folders, unless it has a checkout, come last: what is in them may have the name of a package."""
    global _run_folder
    _run_folder = run_folder
    if run_folder and notebook_path:  # a rehearsal has no folder
        folder = posixpath.dirname(notebook_path.removeprefix(_MOUNT))
        repository = _REPOSITORY.match(folder)
        _places.append(_MOUNT + folder)
        if repository and repository.group() != folder:
            _places.append(_MOUNT + repository.group())
        sys.path.extend(_places)


def leave() -> None:
    """What the next run imports may have changed meanwhile."""
    global _run_folder
    _run_folder = ""
    while _places:
        place = _places.pop()
        if place in sys.path:
            sys.path.remove(place)
    while _asked:
        sys.path_importer_cache.pop(_asked.pop(), None)


def _finder_of(path: str) -> "_WorkspaceFolder":
    if not path.startswith(f"{_MOUNT}/") or not _run_folder:
        raise ImportError(f"{path} is no folder of the workspace")
    _asked.append(path)
    folder = posixpath.normpath(path.removeprefix(_MOUNT))  # absolute, so that no `..` is left
    return _WorkspaceFolder(folder, f"{_run_folder}/workspace{folder}".rstrip("/"))


class _WorkspaceFolder:
    """A finder for `sys.path_importer_cache`. It asks for the folder's list once, when a module is nowhere else, and copies
    each name once."""

    def __init__(self, path: str, copies: str) -> None:
        self._path, self._copies = path.rstrip("/"), copies
        self._kinds: dict[str, str] | None = None
        self._copied: set[str] = set()

    def find_spec(self, fullname: str, target: ModuleType | None = None) -> ModuleSpec | None:
        name = fullname.rpartition(".")[2]
        try:
            found = name in self._copied or self._copy(name)
        except Exception as error:  # whoever tries an import expects no other
            raise ImportError(f"{self._path}/{name} of the workspace could not be read: {error}", name=fullname) from error
        if not found:
            return None
        sys.path_importer_cache.pop(self._copies, None)  # it has looked before there was anything
        return PathFinder.find_spec(fullname, [self._copies], target)

    def _copy(self, name: str) -> bool:
        kinds = self._listed()
        is_package, is_module = kinds.get(name) == "DIRECTORY", kinds.get(f"{name}.py") == "FILE"
        if not is_package and not is_module:
            return False
        self._show_to_spark()
        if is_package:
            workspace_files.copy_folder(f"{self._path}/{name}", f"{self._copies}/{name}")
        if is_module:
            with open(f"{self._copies}/{name}.py", "wb") as file:
                file.write(workspace_files.read(f"{self._path}/{name}.py"))
        self._copied.add(name)
        return True

    def _listed(self) -> dict[str, str]:
        if self._kinds is None:
            try:
                objects = get("list", self._path or "/").get("objects", [])
            except NotebookNotFound:
                objects = []
            self._kinds = {posixpath.basename(entry["path"]): entry["object_type"] for entry in objects}
        return self._kinds

    def _show_to_spark(self) -> None:
        os.makedirs(self._copies, exist_ok=True)
        places = list(filter(None, os.environ.get(MODULE_PATH, "").split(os.pathsep)))
        if self._copies not in places:
            os.environ[MODULE_PATH] = os.pathsep.join([*places, self._copies])
            os.environ[RUN_FOLDER] = f"{_run_folder}/"
