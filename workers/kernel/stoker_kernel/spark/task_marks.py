"""How a Python worker process says whose task it runs, and how the driver ends those of a cancelled run.

A task that is cancelled inside Python code is only noticed by Spark's monitor thread, which looks every two seconds.
The driver need not wait: each worker process carries a name made from the job tag while it runs a task.
"""

from __future__ import annotations

import ctypes
import hashlib
import os
import signal

from stoker_kernel.checkout import RUN_FOLDER

_PR_SET_NAME = 15
_IDLE = "stoker-idle"
_OF_ONE_KERNEL = (b"PYTHONPATH=", f"{RUN_FOLDER}=".encode())


def mark_of(tag: str) -> str:
    """A process name for ``tag``; the system keeps 15 bytes."""
    return "stk" + hashlib.blake2s(tag.encode(), digest_size=6).hexdigest()


def mark_task(tags: str | None) -> None:
    """Names this process after the first of Spark's comma-separated job tags, which is the kernel's."""
    _set_name(mark_of(tags.split(",")[0]) if tags else _IDLE)


def unmark() -> None:
    """Names this process as one that runs no task."""
    _set_name(_IDLE)


def kill_marked(jvm_pid: int, tag: str) -> int:
    """Kills the Python workers of this JVM that run a task of ``tag``; how many there were."""
    wanted, killed = mark_of(tag), 0
    for daemon in _children(jvm_pid):
        for worker in _children(daemon):
            try:
                with open(f"/proc/{worker}/comm") as file:
                    if file.read().strip() != wanted:
                        continue
                os.kill(worker, signal.SIGKILL)
                killed += 1
            except (FileNotFoundError, ProcessLookupError):
                continue
    return killed


def kill_daemons_of(jvm_pid: int, kernel_id: str) -> int:
    """Kills the pyspark daemons that serve one kernel alone, those whose variables lead into its folder
    (``…/runs/<kernel_id>/``); how many."""
    part, killed = f"/runs/{kernel_id}/".encode(), 0
    for daemon in _children(jvm_pid):
        try:
            with open(f"/proc/{daemon}/environ", "rb") as file:
                variables = file.read().split(b"\0")
            if any(value.startswith(_OF_ONE_KERNEL) and part in value for value in variables):
                os.killpg(daemon, signal.SIGKILL)
                killed += 1
        except (FileNotFoundError, ProcessLookupError, PermissionError):
            continue
    return killed


def _set_name(name: str) -> None:
    ctypes.CDLL(None).prctl(_PR_SET_NAME, name.encode(), 0, 0, 0)


def _children(pid: int) -> list[int]:
    found: list[int] = []
    try:
        for task in os.listdir(f"/proc/{pid}/task"):
            try:
                with open(f"/proc/{pid}/task/{task}/children") as file:
                    found.extend(int(child) for child in file.read().split())
            except FileNotFoundError:
                continue  # a thread that has just ended
    except FileNotFoundError:
        pass
    return found
