"""The tracking server of the run, asked without mlflow's client: the first request of that takes a process 8 ms, on the
path of every run that loads a model."""

from __future__ import annotations

import functools
import http.client
import json
import os
import ssl
from typing import Any
from urllib.parse import urlencode, urlsplit

_SECONDS = 60


class UnknownPathError(Exception):
    """The server has no such path: an MLflow that is not Stoker's own (``stoker server --mlflow-socket``)."""


def is_at(uri: str) -> bool:
    """Whether a tracking or registry URI is this server's own address."""
    host = os.environ.get("DATABRICKS_HOST", "").rstrip("/")
    return host.startswith(("http://", "https://")) and uri.rstrip("/") == host


@functools.cache
def trust() -> ssl.SSLContext:
    """Whom the machine and ``SSL_CERT_FILE`` vouch for. It takes some 20 ms to read, which a zygote spares its kernels."""
    return ssl.create_default_context()


def _connection() -> http.client.HTTPConnection:
    address = urlsplit(os.environ["DATABRICKS_HOST"])
    host = address.hostname or ""
    if address.scheme == "https":
        return http.client.HTTPSConnection(host, address.port, timeout=_SECONDS, context=trust())
    return http.client.HTTPConnection(host, address.port, timeout=_SECONDS)


def get(path: str, **query: str) -> dict[str, Any]:
    """The answer to a GET of MLflow's REST API, with the run's token.

    Raises MlflowException when the server refuses or cannot be reached, UnknownPathError."""
    from mlflow.exceptions import MlflowException

    connection = _connection()
    headers = {"Authorization": f"Bearer {os.environ.get('MLFLOW_TRACKING_TOKEN', '')}"}
    try:
        connection.request("GET", f"/api/2.0/mlflow/{path}?{urlencode(query)}", headers=headers)
        response = connection.getresponse()
        text = response.read()
    except (OSError, http.client.HTTPException) as error:
        raise MlflowException(f"the tracking server cannot be reached: {error}") from error
    finally:
        connection.close()
    if response.status == 404 and b'"error_code"' not in text:
        raise UnknownPathError(path)
    if response.status != 200:
        raise MlflowException(f"{path}: {response.status} {text[:1000].decode('utf-8', 'replace')}")
    answer: dict[str, Any] = json.loads(text)
    return answer
