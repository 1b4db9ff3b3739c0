"""A process's ties to its parent and its children, by prctl(2) and /proc (Linux only)."""

from __future__ import annotations

import ctypes
import os
import signal

_PR_SET_PDEATHSIG = 1
_PR_SET_DUMPABLE = 4
_PR_CAPBSET_DROP = 24
_PR_SET_CHILD_SUBREAPER = 36
_PR_SET_NO_NEW_PRIVS = 38
_LINUX_CAPABILITY_VERSION_3 = 0x20080522

LIBC = ctypes.CDLL(None, use_errno=True)


def _prctl(option: int, value: int) -> None:
    if LIBC.prctl(option, ctypes.c_ulong(value), ctypes.c_ulong(0), ctypes.c_ulong(0), ctypes.c_ulong(0)) != 0:
        code = ctypes.get_errno()
        raise OSError(code, f"prctl({option}): {os.strerror(code)}")


def become_subreaper() -> None:
    """Orphans among this process's descendants become its children instead of init's."""
    _prctl(_PR_SET_CHILD_SUBREAPER, 1)


def die_with_parent(parent_pid: int | None = None) -> None:
    """The kernel sends SIGKILL when the thread that created this process ends.

    With `parent_pid`, a parent that was gone before the call ends this process at once.
    """
    _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if parent_pid is not None and os.getppid() != parent_pid:
        os._exit(1)


def forbid_new_privileges() -> None:
    """setuid programs gain nothing from here on, in this process and all it starts."""
    _prctl(_PR_SET_NO_NEW_PRIVS, 1)


def set_dumpable(dumpable: bool) -> None:
    """Whether other processes of the same user may read this one's memory (and whether it may dump core)."""
    _prctl(_PR_SET_DUMPABLE, int(dumpable))


class _CapHeader(ctypes.Structure):
    _fields_ = [("version", ctypes.c_uint32), ("pid", ctypes.c_int)]


def drop_capabilities() -> None:
    """Root without its powers: file permissions and parenthood bind it like any user. No effect on other users."""
    last = 0
    while LIBC.prctl(_PR_CAPBSET_DROP, ctypes.c_ulong(last), 0, 0, 0) == 0:
        last += 1
    header = _CapHeader(_LINUX_CAPABILITY_VERSION_3, 0)
    # Two words each of effective, permitted and inheritable.
    if LIBC.capset(ctypes.byref(header), ctypes.byref((ctypes.c_uint32 * 6)())) != 0:
        code = ctypes.get_errno()
        raise OSError(code, f"capset: {os.strerror(code)}")


def children() -> list[int]:
    """Pids of this process's children, zombies included."""
    found: list[int] = []
    try:
        for task in os.listdir("/proc/self/task"):
            with open(f"/proc/self/task/{task}/children", "rb") as file:
                found.extend(int(pid) for pid in file.read().split())
        return found
    except FileNotFoundError:
        return _children_by_scan()


def _children_by_scan() -> list[int]:
    """The same from every process's stat, for systems whose /proc has no `children` files."""
    own = os.getpid()
    found: list[int] = []
    for name in os.listdir("/proc"):
        if not name.isdigit():
            continue
        try:
            with open(f"/proc/{name}/stat", "rb") as file:
                # The command, in parentheses, may hold spaces; the parent is the second field after it.
                parent = int(file.read().rpartition(b")")[2].split()[1])
        except (FileNotFoundError, ProcessLookupError):
            continue
        if parent == own:
            found.append(int(name))
    return found


def descriptors() -> list[int]:
    """This process's open descriptors."""
    # The listing's own is closed by then.
    return [int(name) for name in os.listdir("/proc/self/fd") if os.path.lexists(f"/proc/self/fd/{name}")]


def descriptor_count() -> int:
    """How many descriptors this process has open."""
    return len(os.listdir("/proc/self/fd")) - 1


def thread_count() -> int:
    """Threads of this process, as the system sees them."""
    return len(os.listdir("/proc/self/task"))


def resident_kb() -> int:
    """Resident memory of this process, in KiB."""
    with open("/proc/self/statm", "rb") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") // 1024
