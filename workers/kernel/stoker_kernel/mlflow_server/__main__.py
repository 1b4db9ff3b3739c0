"""Becomes the MLflow server: gives up what it needs no rights to, and goes on as one process, without children."""

from __future__ import annotations

import argparse
import os
import shutil
import tempfile
from collections.abc import Sequence
from typing import Any, NoReturn
from urllib.parse import parse_qsl, urlsplit

from stoker_kernel import isolation, limits

_APP = "stoker_kernel.mlflow_server.app:app"


def main() -> None:
    parser = argparse.ArgumentParser(prog="stoker_kernel.mlflow_server")
    parser.add_argument("--folder", required=True, help="its home, its temporary files; the socket stands here")
    parser.add_argument("--backend-store-uri", required=True)
    parser.add_argument("--artifacts-destination", required=True)
    options, others = parser.parse_known_args()

    close_in(options.folder, options.artifacts_destination, options.backend_store_uri)
    _serve(
        "--backend-store-uri",
        options.backend_store_uri,
        "--artifacts-destination",
        options.artifacts_destination,
        *others,
    )


def close_in(folder: str, artifacts: str, database_uri: str) -> None:
    """From here on the process reads the system and its environment, and writes `folder` and `artifacts`."""
    limits.apply(memory_mb=None, in_cgroup=False)
    isolation.confine(isolation.reach_of_this_process(_certificates(database_uri), [artifacts, folder]))
    _use_temporary_folder(os.path.join(folder, "tmp"))


def _certificates(database_uri: str) -> list[str]:
    """The files that a database's URL names (`sslrootcert`, …)."""
    parameters = parse_qsl(urlsplit(database_uri).query)
    return [value for name, value in parameters if name.startswith("ssl") and value.startswith("/")]


def _use_temporary_folder(folder: str) -> None:
    """An empty one: a server that was killed has left its files."""
    shutil.rmtree(folder, ignore_errors=True)
    os.mkdir(folder, 0o700)
    os.environ["TMPDIR"] = tempfile.tempdir = folder


def _serve(*arguments: str) -> None:
    """`mlflow server`, which makes the database's tables and then starts a web server as a child. We become that one."""
    import mlflow.cli
    import mlflow.server

    def become(command: Sequence[str], extra_env: dict[str, str], **_: Any) -> NoReturn:
        os.execve(command[0], [*command[:-1], _APP], {**os.environ, **extra_env})

    mlflow.server._exec_cmd = become
    mlflow.cli.server(list(arguments))


if __name__ == "__main__":
    main()
