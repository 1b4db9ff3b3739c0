"""What a model zygote does before it is forked: loads one model and comes to rest."""

from __future__ import annotations

import contextlib
import gc
import tempfile
import threading
import time
from typing import Any

from stoker_kernel import process, spark

from .identity import identify
from .store import ModelStore, Preloaded

#: How long threads that the load started may take to end, in seconds.
_REST_SECONDS = 5.0


class NotForkable(RuntimeError):
    """The load left threads that do not end; the process must not be forked."""


def preload_into(store: ModelStore, model_uri: str, driver_answer: dict[str, Any] | None) -> str:
    """Loads ``model_uri`` into ``store`` and returns its key; the process has no other thread when it returns.

    ``driver_answer`` is the driver's answer to this zygote's own attach; without it a model that needs Spark fails.
    Raises whatever the load raises, ValueError for a URI that is not cacheable, NotForkable."""
    if driver_answer is not None:
        spark.attach_zygote(driver_answer)
    else:
        spark.forbid()
    import mlflow.pyfunc

    # TMPDIR is a folder that this zygote's kernels can read: some models read their files when asked.
    tempfile.tempdir = None
    identity = identify(model_uri)
    if identity is None:
        raise ValueError(f"{model_uri}: names a place, not a run's or a registered model")
    before = process.resident_kb()
    if driver_answer is not None:
        spark.session_in_zygote()
    pyfunc = mlflow.pyfunc.load_model(identity.uri)
    needs_spark = "spark" in pyfunc.metadata.flavors
    if needs_spark:
        # Imported by every first prediction; no prediction is made here, since that would start threads.
        import mlflow.pyspark.ml
        import pyspark.ml.functions

        with contextlib.suppress(ImportError):  # an environment without Spark Connect's own packages
            import pyspark.ml.connect
    if "sklearn" in pyfunc.metadata.flavors:
        # The first check of an input looks through all installed packages for plug-ins: 10 ms.
        from sklearn.utils import check_array

        check_array([[0.0]])
    _come_to_rest()
    spark.release_now()
    size = max(0, process.resident_kb() - before) * 1024
    store.put(identity.key, Preloaded(identity.uri, pyfunc, size, needs_spark))
    return identity.key


def _come_to_rest() -> None:
    """Artifact downloads leave pools of idle threads, which end once their repository object has been collected."""
    deadline = time.monotonic() + _REST_SECONDS
    gc.collect()
    while len(others := [t for t in threading.enumerate() if t is not threading.current_thread()]) > 0:
        if time.monotonic() > deadline:
            raise NotForkable("threads that do not end: " + ", ".join(sorted(t.name for t in others)))
        others[0].join(0.05)
        gc.collect()
