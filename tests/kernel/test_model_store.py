"""The bound on what a process holds."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "workers" / "kernel"))

from stoker_kernel.models.store import ModelStore, Preloaded  # noqa: E402


def model(size=1):
    return Preloaded(uri="models:/m/1", pyfunc=object(), size_bytes=size, needs_spark=False)


def test_the_least_recently_used_goes_first():
    store = ModelStore(max_count=2, max_bytes=100)
    store.put("a", model())
    store.put("b", model())
    assert store.get("a") is not None
    store.put("c", model())
    assert store.get("b") is None and store.get("a") is not None and store.get("c") is not None


def test_bytes_are_bounded_and_the_newest_stays_whatever_its_size():
    store = ModelStore(max_count=10, max_bytes=100)
    store.put("a", model(60))
    store.put("b", model(60))
    assert len(store) == 1 and store.get("b") is not None
    store.put("huge", model(1000))
    assert len(store) == 1 and store.get("huge") is not None


def test_a_key_put_again_counts_once():
    store = ModelStore(max_count=2, max_bytes=100)
    store.put("a", model(60))
    store.put("a", model(60))
    assert len(store) == 1


def test_limits_come_from_the_environment():
    store = ModelStore.from_environ({"STOKER_MODEL_CACHE_COUNT": "3", "STOKER_MODEL_CACHE_MB": "2"})
    assert (store.max_count, store.max_bytes) == (3, 2 * 1024 * 1024)
