"""Landlock (Linux 5.13+): a process takes file-system and signal rights away from itself, for good.

Needs no privilege, holds for root too, and is inherited by everything the process starts.
"""

from __future__ import annotations

import ctypes
import os
import stat
from collections.abc import Iterable

from stoker_kernel.process import LIBC

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_VERSION_FLAG = 1
_RULE_PATH_BENEATH = 1

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


class Ruleset:
    """Rights to be kept; `enforce` gives up all others."""

    def __init__(self) -> None:
        """Raises OSError where there is no Landlock."""
        self.version = abi()
        self._handled = _handled(self.version)
        attr = _RulesetAttr(self._handled, 0, 0)
        size = 8
        if self.version >= 6:
            attr.scoped = _SCOPE_ABSTRACT_UNIX_SOCKET | _SCOPE_SIGNAL
            size = ctypes.sizeof(attr)
        self._fd = _checked(
            "landlock_create_ruleset", LIBC.syscall(_CREATE_RULESET, ctypes.byref(attr), ctypes.c_size_t(size), 0)
        )

    def allow_read(self, paths: Iterable[str]) -> None:
        """Reading and executing, there and beneath; a path that does not exist grants nothing."""
        for path in paths:
            self._allow(path, _READ)

    def allow_write(self, paths: Iterable[str]) -> None:
        """Everything but making device nodes, there and beneath; a path that does not exist grants nothing."""
        for path in paths:
            self._allow(path, self._handled & ~(_MAKE_CHAR | _MAKE_BLOCK))

    def enforce(self) -> None:
        """From here on this thread, and all it starts, has the allowed rights only. Needs no_new_privs."""
        try:
            _checked("landlock_restrict_self", LIBC.syscall(_RESTRICT_SELF, self._fd, 0))
        finally:
            os.close(self._fd)

    def _allow(self, path: str, access: int) -> None:
        try:
            fd = os.open(path, os.O_PATH | os.O_CLOEXEC)
        except (FileNotFoundError, NotADirectoryError, PermissionError):
            return
        try:
            if not stat.S_ISDIR(os.fstat(fd).st_mode):
                access &= _FOR_FILES
            attr = _PathBeneathAttr(access & self._handled, fd)
            _checked(
                f"landlock_add_rule({path})",
                LIBC.syscall(_ADD_RULE, self._fd, _RULE_PATH_BENEATH, ctypes.byref(attr), 0),
            )
        finally:
            os.close(fd)


def _checked(what: str, result: int) -> int:
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, f"{what}: {os.strerror(code)}")
    return result
