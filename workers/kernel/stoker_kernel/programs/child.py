"""Programs in processes of their own, children of the kernel: what they print is the run's log."""

from __future__ import annotations

import contextlib
import signal
import subprocess
from collections.abc import Mapping

from stoker_kernel.errors import CommandFailed, RunCancelled

#: For a program's own end after SIGTERM; then the worker sends SIGKILL to all of the run.
_PATIENCE_SECONDS = 4.0


def run(command: list[str], environ: Mapping[str, str], folder: str | None = None, name: str = "") -> None:
    """Runs a program to its end, by default in the working folder; raises CommandFailed, which names it, when its
    status is not 0."""
    name = name or command[0]
    child = subprocess.Popen(command, stdin=subprocess.DEVNULL, env=dict(environ), cwd=folder)
    try:
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
