"""A zygote: a process that has done the imports and forks kernels, and zygotes with more imports, in milliseconds.

    python -m stoker_kernel.zygote --fd N [--read PATH]... [--write PATH]...

Single-threaded, so that a fork copies all of it. Ends when its worker does, by parent-death signal or by the end of
the socket. `--read` and `--write` add to what kernels reach (isolation.py).
"""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import gc
import importlib
import os
import select
import signal
import socket
import sys
import time
from typing import Any, NoReturn

# Before any library loads: no threads, no telemetry, figures into cells.
_ENVIRON = {
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "NUMEXPR_NUM_THREADS": "1",
    "JE_ARROW_MALLOC_CONF": "background_thread:false",
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "DO_NOT_TRACK": "true",
    "MPLBACKEND": "module://matplotlib_inline.backend_inline",
}
os.environ.update(_ENVIRON)

from stoker_kernel import isolation, kernel, landlock, models, process, spark, subreaper  # noqa: E402
from stoker_kernel.frames import Disconnected, FrameSocket  # noqa: E402
from stoker_kernel.kernel import Kernel  # noqa: E402
from stoker_kernel.shell import describe  # noqa: E402

#: How long an `exited` report waits for processes that cannot be killed at once (disk sleep).
_STRANGER_PATIENCE_SECONDS = 5.0


class Zygote:
    """The loop: requests from the worker, deaths of children."""

    def __init__(self, channel: FrameSocket, kernel: Kernel, reach: isolation.Reach) -> None:
        self._channel = channel
        self._kernel = kernel
        self._reach = reach
        self._own: dict[int, dict[str, Any]] = {}
        self._ended: list[dict[str, Any]] = []
        self._patience_ends: float | None = None
        self._inherited: list[int] = []
        self._places = landlock.Places(reach.read, reach.write)
        self._wake_read, self._wake_write = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)

    def serve(self, ready: dict[str, Any]) -> None:
        """Reports `ready`, then serves until the worker closes its end. In a forked child this never returns."""
        with contextlib.suppress(Disconnected, BrokenPipeError):
            self._serve(ready)

    def _serve(self, ready: dict[str, Any]) -> None:
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(self._wake_write, warn_on_full_buffer=False)
        # One thread, nothing but this loop: no more descriptors come but those that a request brings.
        own = (0, 1, 2, self._channel.fileno(), self._wake_read, self._wake_write, *self._places.descriptors())
        gc.collect()  # it closes what garbage holds open
        self._inherited = [fd for fd in process.descriptors() if fd not in own]
        # What is here now is shared with every kernel: collections in a kernel leave its pages alone.
        gc.freeze()
        self._channel.send(
            {"event": "ready", **ready, "threads": process.thread_count(), "rss_kb": process.resident_kb()}
        )
        poll = select.poll()
        poll.register(self._channel.fileno(), select.POLLIN)
        poll.register(self._wake_read, select.POLLIN)
        while True:
            events = dict(poll.poll(200 if self._patience_ends else None))
            if self._wake_read in events:
                with contextlib.suppress(BlockingIOError):
                    os.read(self._wake_read, 4096)
            self._reap()
            if self._channel.fileno() in events:
                request = self._channel.poll()
                if request is not None:
                    self._answer(*request)

    def _answer(self, request: dict[str, Any], fds: list[int]) -> None:
        operation = request.get("op")
        if operation == "fork" and fds:
            pid = self._fork(
                request,
                fds,
                lambda sock, parent: kernel.main(sock, request, self._kernel, self._places, parent, self._inherited),
            )
            if pid:
                self._own[pid] = {"kernel_id": request["kernel_id"]}
                self._channel.send({"event": "forked", "kernel_id": request["kernel_id"], "pid": pid})
        elif operation == "grow" and fds:
            pid = self._fork(request, fds, lambda sock, parent: self._grow(sock, request, parent))
            if pid:
                self._own[pid] = {"zygote_id": request["zygote_id"]}
                self._channel.send({"event": "grown", "zygote_id": request["zygote_id"], "pid": pid})
        else:
            self._refuse(request, f"unknown request or no socket with it: {operation}")
        for fd in fds:
            os.close(fd)

    def _grow(self, sock: socket.socket, request: dict[str, Any], parent: int) -> NoReturn:
        self._places.close()
        _grown(sock, request, self._kernel, self._reach, parent)

    def _refuse(self, request: dict[str, Any], message: str) -> None:
        about = {name: request[name] for name in ("kernel_id", "zygote_id") if name in request}
        self._channel.send({"event": "refused", **about, "message": message})

    def _fork(self, request: dict[str, Any], fds: list[int], child: Any) -> int | None:
        """The child's pid, None when the system has none left; the child ends in `child(its socket, this pid)`."""
        parent = os.getpid()
        try:
            pid = os.fork()
        except OSError as error:
            self._refuse(request, describe(error))
            return None
        if pid == 0:
            try:
                signal.set_wakeup_fd(-1)
                signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                os.close(self._channel.detach())
                os.close(self._wake_read)
                os.close(self._wake_write)
                child(socket.socket(fileno=fds[0]), parent)
            finally:
                os._exit(1)
        return pid

    def _reap(self) -> None:
        """Reaps the dead, kills what they left, and reports kernels whose processes are all gone."""
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                break
            if pid == 0:
                break
            if pid in self._own:
                self._ended.append({"event": "exited", **self._own.pop(pid), "pid": pid, "status": status})
        if self._strangers_left() and not self._patience_over():
            # Their deaths bring the loop here again.
            return
        self._patience_ends = None
        for report in self._ended:
            self._channel.send(report)
        self._ended.clear()

    def _strangers_left(self) -> bool:
        try:
            return bool(subreaper.kill_strangers(self._own))
        except OSError:
            # No descriptor is left to look for them: there may be some.
            return True

    def _patience_over(self) -> bool:
        now = time.monotonic()
        if self._patience_ends is None:
            self._patience_ends = now + _STRANGER_PATIENCE_SECONDS
        return now >= self._patience_ends


