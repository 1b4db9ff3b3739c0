"""A kernel: one forked process that runs one run's notebook and ends.

`main` is called in the child right after the fork. Up to "ready" it takes everything away that a notebook must not
have; from the `run` frame on nothing slow is left to do.
"""

from __future__ import annotations

import contextlib
import gc
import io
import os
import signal
import socket
import sys
import traceback
from collections.abc import Iterator
from typing import Any, NoReturn

from stoker_kernel import isolation, models, process, spark, subreaper
from stoker_kernel.asks import Asks
from stoker_kernel.capture import Capture
from stoker_kernel.errors import RunCancelled
from stoker_kernel.frames import FrameSocket
from stoker_kernel.isolation import Reach
from stoker_kernel.notebook_run import HEAVY_MODULES, NotebookRun, Surroundings, used_modules
from stoker_kernel.outputs import Outputs
from stoker_kernel.shell import KernelShell, describe

#: Set by zygotes so that no library starts threads before a fork; a kernel's own libraries may.
SINGLE_THREAD_VARIABLES = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS")
_FILES = (io.TextIOWrapper, io.BufferedWriter, io.BufferedRandom)


class Kernel:
    """The process's own object: the socket to the worker, the shell, the folder. `spark` and `models` are given it."""

    def __init__(self, channel: FrameSocket, shell: KernelShell, kernel_id: str, folder: str) -> None:
        self.kernel_id = kernel_id
        self.folder = folder
        self._channel = channel
        self._shell = shell
        self._asks = Asks(channel)
        self._cancel_requested = False
        self._cancellable = False

    def ask(self, what: str, **fields: Any) -> dict[str, Any]:
        """Asks the worker and waits; raises asks.AskRefused with its reason when the answer is a no."""
        return self._asks.ask(what, **fields)

    def send(self, frame: dict[str, Any]) -> None:
        """Tells the worker something that needs no answer."""
        self._channel.send(frame)

    def run(self, frame: dict[str, Any], capture: Capture) -> dict[str, Any]:
        """Runs the notebook of a `run` frame; the `finished` frame."""
        signal.signal(signal.SIGTERM, self._on_terminate)
        # Processes that the notebook forks (multiprocessing) end on SIGTERM like any other.
        os.register_at_fork(after_in_child=lambda: signal.signal(signal.SIGTERM, signal.SIG_DFL))
        before = {name for name in HEAVY_MODULES if name in sys.modules}
        environ = {str(name): str(value) for name, value in (frame.get("environ") or {}).items()}
        for name in SINGLE_THREAD_VARIABLES:
            os.environ.pop(name, None)
        os.environ.update(environ)
        spark.install(self)
        models.install_hook(self)
        surroundings = Surroundings(self.folder, self.ask, self._make_session, capture.drain)
        notebook_run = None
        try:
            with self._user_code():
                notebook_run = NotebookRun(frame, self._shell, surroundings)
                finished = notebook_run.execute()
        except BaseException as error:
            finished = _failed(error)
        _flush_files()
        mentioned = notebook_run.namespace.mentioned_modules if notebook_run else set()
        finished["used"] = {
            "modules": used_modules(before, mentioned, spark.used()),
            "models": models.used(),
            "spark": spark.used(),
        }
        return finished

    def _make_session(self) -> Any:
        return spark.session_for(self)

    @contextlib.contextmanager
    def _user_code(self) -> Iterator[None]:
        """Where SIGTERM raises RunCancelled; one that came earlier raises it at the start."""
        self._cancellable = True
        try:
            if self._cancel_requested:
                raise RunCancelled("the run was cancelled")
            yield
        finally:
            self._cancellable = False

    def _on_terminate(self, _signal: int, _frame: Any) -> None:
        """The first SIGTERM ends the notebook; later ones leave its `finally` blocks in peace."""
        first, self._cancel_requested = not self._cancel_requested, True
        if first and self._cancellable:
            raise RunCancelled("the run was cancelled")


