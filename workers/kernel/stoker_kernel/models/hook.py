"""Serves mlflow's ``load_model`` from the models this process was forked with."""

from __future__ import annotations

import functools
import time
from types import ModuleType
from typing import Any, Callable, Protocol

from stoker_kernel import spark

from .identity import Identity, identify
from .store import ModelStore, Preloaded


class Sends(Protocol):
    """What this package needs of a kernel."""

    def send(self, frame: dict[str, Any]) -> None:
        """Sends one event to the worker."""


class LoadHook:
    """One kernel's loads: hits answered from ``store``, misses reported to the worker, all of them remembered."""

    def __init__(self, store: ModelStore, kernel: Sends) -> None:
        self._store = store
        self._kernel = kernel
        self._used: dict[str, str] = {}

    def used(self) -> list[dict[str, str]]:
        """Cacheable models this kernel has loaded: ``[{"uri","key"}]``, in order of first use."""
        return [{"uri": uri, "key": key} for key, uri in self._used.items()]

    def forget_used(self) -> None:
        """The next run has loaded none yet."""
        self._used.clear()

    def wrap_pyfunc(self, module: ModuleType) -> None:
        """``mlflow.pyfunc``: a hit is the preloaded PyFuncModel itself."""
        self._wrap(module, ("dst_path", "model_config"), lambda model: model.pyfunc)

    def wrap_spark(self, module: ModuleType) -> None:
        """``mlflow.spark``: a hit is the Spark model inside the preloaded PyFuncModel."""
        self._wrap(module, ("dfs_tmpdir", "dst_path"), lambda model: model.pyfunc.get_raw_model(), spark_only=True)

    def _wrap(
        self,
        module: ModuleType,
        special: tuple[str, ...],
        answer: Callable[[Preloaded], Any],
        spark_only: bool = False,
    ) -> None:
        original = module.load_model

        @functools.wraps(original)
        def load_model(model_uri: str, *arguments: Any, **options: Any) -> Any:
            # Whoever says where to put files or how to configure the model asks for more than the model.
            if arguments or any(options.get(name) is not None for name in special):
                return original(model_uri, *arguments, **options)
            identity = _identify_or_none(model_uri)
            if identity is None:
                return original(model_uri, **options)
            self._used[identity.key] = identity.uri
            held = self._store.get(identity.key)
            if held is not None and (held.needs_spark or not spark_only) and _usable(held):
                return answer(held)
            started = time.monotonic()
            model = original(model_uri, **options)
            self._report_miss(identity, time.monotonic() - started, spark_only or _needs_spark(model))
            return model

        module.load_model = load_model  # type: ignore[attr-defined]

    def _report_miss(self, identity: Identity, seconds: float, needs_spark: bool) -> None:
        self._kernel.send(
            {
                "event": "model_wanted",
                "model_uri": identity.uri,
                "key": identity.key,
                "load_seconds": round(seconds, 3),
                "needs_spark": needs_spark,
            }
        )


def _identify_or_none(model_uri: str) -> Identity | None:
    from mlflow.exceptions import MlflowException

    try:
        return identify(model_uri)
    except MlflowException:
        return None  # the load itself says best what is wrong


def _usable(held: Preloaded) -> bool:
    """A driver that was started anew after the model was loaded holds none of its Java objects."""
    return not held.needs_spark or spark.seeded()


def _needs_spark(model: Any) -> bool:
    return "spark" in getattr(getattr(model, "metadata", None), "flavors", {})
