"""The model cache: a model that a worker has loaded is not loaded again. Importing this imports neither mlflow nor pyspark.

A model zygote calls ``preload``; kernels forked from it call ``install_hook`` and find the model held. Notebooks know
nothing of it: they call mlflow's ``load_model``.
"""

from __future__ import annotations

from typing import Any

from stoker_kernel.post_import import when_imported

from .hook import LoadHook, Sends
from .store import ModelStore

__all__ = ["forget_used", "install_hook", "preload", "used"]

#: Filled before a fork, read after it.
_STORE = ModelStore.from_environ()
_hook: LoadHook | None = None


def install_hook(kernel: Sends) -> None:
    """Wraps ``load_model`` of ``mlflow.pyfunc`` and ``mlflow.spark`` when, and only if, something imports them.

    Called once in a kernel, before user code; later calls change nothing."""
    global _hook
    if _hook is not None:
        return
    _hook = LoadHook(_STORE, kernel)
    when_imported("mlflow.pyfunc", _hook.wrap_pyfunc)
    when_imported("mlflow.spark", _hook.wrap_spark)


def preload(model_uri: str, driver_answer: dict[str, Any] | None = None) -> str:
    """Loads a model in a zygote, for the kernels that will be forked from it; returns its key. See ``preload_into``."""
    from .preload import preload_into

    return preload_into(_STORE, model_uri, driver_answer)


def used() -> list[dict[str, str]]:
    """Cacheable models this kernel has loaded: ``[{"uri","key"}]``."""
    return _hook.used() if _hook is not None else []


def forget_used() -> None:
    """For the next run of a kept kernel."""
    if _hook is not None:
        _hook.forget_used()
