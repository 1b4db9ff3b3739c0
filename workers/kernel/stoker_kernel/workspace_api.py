"""The workspace over the API, with the run's own token: it reads what the run's identity may read."""

from __future__ import annotations

import json
import os
from typing import Any

from stoker_kernel.errors import NotebookNotFound

_TIMEOUT_SECONDS = 60


def get(endpoint: str, path: str, **parameters: str) -> dict[str, Any]:
    """The answer of `/api/2.0/workspace/<endpoint>` about a path; raises NotebookNotFound with the path and the
    server's words."""
    # HTTP brings 6 MB of modules that most runs never need.
    import urllib.error
    import urllib.parse
    import urllib.request

    host = os.environ.get("DATABRICKS_HOST")
    if not host:
        raise NotebookNotFound(f"{path}: this run has no DATABRICKS_HOST to read it from")
    query = urllib.parse.urlencode({"path": path, **parameters})
    request = urllib.request.Request(
        f"{host.rstrip('/')}/api/2.0/workspace/{endpoint}?{query}",
        headers={"Authorization": f"Bearer {os.environ.get('DATABRICKS_TOKEN', '')}"},
    )
    try:
        with urllib.request.urlopen(request, timeout=_TIMEOUT_SECONDS) as response:
            return json.load(response)
    except urllib.error.HTTPError as error:
        raise NotebookNotFound(f"{path}: {_reason(error)}") from None
    except OSError as error:
        raise NotebookNotFound(f"{path}: {error}") from None


def _reason(error: Any) -> str:
    try:
        return str(json.load(error).get("message") or error)
    except ValueError:
        return str(error)