def _grown(
    sock: socket.socket, request: dict[str, Any], own_kernel: Kernel, reach: isolation.Reach, parent: int
) -> NoReturn:
    """A child zygote's whole life: loads what the request names, then serves as any other."""
    status = 1
    channel = FrameSocket(sock)
    try:
        process.die_with_parent(parent)
        process.become_subreaper()
        gc.unfreeze()
        preload = request.get("preload") or {}
        if folder := preload.get("folder"):
            # Models bring code that runs while they are loaded. Kernels bind themselves further.
            isolation.confine(dataclasses.replace(reach, write=(*reach.write, folder, *preload["write"])))
            reach = dataclasses.replace(reach, read=(*reach.read, folder))
        os.environ.update({str(name): str(value) for name, value in (preload.get("environ") or {}).items()})
        loaded, skipped = _import_all(preload.get("modules") or [])
        if "SSL_CERT_FILE" in os.environ:  # the server's certificate is of an authority of its own
            from stoker_kernel.models import own_server

            own_server.trust()
        model_key = None
        if preload.get("model_uri"):
            model_key = models.preload(preload["model_uri"], preload.get("driver"))
        elif preload.get("driver"):
            spark.attach_zygote(preload["driver"])
        Zygote(channel, own_kernel, reach).serve({"modules": loaded, "skipped": skipped, "model_key": model_key})
        status = 0
    except Exception as error:
        with contextlib.suppress(OSError):
            channel.send({"event": "failed", "message": describe(error)})
    finally:
        os._exit(status)


def _import_all(names: list[str]) -> tuple[list[str], dict[str, str]]:
    """The modules that could be imported, and for the others why not."""
    loaded, skipped = [], {}
    for name in names:
        try:
            importlib.import_module(name)
            loaded.append(name)
        except Exception as error:
            skipped[name] = describe(error)
    return loaded, skipped


def main(arguments: list[str] | None = None) -> int:
    """The lean zygote; the status it ends with."""
    parser = argparse.ArgumentParser(prog="stoker_kernel.zygote")
    parser.add_argument("--fd", type=int, required=True)
    parser.add_argument("--read", action="append", default=[])
    parser.add_argument("--write", action="append", default=[])
    options = parser.parse_args(arguments)
    process.die_with_parent()
    process.become_subreaper()
    process.set_dumpable(False)
    # Ctrl-C in a terminal reaches the whole group: the worker decides when its kernels end.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if sys.path and sys.path[0] in ("", os.getcwd()):
        del sys.path[0]
    os.set_inheritable(options.fd, False)
    own_kernel = Kernel()
    own_kernel.rehearse(kernel.REHEARSALS)
    reach = isolation.reach_of_this_process(options.read, options.write)
    Zygote(FrameSocket(socket.socket(fileno=options.fd)), own_kernel, reach).serve({"modules": [], "skipped": {}})
    return 0


if __name__ == "__main__":
    sys.exit(main())
