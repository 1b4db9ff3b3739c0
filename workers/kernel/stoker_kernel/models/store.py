"""The models a process holds ready: bounded, least recently used first out."""

from __future__ import annotations

import os
from collections import OrderedDict
from dataclasses import dataclass
from typing import Any, Mapping


@dataclass(frozen=True)
class Preloaded:
    """``pyfunc`` is what mlflow.pyfunc.load_model answers, ``size_bytes`` what holding it costs this process's memory;
    ``needs_spark`` models hold Java objects and are of use only where those are bound."""

    uri: str
    pyfunc: Any
    size_bytes: int
    needs_spark: bool


class ModelStore:
    """At most ``max_count`` models and ``max_bytes`` of them together; the newest always stays. Not thread-safe."""

    def __init__(self, max_count: int, max_bytes: int) -> None:
        self.max_count = max_count
        self.max_bytes = max_bytes
        self._models: OrderedDict[str, Preloaded] = OrderedDict()

    @staticmethod
    def from_environ(environ: Mapping[str, str] = os.environ) -> "ModelStore":
        """Limits by ``STOKER_MODEL_CACHE_COUNT`` (8) and ``STOKER_MODEL_CACHE_MB`` (4096)."""
        return ModelStore(
            max_count=int(environ.get("STOKER_MODEL_CACHE_COUNT", "8")),
            max_bytes=int(environ.get("STOKER_MODEL_CACHE_MB", "4096")) * 1024 * 1024,
        )

    def __len__(self) -> int:
        return len(self._models)

    def get(self, key: str) -> Preloaded | None:
        """The model of ``key``, now the most recently used; None when it is not held."""
        model = self._models.get(key)
        if model is not None:
            self._models.move_to_end(key)
        return model

    def put(self, key: str, model: Preloaded) -> None:
        """Holds ``model``, and lets the least recently used ones go until the limits hold."""
        self._models[key] = model
        self._models.move_to_end(key)
        while len(self._models) > 1 and (len(self._models) > self.max_count or self._bytes() > self.max_bytes):
            self._models.popitem(last=False)

    def _bytes(self) -> int:
        return sum(model.size_bytes for model in self._models.values())
