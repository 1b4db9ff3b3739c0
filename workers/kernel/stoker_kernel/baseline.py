"""What a process that is kept for the next run is put back to: all of the process that a notebook can change. Imported
modules stay, with what they hold: they are what a process is kept for."""

from __future__ import annotations

import builtins
import gc
import os
import resource
import shutil
import signal
import sys
from _signal import getsignal  # without the enums of `signal.getsignal`: it is asked sixty times after each run
from typing import Any

from stoker_kernel import process

_HOOKS = ("argv", "stdin", "__stdin__", "displayhook", "excepthook", "unraisablehook", "breakpointhook")
_TIMERS = (signal.ITIMER_REAL, signal.ITIMER_VIRTUAL, signal.ITIMER_PROF)
_LIMITS = sorted({getattr(resource, name) for name in dir(resource) if name.startswith("RLIMIT_")})
_SIGNALS = range(1, signal.NSIG)
_OWN_THREADS = 2  # this one, and the one that empties the pipes (capture.py)
#: A process that has grown by more is worth less than a new one.
_MOST_GROWTH_KB = 512 * 1024


class Baseline:
    """Taken before the first run's code."""

    def __init__(self, folder: str) -> None:
        """`folder`: the kernel's own, which is emptied between runs."""
        self._folder = folder
        # Encoded, as os.environ keeps it: reading all of it through os.environ costs more than the run.
        self._environ = dict(os.environ._data)  # type: ignore[attr-defined]
        self._path = list(sys.path)
        self._hooks = {name: getattr(sys, name) for name in _HOOKS}
        self._argv = list(sys.argv)
        self._recursion_limit = sys.getrecursionlimit()
        self._builtins = dict(vars(builtins))
        self._handlers = [getsignal(number) for number in _SIGNALS]
        self._rights = _rights()
        self._resident_kb = process.resident_kb()
        self._modules = _module_marks()

    def put_back(self) -> bool:
        """After the run's namespace and processes are gone; False when the process cannot be what it was."""
        if len(sys._current_frames()) > _OWN_THREADS or _rights() != self._rights:
            return False
        if process.resident_kb() - self._resident_kb > _MOST_GROWTH_KB:
            return False
        self._put_back_interpreter()
        self._put_back_signals()
        self._put_back_files()
        return True

    def _put_back_interpreter(self) -> None:
        now = os.environ._data  # type: ignore[attr-defined]
        for name in now.keys() - self._environ.keys():
            del os.environb[name]
        for name, value in self._environ.items() - now.items():
            os.environb[name] = value
        for name, value in self._hooks.items():
            setattr(sys, name, value)
        sys.argv[:] = self._argv
        sys.path[:] = self._path
        sys.setrecursionlimit(self._recursion_limit)
        sys.settrace(None)
        sys.setprofile(None)
        names = vars(builtins)
        if names != self._builtins:
            names.clear()
            names.update(self._builtins)
        gc.enable()

    def _put_back_signals(self) -> None:
        for timer in _TIMERS:
            signal.setitimer(timer, 0)
        signal.pthread_sigmask(signal.SIG_SETMASK, ())
        for number, handler in zip(_SIGNALS, self._handlers, strict=True):
            if getsignal(number) is not handler:
                signal.signal(number, handler)

    def _put_back_files(self) -> None:
        os.umask(0o077)
        os.chdir(self._folder)
        scratch = f"{self._folder}/tmp"
        _empty(self._folder, but=scratch)
        _empty(scratch)
        if "tempfile" in sys.modules:
            sys.modules["tempfile"].tempdir = None
        if _module_marks() != self._modules:
            forget_modules_beneath(self._folder)
            self._modules = _module_marks()


def forget_modules_beneath(folder: str) -> None:
    """Modules that were imported from files there are imported anew."""
    for name, module in list(sys.modules.items()):
        # Not by getattr: some modules load more when they are asked for what they have not.
        attributes = getattr(module, "__dict__", {})
        places = [attributes.get("__file__"), *(attributes.get("__path__") or ())]
        if any(isinstance(place, str) and f"{place}/".startswith(f"{folder}/") for place in places):
            del sys.modules[name]
    for path in list(sys.path_importer_cache):
        if f"{path}/".startswith(f"{folder}/"):
            del sys.path_importer_cache[path]


def _module_marks() -> tuple[int, str]:
    """Equal as long as no module has come or gone: a table of modules grows at its end."""
    return len(sys.modules), next(reversed(sys.modules))


def _rights() -> tuple[Any, ...]:
    """Users, groups and limits of this process."""
    return os.getresuid(), os.getresgid(), [resource.getrlimit(which) for which in _LIMITS]


def _empty(folder: str, but: str | None = None) -> None:
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.path == but:
                continue
            if entry.is_dir(follow_symlinks=False):
                shutil.rmtree(entry.path)
            else:
                os.unlink(entry.path)
