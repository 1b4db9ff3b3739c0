"""A kernel: one forked process that runs one run's notebook, or program, and ends.

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
from typing import Any, NoReturn

from stoker_kernel import isolation, models, process, spark, subreaper
from stoker_kernel.asks import Asks
from stoker_kernel.baseline import Baseline
from stoker_kernel.capture import Capture
from stoker_kernel.errors import RunCancelled
from stoker_kernel.frames import FrameSocket, encode
from stoker_kernel.landlock import Places
from stoker_kernel.notebook_run import HEAVY_MODULES, NotebookRun, used_modules
from stoker_kernel.programs import Program
from stoker_kernel.shell import describe, make_shell

#: Set by zygotes so that no library starts threads before a fork; a kernel's own libraries may.
SINGLE_THREAD_VARIABLES = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS")
REHEARSALS = 20
_REHEARSAL = {
    "op": "run",
    "environ": {},
    "widgets": {"name": "value"},
    "notebook": {
        "path": "/rehearsal",
        "format": "SOURCE",
        "language": "PYTHON",
        "content": """# Databricks notebook source
dbutils.widgets.text("name", "default")
text = dbutils.widgets.get("name")
# COMMAND ----------
import json
print(text)
len(text)
# COMMAND ----------
dbutils.notebook.exit(json.dumps({"text": text}))
""",
    },
    "context": {"jobId": "1"},
}
_FILES = (io.TextIOWrapper, io.BufferedWriter, io.BufferedRandom)


class Kernel:
    """The process's own object: the socket to the worker, the shell, the folder. `spark` and `models` are given it.

    Made once, in the lean zygote, with all that a run needs but the run: a fork has only to say where it is.
    """

    def __init__(self) -> None:
        self.kernel_id = ""
        self.folder = ""
        self._shell = make_shell()
        self._capture = Capture(self._shell.outputs)
        self._notebook_run = NotebookRun(self._shell, self)
        self._cancel_requested = False
        self._cancellable = False
        self._descriptors = 0

    def rehearse(self, times: int) -> None:
        """Goes through what every run goes through. In the zygote often enough for Python to specialise the code: a kernel
        then finds in the pages it shares what it would write into pages of its own. Once in a kernel that has the time:
        the pages that a run writes to are its own by then, which halves the run's way through Python."""
        own, worker = socket.socketpair()
        streams = sys.stdout, sys.stderr, sys.__stdout__, sys.__stderr__
        with own, worker:
            self._connect(own)
            self._capture.take_streams()
            for _ in range(times):
                worker.sendall(encode(_REHEARSAL))
                frame, _ = self._channel.receive()
                self._channel.send(self._outcome(frame))
                worker.recv(1 << 16)
                self._notebook_run.renew()
        sys.stdout, sys.stderr, sys.__stdout__, sys.__stderr__ = streams  # type: ignore[misc]
        del self._channel, self._asks

    def enter(self, sock: socket.socket, kernel_id: str, folder: str, inherited: list[int]) -> None:
        """After the fork: the process is the kernel of this name, in this folder, at this socket."""
        self.kernel_id, self.folder = kernel_id, folder
        self._connect(sock)
        self._capture.start()
        # Standard ones, the socket, the pipes' ends, what wakes the thread that empties them.
        self._descriptors = 3 + 1 + 3 + len(inherited)
        spark.install(self)
        models.install_hook(self)
        for name in SINGLE_THREAD_VARIABLES:
            os.environ.pop(name, None)
        # Processes that the notebook forks (multiprocessing) end on SIGTERM like any other.
        os.register_at_fork(after_in_child=lambda: signal.signal(signal.SIGTERM, signal.SIG_DFL))

    def _connect(self, sock: socket.socket) -> None:
        self._channel = FrameSocket(sock)
        self._asks = Asks(self._channel)

    def serve(self, isolation_in_force: dict[str, Any]) -> None:
        """Reports `ready`, runs what the worker sends and ends what that started; again if it is to stay and can."""
        ready = {"event": "ready", "kernel_id": self.kernel_id, "isolation": isolation_in_force}
        baseline = None
        while True:
            self.send(ready)
            frame = self._next_run()
            keep = bool(frame.get("keep"))
            if keep and baseline is None:
                baseline = Baseline(self.folder)
            finished = self._run(frame)
            self.send(finished)
            subreaper.end_descendants()
            if not keep or finished["state"] != "SUCCESS" or not self._put_back(baseline):
                return

    def _next_run(self) -> dict[str, Any]:
        while True:
            frame, _ = self._channel.receive()
            if frame.get("op") == "run":
                return frame

    def _put_back(self, baseline: Baseline) -> bool:
        """Whether nothing of the run is left but the modules that it imported."""
        if self._cancel_requested or spark.used() or self._notebook_run.leaves_traces():
            return False
        self._notebook_run.renew()
        self._capture.renew()
        models.forget_used()
        gc.collect()
        # What is left are modules: later collections need not look at them again.
        gc.freeze()
        _reseed()
        return baseline.put_back()

    # -- what runs, `spark` and `models` need of their kernel

    def ask(self, what: str, **fields: Any) -> dict[str, Any]:
        """Asks the worker and waits; raises asks.AskRefused with its reason when the answer is a no."""
        return self._asks.ask(what, **fields)

    def send(self, frame: dict[str, Any]) -> None:
        """Tells the worker something that needs no answer."""
        self._channel.send(frame)

    def make_session(self) -> Any:
        """The process's SparkSession."""
        return spark.session_for(self)

    def drain(self) -> None:
        """Takes what subprocesses have printed into the cell that runs."""
        self._capture.drain()

    # -- one run

    def _run(self, frame: dict[str, Any]) -> dict[str, Any]:
        """Runs what a `run` frame describes; the `finished` frame."""
        signal.signal(signal.SIGTERM, self._on_terminate)
        for name, value in (frame.get("environ") or {}).items():
            os.environ[name] = str(value)
        finished = self._outcome(frame)
        if process.descriptor_count() > self._descriptors:
            _flush_files()
        return finished

    def _outcome(self, frame: dict[str, Any]) -> dict[str, Any]:
        before = {name for name in HEAVY_MODULES if name in sys.modules}
        try:
            finished = self._execute(frame)
        except BaseException as error:
            finished = _failed(error)
        self._shell.outputs.live.end()
        finished["used"] = {
            "modules": used_modules(before, self._notebook_run.namespace.mentioned_modules, spark.used()),
            "models": models.used(),
            "spark": spark.used(),
        }
        return finished

    def _execute(self, frame: dict[str, Any]) -> dict[str, Any]:
        """Where SIGTERM raises RunCancelled; one that came earlier raises it at the start."""
        program = self._program(frame) if "program" in frame else None
        self._cancellable = True
        try:
            if self._cancel_requested:
                raise RunCancelled("the run was cancelled")
            if program is None:
                self._notebook_run.begin(frame)
                return self._notebook_run.execute()
            program.run()
        finally:
            self._cancellable = False
        return program.finished()

    def _program(self, frame: dict[str, Any]) -> Program:
        self._capture.join_streams()
        return Program(frame, self._notebook_run, self._shell.outputs, self.folder)

    def _on_terminate(self, _signal: int, _frame: Any) -> None:
        """The first SIGTERM ends the notebook; later ones leave its `finally` blocks in peace."""
        first, self._cancel_requested = not self._cancel_requested, True
        if first and self._cancellable:
            raise RunCancelled("the run was cancelled")


