"""How much of the machine a kernel may use: a control group where one is given, resource limits where not."""

from __future__ import annotations

import contextlib
import os
import resource

MIB = 1024 * 1024


def join_cgroup(path: str | None) -> str | None:
    """Moves this process into the control group (v2, or one v1 hierarchy) at `path`; the path when that is in force.

    A kernel that may not write there returns None: its worker moves it, if anyone does.
    """
    if not path:
        return None
    try:
        with open(os.path.join(path, "cgroup.procs"), "w", encoding="ascii") as file:
            file.write(str(os.getpid()))
    except OSError:
        return path if _is_member(path) else None
    return path


def _is_member(path: str) -> bool:
    try:
        with open(os.path.join(path, "cgroup.procs"), encoding="ascii") as file:
            return str(os.getpid()) in file.read().split()
    except OSError:
        return False


def apply(memory_mb: int | None, in_cgroup: bool) -> None:
    """No core dumps; without a control group, private memory of each of the run's processes at most `memory_mb`."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if memory_mb and not in_cgroup:
        _lower(resource.RLIMIT_DATA, int(memory_mb) * MIB)


def go_first_when_memory_runs_out() -> None:
    """The kernel kills a process then: one of the run, rather than its worker, which other runs need.

    Without Python's `open`, which costs a process that has just been forked 1.5 ms."""
    with contextlib.suppress(OSError):
        file = os.open("/proc/self/oom_score_adj", os.O_WRONLY | os.O_CLOEXEC)
        try:
            os.write(file, b"1000")
        finally:
            os.close(file)


def _lower(which: int, value: int) -> None:
    """A limit can be lowered by anyone, and one already lower stays."""
    _, hard = resource.getrlimit(which)
    if hard == resource.RLIM_INFINITY or hard > value:
        resource.setrlimit(which, (value, value))
