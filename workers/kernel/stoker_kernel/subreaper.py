"""Ending the processes that others left behind. The caller is a child subreaper (`process.become_subreaper`)."""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Collection

from stoker_kernel import process


def kill_strangers(own: Collection[int]) -> list[int]:
    """Sends SIGKILL to every child that is not in `own`; the pids that it was sent to.

    The children of a killed process become this one's when it has died, so the caller calls again after each
    SIGCHLD until nothing is left.
    """
    strangers = [pid for pid in process.children() if pid not in own]
    for pid in strangers:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
    return strangers


def end_descendants() -> None:
    """Kills and reaps every descendant, however deep and in whatever session; returns when none is left."""
    with contextlib.suppress(ChildProcessError):
        # Raises at once where there is no child, which is how most runs end.
        os.waitpid(-1, os.WNOHANG)
        while True:
            kill_strangers(())
            # One death may hand over orphans: look again after each.
            os.waitpid(-1, 0)