def main(sock: socket.socket, request: dict[str, Any], shell: KernelShell, reach: Reach, zygote_pid: int) -> NoReturn:
    """The forked child's whole life. Never returns, never raises; finalizers of inherited objects never run."""
    status = 1
    try:
        _serve(sock, request, shell, reach, zygote_pid)
        status = 0
    except BaseException:
        # The worker sees the socket close; the zygote's log, or the cell that ran, has the reason.
        with contextlib.suppress(Exception):
            os.write(2, traceback.format_exc().encode("utf-8", "replace"))
    finally:
        os._exit(status)


def _serve(sock: socket.socket, request: dict[str, Any], shell: KernelShell, reach: Reach, zygote_pid: int) -> None:
    process.die_with_parent(zygote_pid)
    process.become_subreaper()
    process.set_dumpable(True)
    os.setpgid(0, 0)
    kernel_id, folder = str(request["kernel_id"]), os.path.abspath(request["folder"])
    _drop_descriptors(sock.fileno())
    channel = FrameSocket(sock)
    _settle_in(folder)
    shell.outputs = Outputs()
    shell.execution_count = 1
    capture = Capture(shell.outputs)
    in_force = isolation.enter(reach, folder, (request.get("limits") or {}).get("memory_mb"), request.get("cgroup"))
    capture.start()
    _reseed()
    kernel = Kernel(channel, shell, kernel_id, folder)
    channel.send({"event": "ready", "kernel_id": kernel_id, "isolation": in_force})
    while True:
        frame, _ = channel.receive()
        if frame.get("op") == "run":
            break
    channel.send(kernel.run(frame, capture))
    subreaper.end_descendants()


def _drop_descriptors(own: int) -> None:
    """Nothing inherited stays open but the kernel's socket.

    An inherited descriptor is turned to /dev/null instead of closed: the Python object that still holds its number
    must not close, much later, something that got the number anew.
    """
    null = os.open(os.devnull, os.O_RDWR | os.O_CLOEXEC)
    for name in os.listdir("/proc/self/fd"):
        fd = int(name)
        if fd in (0, 1, 2, own, null):
            continue
        with contextlib.suppress(OSError):
            os.fstat(fd)
            os.dup2(null, fd, inheritable=False)
    os.dup2(null, 0, inheritable=True)
    os.close(null)


def _settle_in(folder: str) -> None:
    """The run's folder as working folder, home and place for temporary files; a zygote's signal settings undone."""
    os.umask(0o077)
    scratch = os.path.join(folder, "tmp")
    os.makedirs(scratch, exist_ok=True)
    os.chdir(folder)
    os.environ.update(HOME=folder, TMPDIR=scratch, MLFLOW_DFS_TMP=os.path.join(scratch, "mlflow"))
    if "tempfile" in sys.modules:
        sys.modules["tempfile"].tempdir = None
    sys.path.insert(0, "")
    signal.signal(signal.SIGINT, signal.default_int_handler)


def _reseed() -> None:
    """Kernels of one zygote draw different numbers."""
    if "random" in sys.modules:
        sys.modules["random"].seed()
    if "numpy.random" in sys.modules:
        sys.modules["numpy.random"].seed()
    if "torch" in sys.modules:
        sys.modules["torch"].seed()


def _flush_files() -> None:
    """Writes out what files the notebook left open: the process ends without finalizers."""
    for candidate in gc.get_objects():
        if issubclass(type(candidate), _FILES):
            with contextlib.suppress(Exception):
                candidate.flush()


def _failed(error: BaseException) -> dict[str, Any]:
    """The `finished` frame of a run that never came to its first cell, or was cancelled between two."""
    return {
        "event": "finished",
        "state": "FAILED",
        "result": None,
        "truncated": False,
        "error": describe(error),
        "error_trace": "".join(traceback.format_exception_only(type(error), error)).strip(),
        "notebook": None,
    }
