"""Which model a URI means now, as a name that never means another one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mlflow import MlflowClient


@dataclass(frozen=True)
class Identity:
    """``uri`` names the model without alias, stage or "latest"; ``key`` adds what tells it from one that was deleted
    and made anew under the same name."""

    uri: str
    key: str


def identify(model_uri: str) -> Identity | None:
    """The identity of ``model_uri``, by one call to the tracking server (two for a stage or alias) with this process's
    own token; None when the URI names a place (a path, ``s3:``, ``dbfs:``), whose content may change.

    Raises MlflowException as a load would: no such model, no right to read it."""
    from mlflow import MlflowClient

    scheme, separator, path = str(model_uri).partition(":/")
    if not separator or path.startswith("/"):
        return None  # another tracking server's (runs://profile@databricks/…) is looked up by mlflow alone
    if scheme == "runs":
        return _of_run(MlflowClient(), path)
    if scheme == "models":
        return _of_registry(MlflowClient(), model_uri)
    return None


def _of_run(client: "MlflowClient", path: str) -> Identity | None:
    run_id, _, artifact_path = path.partition("/")
    if not artifact_path:
        return None
    run = client.get_run(run_id)
    outputs: Any = getattr(run, "outputs", None)
    # A run that logs a model of the same name again has one more of these.
    logged = sorted(output.model_id for output in outputs.model_outputs) if outputs is not None else []
    uri = f"runs:/{run_id}/{artifact_path.rstrip('/')}"
    return Identity(uri, "#".join([uri, *logged]))


def _of_registry(client: "MlflowClient", model_uri: str) -> Identity:
    from mlflow.store.artifact.utils.models import _parse_model_uri, get_model_name_and_version

    parsed = _parse_model_uri(model_uri)
    if parsed.model_id is not None:
        client.get_logged_model(parsed.model_id)
        uri = f"models:/{parsed.model_id}"
        return Identity(uri, uri)
    name, version = get_model_name_and_version(client, model_uri)
    made = client.get_model_version(name, version).creation_timestamp
    uri = f"models:/{name}/{version}"
    return Identity(uri, f"{uri}#{made}")
