"""Refuses addresses when they are given, so that none is stored which could not be opened later.

A request is known by the function that MLflow will answer it with, and read with MLflow's own parser: how its path is
written or its body encoded makes no difference.
"""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import unquote, urlsplit

from flask import request
from mlflow.exceptions import MlflowException
from mlflow.protos.model_registry_pb2 import CreateModelVersion
from mlflow.protos.service_pb2 import CreateExperiment, SetTraceTag
from mlflow.server.handlers import _get_request_message, _is_prompt_request, catch_mlflow_exception
from mlflow.utils.mlflow_tags import MLFLOW_ARTIFACT_LOCATION

_STORE = ("mlflow-artifacts",)
_MODELS = ("mlflow-artifacts", "runs", "models")


@catch_mlflow_exception
def refuse_foreign() -> None:
    for field, location, schemes in _locations():
        if location and not _is_ours(location, schemes):
            raise MlflowException.invalid_parameter_value(
                f"{field}: '{location}' is not in this server's artifact store. "
                f"Give one that begins with {' or '.join(f'{scheme}:/' for scheme in schemes)}."
            )


def _locations() -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """What the request wants to be remembered and opened later: field, address, schemes it may have."""
    match request.endpoint:
        case "_create_experiment":
            yield "artifact_location", _get_request_message(CreateExperiment()).artifact_location, _STORE
        case "_create_model_version":
            message = _get_request_message(CreateModelVersion())
            if not _is_prompt_request(message):  # MLflow takes a fixed word for a prompt's source, nothing else
                yield "source", message.source, _MODELS
        case "_set_trace_tag" | "_set_trace_tag_v3":
            message = _get_request_message(SetTraceTag())
            if message.key == MLFLOW_ARTIFACT_LOCATION:
                yield "value", message.value, _STORE


def _is_ours(location: str, schemes: tuple[str, ...]) -> bool:
    """No other host, and no way up, however often it is encoded."""
    while (decoded := unquote(location)) != location:
        location = decoded
    parts = urlsplit(location)
    return parts.scheme in schemes and not parts.netloc and ".." not in parts.path.replace("\\", "/").split("/")
