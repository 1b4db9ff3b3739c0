"""The driver: one Python process and one JVM for all kernels of a worker.

    python -m stoker_kernel.driver --fd N --config F [--read PATH]... [--write PATH]...

The JVM does what notebooks tell it, and so do Spark's Python workers: all of it lives in one Landlock domain, which holds
the driver's own folder, the DBFS root and the folders named by ``--write`` (those through which kernels hand it files).

It speaks frames with its worker on descriptor N (ARCHITECTURE.md): ``attach``, ``detach``, ``page``, ``stats``. It ends, and its JVM with it,
when the worker closes its end; it reports ``failed`` and ends when the JVM does, or when the JVM's Spark has stopped.
"""

from __future__ import annotations

import argparse
import json
import os
import select
import signal
import socket
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stoker_kernel import isolation, process, subreaper
from stoker_kernel.frames import Disconnected, FrameSocket
from stoker_kernel.spark import task_marks
from stoker_kernel.spark.conf import DriverConfig
from stoker_kernel.spark.endpoints import Endpoints, SparkStopped

if TYPE_CHECKING:
    from stoker_kernel.spark.jvm import Jvm
    from stoker_kernel.spark.pages import Pages

#: When a detached kernel's jobs are cancelled again and its tasks' Python processes ended, in seconds after the first time.
_CANCEL_AGAIN_SECONDS = (0.25, 1.0)


class Driver:
    """The loop: one thread, no work that waits for a Spark job."""

    def __init__(self, channel: FrameSocket, jvm: "Jvm", endpoints: Endpoints, pages: "Pages") -> None:
        self._channel = channel
        self._jvm = jvm
        self._endpoints = endpoints
        self._pages = pages
        self._pidfd = os.pidfd_open(jvm.process.pid)
        self._cancels: list[tuple[float, str, str]] = []  # (monotonic time, tag, kernel_id), soonest first

    def run(self) -> int:
        """Serves until the worker leaves (0), or the JVM or its Spark does (1)."""
        poller = select.poll()
        poller.register(self._channel.fileno(), select.POLLIN)
        poller.register(self._pidfd, select.POLLIN)
        while True:
            ready = dict(poller.poll(self._wait_milliseconds()))
            if self._pidfd in ready:
                status = self._jvm.process.wait()
                self._channel.send({"event": "failed", "message": f"The Spark driver's JVM ended with status {status}."})
                return 1
            try:
                self._cancel_due()
                while self._channel.fileno() in ready and (frame := self._channel.poll()) is not None:
                    self._serve(frame[0])
            except Disconnected:
                return 0
            except SparkStopped as error:
                self._channel.send({"event": "failed", "message": str(error)})
                return 1
            except Exception:
                if self._jvm.process.poll() is None:
                    raise
                # The next look finds the JVM's end.

    def _serve(self, request: dict[str, Any]) -> None:
        operation, kernel_id = request.get("op"), request.get("kernel_id")
        try:
            if operation == "attach":
                # A tag in use again is not to be cancelled for what its last user left.
                self._cancels = [cancel for cancel in self._cancels if cancel[1] != request["tag"]]
                answer = self._endpoints.attach(kernel_id, request["tag"], request.get("seed_from"), request.get("conf"))
                self._channel.send({"event": "attached", **answer})
            elif operation == "detach":
                self._detach(kernel_id)
                self._channel.send({"event": "detached", "kernel_id": kernel_id})
            elif operation == "page":
                self._pages.ask(request, self._channel.send)
            elif operation == "stats":
                from stoker_kernel.spark.census import census

                self._channel.send({"event": "stats", **census(self._jvm, self._endpoints)})
        except (OSError, Disconnected, SparkStopped):
            raise
        except Exception as error:
            if self._jvm.process.poll() is not None:
                return  # the loop sees the JVM's end and reports it once, for all
            self._channel.send({"event": "refused", "op": operation, "kernel_id": kernel_id, "message": str(error)})

    def _detach(self, kernel_id: str) -> None:
        tag = self._endpoints.detach(kernel_id)
        if tag is not None:
            now = time.monotonic()
            self._cancels.extend((now + delay, tag, kernel_id) for delay in _CANCEL_AGAIN_SECONDS)
            self._cancels.sort()

    def _wait_milliseconds(self) -> float | None:
        if not self._cancels:
            return None
        return max(0.0, self._cancels[0][0] - time.monotonic()) * 1000 + 1

    def _cancel_due(self) -> None:
        now = time.monotonic()
        while self._cancels and self._cancels[0][0] <= now:
            _, tag, kernel_id = self._cancels.pop(0)
            self._endpoints.cancel(tag)
            task_marks.kill_marked(self._jvm.process.pid, tag)
            task_marks.kill_daemons_of(self._jvm.process.pid, kernel_id)


def _reap(jvm_pid: int) -> None:
    """Kills what the JVM's Python workers left behind; the JVM itself is waited for by its Popen."""
    for pid in subreaper.kill_strangers((jvm_pid,)):
        try:
            os.waitpid(pid, os.WNOHANG)
        except ChildProcessError:
            pass


def _shut_in(config: DriverConfig, read: list[str], write: list[str]) -> None:
    """Everything started from here on is bound like a notebook; this process itself is closed to it."""
    process.set_dumpable(False)
    # Spark's Python workers must find nothing to plant for zygotes, whose home this was.
    os.environ["HOME"] = str(config.work_folder)
    os.chdir(config.work_folder)
    read = [*read, *(path for path in (*config.jars_folders, os.environ.get("JAVA_HOME")) if path)]
    isolation.confine(isolation.reach_of_this_process(read, [*write, str(config.work_folder)]))


def main() -> int:
    """Starts the JVM, reports ``ready`` or ``failed``, and serves."""
    parser = argparse.ArgumentParser(prog="stoker_kernel.driver")
    parser.add_argument("--fd", type=int, required=True)
    parser.add_argument("--config", type=Path, required=True)
    parser.add_argument("--read", action="append", default=[])
    parser.add_argument("--write", action="append", default=[])
    arguments = parser.parse_args()
    process.become_subreaper()
    process.die_with_parent()
    os.set_inheritable(arguments.fd, False)
    channel = FrameSocket(socket.socket(fileno=arguments.fd))
    try:
        from stoker_kernel.spark.jvm import start_jvm
        from stoker_kernel.spark.pages import Pages

        described = {"dbfs_root": os.environ.get("STOKER_DBFS_ROOT"), **json.loads(arguments.config.read_text())}
        config = DriverConfig.from_json(described)
        _shut_in(config, arguments.read, arguments.write)
        jvm = start_jvm(config)
        # Python workers that outlive their daemon come to this process as orphans.
        signal.signal(signal.SIGCHLD, lambda *_: _reap(jvm.process.pid))
        endpoints = Endpoints(jvm, config)
        pages = Pages(jvm)
    except Exception as error:
        channel.send({"event": "failed", "message": f"Spark did not start: {error}"})
        subreaper.end_descendants()
        return 1
    channel.send({"event": "ready", "java_pid": jvm.process.pid, "spark_version": endpoints.facts["spark_version"]})
    try:
        return Driver(channel, jvm, endpoints, pages).run()
    finally:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        subreaper.end_descendants()


if __name__ == "__main__":
    sys.exit(main())
