"""Where MLflow opens artifacts. Every address, from whatever request or row it comes, passes here before it is opened."""

from __future__ import annotations

import os

from mlflow.exceptions import MlflowException
from mlflow.server.constants import ARTIFACTS_DESTINATION_ENV_VAR
from mlflow.store.artifact import artifact_repository_registry as registry
from mlflow.store.artifact.local_artifact_repo import LocalArtifactRepository
from mlflow.utils.file_utils import local_file_uri_to_path

_LOCAL = ("", "file")
_RESOLVED_HERE = ("mlflow-artifacts", "runs", "models")  # each leads back to a local one


def close() -> None:
    """From here on only the artifact store is opened: no other folder, no other host."""
    for scheme in list(registry.get_registered_artifact_repositories()):
        if scheme in _LOCAL:
            registry._artifact_repository_registry.register(scheme, _in_the_store)
        elif scheme not in _RESOLVED_HERE:
            registry._artifact_repository_registry.register(scheme, _refused)


def _in_the_store(
    artifact_uri: str, tracking_uri: str | None = None, registry_uri: str | None = None
) -> LocalArtifactRepository:
    store = os.path.realpath(os.environ[ARTIFACTS_DESTINATION_ENV_VAR])
    folder = os.path.realpath(local_file_uri_to_path(artifact_uri))
    if os.path.commonpath([store, folder]) != store:
        raise _refusal(artifact_uri)
    return LocalArtifactRepository(folder, tracking_uri, registry_uri)


def _refused(artifact_uri: str, tracking_uri: str | None = None, registry_uri: str | None = None) -> None:
    raise _refusal(artifact_uri)


def _refusal(artifact_uri: str) -> MlflowException:
    return MlflowException.invalid_parameter_value(
        f"'{artifact_uri}' is not in this server's artifact store, and nothing else is read or written here."
    )
