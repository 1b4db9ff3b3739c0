"""Files and folders of the workspace, read over the API. A notebook counts as a file with its source."""

from __future__ import annotations

import base64
import os
import posixpath

from stoker_kernel import workspace_api
from stoker_kernel.errors import UnsupportedError

_EXTENSIONS = {"PYTHON": ".py", "SQL": ".sql", "SCALA": ".scala", "R": ".r"}
#: A folder is copied for one run: it is a project, not a data set.
MOST_FILES = 10_000
MOST_BYTES = 512 * 1024 * 1024


def read(path: str) -> bytes:
    """The content of a file; raises NotebookNotFound."""
    return base64.b64decode(workspace_api.get("export", path, format="SOURCE")["content"])


def copy_folder(path: str, target: str) -> None:
    """Copies a folder with all beneath it to a local one, which is made; raises NotebookNotFound, and
    UnsupportedError when there is too much in it."""
    left_files, left_bytes = MOST_FILES, MOST_BYTES
    waiting = [(path, target)]
    while waiting:
        folder, local_folder = waiting.pop()
        os.makedirs(local_folder, exist_ok=True)
        for entry in workspace_api.get("list", folder).get("objects", []):
            name = posixpath.basename(entry["path"])
            if name in ("", ".", ".."):
                continue
            local = os.path.join(local_folder, name)
            if entry["object_type"] == "DIRECTORY":
                waiting.append((entry["path"], local))
                continue
            if entry["object_type"] == "NOTEBOOK":
                local += _EXTENSIONS.get(entry.get("language", ""), "")
            content = read(entry["path"])
            left_files, left_bytes = left_files - 1, left_bytes - len(content)
            if left_files < 0 or left_bytes < 0:
                raise UnsupportedError(
                    f"{path}: a project may have {MOST_FILES} files of {MOST_BYTES // (1024 * 1024)} MB in all"
                )
            with open(local, "wb") as file:
                file.write(content)
