"""Notebooks of the workspace, read over the API with the run's own token (it reads what its identity may read)."""

from __future__ import annotations

import base64
import json
import os
import posixpath
from typing import Any

from stoker_kernel.errors import NotebookNotFound
from stoker_kernel.notebook_format import Notebook, parse

_TIMEOUT_SECONDS = 60


def resolve(path: str, notebook_path: str) -> str:
    """The absolute path of `path` as written in the notebook at `notebook_path`."""
    if path.startswith("/"):
        return posixpath.normpath(path)
    return posixpath.normpath(posixpath.join(posixpath.dirname(notebook_path or "/"), path))


def load(path: str) -> Notebook:
    """The notebook at an absolute path; raises NotebookNotFound with the path and the server's words."""
    # HTTP brings 6 MB of modules that most runs never need.
    import urllib.error
    import urllib.parse
    import urllib.request

    host = os.environ.get("DATABRICKS_HOST")
    if not host:
        raise NotebookNotFound(f"{path}: this run has no DATABRICKS_HOST to read it from")
    query = urllib.parse.urlencode({"path": path, "format": "SOURCE"})
    request = urllib.request.Request(
        f"{host.rstrip('/')}/api/2.0/workspace/export?{query}",
        headers={"Authorization": f"Bearer {os.environ.get('DATABRICKS_TOKEN', '')}"},
    )
    try:
        with urllib.request.urlopen(request, timeout=_TIMEOUT_SECONDS) as response:
            answer = json.load(response)
    except urllib.error.HTTPError as error:
        raise NotebookNotFound(f"{path}: {_reason(error)}") from None
    except OSError as error:
        raise NotebookNotFound(f"{path}: {error}") from None
    language = {"py": "python", "sql": "sql", "scala": "scala", "r": "r"}.get(str(answer.get("file_type")), "python")
    return parse(base64.b64decode(answer["content"]).decode("utf-8", "replace"), None, language)


def _reason(error: Any) -> str:
    try:
        return str(json.load(error).get("message") or error)
    except ValueError:
        return str(error)
