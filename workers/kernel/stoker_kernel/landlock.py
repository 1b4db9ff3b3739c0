"""Landlock (Linux 5.13+): a process takes file-system and signal rights away from itself, for good.

Needs no privilege, holds for root too, and is inherited by everything the process starts.
"""

from __future__ import annotations

import ctypes
import fcntl
import os
import stat
from collections.abc import Iterable
from typing import Any

from stoker_kernel.process import LIBC

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_VERSION_FLAG = 1
_RULE_PATH_BENEATH = 1
_LOWEST_FD = 200

_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR = 1 << 0, 1 << 1, 1 << 2, 1 << 3
_MAKE_CHAR, _MAKE_BLOCK = 1 << 6, 1 << 11
_REFER, _TRUNCATE, _IOCTL_DEV = 1 << 13, 1 << 14, 1 << 15
_SCOPE_ABSTRACT_UNIX_SOCKET, _SCOPE_SIGNAL = 1 << 0, 1 << 1

_READ = _EXECUTE | _READ_FILE | _READ_DIR
_FOR_FILES = _EXECUTE | _WRITE_FILE | _READ_FILE | _TRUNCATE | _IOCTL_DEV


class _RulesetAttr(ctypes.Structure):
    _fields_ = [
        ("handled_access_fs", ctypes.c_uint64),
        ("handled_access_net", ctypes.c_uint64),
        ("scoped", ctypes.c_uint64),
    ]


class _PathBeneathAttr(ctypes.Structure):
    _pack_ = 1
    _fields_ = [("allowed_access", ctypes.c_uint64), ("parent_fd", ctypes.c_int32)]


def abi() -> int:
    """The version the running Linux offers; 0 when it has none or has it switched off."""
    return max(0, LIBC.syscall(_CREATE_RULESET, None, ctypes.c_size_t(0), _VERSION_FLAG))


def _handled(version: int) -> int:
    """Every file-system right of that version: what no rule grants is denied."""
    last = {1: 13, 2: 14, 3: 15, 4: 15}.get(version, 16)
    return (1 << last) - 1


class Places:
    """Paths as rules, opened once: a zygote makes them, and each kernel only passes them on. Of `read` reading and
    executing, of `write` everything but making device nodes; a path that does not exist grants nothing."""

    def __init__(self, read: Iterable[str], write: Iterable[str]) -> None:
        handled = _handled(abi())
        self._fds: list[int] = []
        self.rules: list[Any] = []
        for path in read:
            self._open(path, _READ & handled)
        for path in write:
            self._open(path, handled & ~(_MAKE_CHAR | _MAKE_BLOCK))

    def _open(self, path: str, access: int) -> None:
        try:
            opened = os.open(path, os.O_PATH | os.O_CLOEXEC)
        except (FileNotFoundError, NotADirectoryError, PermissionError):
            return
        # Out of the way of the low numbers, beside one another: closed by one call.
        fd = fcntl.fcntl(opened, fcntl.F_DUPFD_CLOEXEC, _LOWEST_FD)
        os.close(opened)
        self._fds.append(fd)
        if not stat.S_ISDIR(os.fstat(fd).st_mode):
            access &= _FOR_FILES
        self.rules.append(ctypes.byref(_PathBeneathAttr(access, fd)))

    def descriptors(self) -> list[int]:
        """What it holds open."""
        return list(self._fds)

    def close(self) -> None:
        """Closes what it opened. A process forked from the one that made it closes its own copies."""
        if self._fds:
            os.closerange(min(self._fds), max(self._fds) + 1)
        self._fds = []


class Ruleset:
    """Rights to be kept; `enforce` gives up all others."""

    def __init__(self) -> None:
        """Raises OSError where there is no Landlock."""
        version = abi()
        attr = _RulesetAttr(_handled(version), 0, 0)
        size = 8
        if version >= 6:
            attr.scoped = _SCOPE_ABSTRACT_UNIX_SOCKET | _SCOPE_SIGNAL
            size = ctypes.sizeof(attr)
        self._fd = _checked(
            "landlock_create_ruleset", LIBC.syscall(_CREATE_RULESET, ctypes.byref(attr), ctypes.c_size_t(size), 0)
        )

    def allow(self, places: Places) -> None:
        """What `places` says, there and beneath."""
        for rule in places.rules:
            _checked("landlock_add_rule", LIBC.syscall(_ADD_RULE, self._fd, _RULE_PATH_BENEATH, rule, 0))

    def enforce(self) -> None:
        """From here on this thread, and all it starts, has the allowed rights only. Needs no_new_privs."""
        try:
            _checked("landlock_restrict_self", LIBC.syscall(_RESTRICT_SELF, self._fd, 0))
        finally:
            os.close(self._fd)


def _checked(what: str, result: int) -> int:
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, f"{what}: {os.strerror(code)}")
    return result
