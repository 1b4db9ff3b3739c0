"""The one place where a test waits by looking again: for what has no long-poll and sends no event to the test."""

import time
from collections.abc import Callable
from typing import TypeVar

Found = TypeVar("Found")


def until(look: Callable[[], Found], what: str, seconds: float = 60) -> Found:
    """The first true value of `look`; fails with `what` when there is none in time."""
    deadline = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < deadline, f"waited {seconds:g} s for {what}"
        time.sleep(0.05)
    return found
