"""Programs in processes of their own, children of the kernel: what they print is the run's log."""

from __future__ import annotations

import contextlib
import signal
import subprocess
from collections.abc import Mapping
from types import FrameType
from typing import Any

from stoker_kernel.errors import CommandFailed, RunCancelled

#: For a program's own end after SIGTERM; then the worker sends SIGKILL to all of the run.
_PATIENCE_SECONDS = 4.0


def run(command: list[str], environ: Mapping[str, str], folder: str | None = None, name: str = "") -> None:
    """Runs a program to its end, by default in the working folder; raises CommandFailed, which names it, when its
    status is not 0."""
    name = name or command[0]
    cancel = _HeldCancel()
    try:
        child = subprocess.Popen(command, stdin=subprocess.DEVNULL, env=dict(environ), cwd=folder)
    except BaseException:
        cancel.release()
        raise
    try:
        cancel.release()
        status = child.wait()
    except RunCancelled:
        # SIGTERM went to the whole process group, this program too.
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(_PATIENCE_SECONDS)
        raise
    if status < 0:
        raise CommandFailed(f"{name} was ended by signal: {signal.strsignal(-status) or -status}")
    if status > 0:
        raise CommandFailed(f"{name} exited with status {status}")


class _HeldCancel:
    """Keeps a cancel from raising while a child is made that nobody could wait for then."""

    def __init__(self) -> None:
        self._came = False
        self._handler: Any = signal.signal(signal.SIGTERM, self._note)

    def _note(self, _signal: int, _frame: FrameType | None) -> None:
        self._came = True

    def release(self) -> None:
        """From here on a cancel raises again; one that came meanwhile does so now."""
        signal.signal(signal.SIGTERM, self._handler)
        if self._came:
            self._handler(signal.SIGTERM, None)
