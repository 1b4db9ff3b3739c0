"""Notebooks of the workspace, read over the API with the run's own token (it reads what its identity may read)."""

from __future__ import annotations

import base64
import posixpath

from stoker_kernel import workspace_api
from stoker_kernel.notebook_format import Notebook, parse


def resolve(path: str, notebook_path: str) -> str:
    """The absolute path of `path` as written in the notebook at `notebook_path`."""
    if path.startswith("/"):
        return posixpath.normpath(path)
    return posixpath.normpath(posixpath.join(posixpath.dirname(notebook_path or "/"), path))


def load(path: str) -> Notebook:
    """The notebook at an absolute path; raises NotebookNotFound with the path and the server's words."""
    answer = workspace_api.get("export", path, format="SOURCE")
    language = {"py": "python", "sql": "sql", "scala": "scala", "r": "r"}.get(str(answer.get("file_type")), "python")
    return parse(base64.b64decode(answer["content"]).decode("utf-8", "replace"), None, language)
