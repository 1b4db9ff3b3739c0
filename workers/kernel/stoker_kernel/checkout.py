"""A run's checkout of a Git repository: a read-only folder, which notebooks see as a folder of the workspace."""

from __future__ import annotations

import os
import posixpath
import sys

from stoker_kernel.errors import NotebookNotFound
from stoker_kernel.notebook_format import Notebook, parse

#: Variables of a run with a checkout: where its modules are, which are not those of the environment, and its own
#: folder. Spark starts Python workers for each set of them, so that none keeps the modules of another commit.
MODULE_PATH = "STOKER_MODULE_PATH"
RUN_FOLDER = "STOKER_RUN_FOLDER"

#: What a path may leave away, and the language it stands for.
_LANGUAGES = {".py": "python", ".ipynb": "python", ".sql": "sql", ".scala": "scala", ".r": "r", ".R": "r"}


def enter(root: str, folder: str, run_folder: str, place: int) -> None:
    """Makes a folder of the checkout at `root` the working folder, and both places of modules, here and in the Python
    tasks of Spark: the folder is number `place` on the path."""
    os.chdir(folder)
    os.environ[MODULE_PATH] = os.pathsep.join((folder, root))
    os.environ[RUN_FOLDER] = f"{run_folder}/"
    sys.path.insert(place, folder)
    # Last: a folder of the repository may have the name of a package.
    sys.path.append(root)


class Checkout:
    """The files of one commit."""

    def __init__(self, path: str, folder: str) -> None:
        """`path` in the workspace stands for `folder`."""
        self.path, self.folder = path, folder

    def holds(self, path: str) -> bool:
        """Whether an absolute path leads into the checkout."""
        return path.startswith(f"{self.path}/")

    def load(self, path: str) -> Notebook:
        """The notebook at such a path, with or without its extension; raises NotebookNotFound."""
        place = self._place(path)
        for extension in ("", *_LANGUAGES):
            file = place + extension
            if os.path.isfile(file):
                try:
                    with open(file, encoding="utf-8", errors="replace") as stream:
                        content = stream.read()
                except OSError as error:
                    raise NotebookNotFound(f"{path}: {error.strerror}") from None
                extension = os.path.splitext(file)[1]
                return parse(content, "JUPYTER" if extension == ".ipynb" else "SOURCE", _LANGUAGES.get(extension))
        raise NotebookNotFound(f"{path}: there is no such notebook in the checkout")

    def enter(self, notebook_path: str, run_folder: str) -> None:
        """Makes the notebook's folder the working folder, and it and the repository places of modules."""
        # Behind "", the working folder, which the notebook may change.
        enter(self.folder, os.path.dirname(self._place(notebook_path)), run_folder, 1)

    def _place(self, path: str) -> str:
        return posixpath.join(self.folder, posixpath.relpath(path, self.path))
