"""The workspace endpoints that kernels call, over a dictionary."""

from __future__ import annotations

import base64
import contextlib
import http.server
import json
import posixpath
import threading
import urllib.parse
from collections.abc import Iterator
from typing import Any

#: Content and file type by path; a path without an extension is a notebook.
Objects = dict[str, tuple[str, str]]
TOKEN = "the-token"
_LANGUAGES = {"py": "PYTHON", "sql": "SQL"}


@contextlib.contextmanager
def served() -> Iterator[tuple[Objects, dict[str, str]]]:
    """The objects, to be filled, and the environment that leads to the server."""
    objects: Objects = {}

    class Workspace(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:  # noqa: N802
            url = urllib.parse.urlparse(self.path)
            path = urllib.parse.parse_qs(url.query)["path"][0]
            found = None
            if self.headers["Authorization"] == f"Bearer {TOKEN}":
                found = _exported(objects, path) if url.path.endswith("/export") else _listed(objects, path)
            missing = {"error_code": "RESOURCE_DOES_NOT_EXIST", "message": f"Path ({path}) doesn't exist."}
            data = json.dumps(found or missing).encode()
            self.send_response(200 if found else 404)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: Any) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Workspace)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield objects, {"DATABRICKS_HOST": f"http://127.0.0.1:{server.server_port}", "DATABRICKS_TOKEN": TOKEN}
    server.shutdown()
    thread.join()
    server.server_close()


def _exported(objects: Objects, path: str) -> dict[str, Any] | None:
    if path not in objects:
        return None
    content, file_type = objects[path]
    return {"content": base64.b64encode(content.encode()).decode(), "file_type": file_type}


def _listed(objects: Objects, path: str) -> dict[str, Any] | None:
    entries: dict[str, dict[str, Any]] = {}
    for name, (_, file_type) in objects.items():
        if not name.startswith(f"{path}/"):
            continue
        child = posixpath.join(path, name[len(path) + 1 :].partition("/")[0])
        if child != name:
            entries[child] = {"path": child, "object_type": "DIRECTORY"}
        elif "." in posixpath.basename(name):
            entries[child] = {"path": child, "object_type": "FILE"}
        else:
            entries[child] = {"path": child, "object_type": "NOTEBOOK", "language": _LANGUAGES[file_type]}
    return {"objects": list(entries.values())} if entries else None
