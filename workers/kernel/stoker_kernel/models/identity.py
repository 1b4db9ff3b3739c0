"""Which model a URI means now, as a name that never means another one."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import Any

from . import own_server


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
    scheme, separator, path = str(model_uri).partition(":/")
    if not separator or path.startswith("/"):
        return None  # another tracking server's (runs://profile@databricks/…) is looked up by mlflow alone
    if scheme == "runs":
        return _of_run(path)
    if scheme == "models":
        return _of_registry(model_uri)
    return None


def _of_run(path: str) -> Identity | None:
    run_id, _, artifact_path = path.partition("/")
    if not artifact_path:
        return None
    uri = f"runs:/{run_id}/{artifact_path.rstrip('/')}"
    # A run that logs a model of the same name again has one more of these.
    return Identity(uri, "#".join([uri, *sorted(_logged_models(run_id))]))


def _logged_models(run_id: str) -> list[str]:
    import mlflow

    if own_server.is_at(mlflow.get_tracking_uri()):
        with contextlib.suppress(own_server.UnknownPathError):
            model_ids: list[str] = own_server.get("stoker/logged-models-of-run", run_id=run_id)["model_ids"]
            return model_ids
    outputs: Any = getattr(mlflow.MlflowClient().get_run(run_id), "outputs", None)
    return [output.model_id for output in outputs.model_outputs] if outputs is not None else []


def _of_registry(model_uri: str) -> Identity:
    import mlflow
    from mlflow.store.artifact.utils.models import _parse_model_uri, get_model_name_and_version

    parsed = _parse_model_uri(model_uri)
    if parsed.model_id is not None:
        mlflow.MlflowClient().get_logged_model(parsed.model_id)
        uri = f"models:/{parsed.model_id}"
        return Identity(uri, uri)
    if parsed.version is not None:
        name, version = parsed.name, parsed.version
    else:
        name, version = get_model_name_and_version(mlflow.MlflowClient(), model_uri)
    uri = f"models:/{name}/{version}"
    return Identity(uri, f"{uri}#{_made_at(name, version)}")


def _made_at(name: str, version: str) -> int:
    """Milliseconds since the epoch."""
    import mlflow

    if own_server.is_at(mlflow.get_registry_uri()):
        answer = own_server.get("model-versions/get", name=name, version=version)
        return int(answer["model_version"]["creation_timestamp"])
    return int(mlflow.MlflowClient().get_model_version(name, version).creation_timestamp)