def main(
    sock: socket.socket, request: dict[str, Any], kernel: Kernel, common: Places, zygote_pid: int, inherited: list[int]
) -> NoReturn:
    """The forked child's whole life. Never returns, never raises; finalizers of inherited objects never run."""
    status = 1
    try:
        process.die_with_parent(zygote_pid)
        process.become_subreaper()
        process.set_dumpable(True)
        os.setpgid(0, 0)
        _drop_descriptors(inherited)
        folder = os.path.abspath(request["folder"])
        _settle_in(folder)
        memory_mb = (request.get("limits") or {}).get("memory_mb")
        in_force = isolation.enter(common, folder, memory_mb, request.get("cgroup"))
        if request.get("rehearse"):
            kernel.rehearse(1)
        kernel.enter(sock, str(request["kernel_id"]), folder, inherited)
        _reseed()
        kernel.serve(in_force)
        status = 0
    except BaseException:
        # The worker sees the socket close; the zygote's log, or the cell that ran, has the reason.
        with contextlib.suppress(Exception):
            os.write(2, traceback.format_exc().encode("utf-8", "replace"))
    finally:
        os._exit(status)


def _drop_descriptors(inherited: list[int]) -> None:
    """Nothing inherited stays open but the kernel's socket.

    An inherited descriptor is turned to /dev/null instead of closed: the Python object that still holds its number
    must not close, much later, something that got the number anew.
    """
    null = os.open(os.devnull, os.O_RDWR | os.O_CLOEXEC)
    for fd in inherited:
        if fd != null:  # closed since it was listed, and taken anew
            os.dup2(null, fd, inheritable=False)
    os.dup2(null, 0, inheritable=True)
    os.close(null)


def _settle_in(folder: str) -> None:
    """The run's folder as working folder, home and place for temporary files; a zygote's signal settings undone."""
    os.umask(0o077)
    scratch = f"{folder}/tmp"
    with contextlib.suppress(FileExistsError):
        os.mkdir(scratch)
    os.chdir(folder)
    os.environ["HOME"] = folder
    os.environ["TMPDIR"] = scratch
    os.environ["MLFLOW_DFS_TMP"] = f"{scratch}/mlflow"
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
