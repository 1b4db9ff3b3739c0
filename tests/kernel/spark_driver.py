"""A real driver and kernels forked from the test's own process: what a worker does, without the worker."""

from __future__ import annotations

import json
import os
import select
import signal
import socket
import subprocess
import sys
import traceback
from pathlib import Path
from typing import Any, Callable

PACKAGE_ROOT = Path(__file__).resolve().parents[2] / "workers" / "kernel"
# As zygotes do, before any library loads: none of them starts a thread.
for _name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")
os.environ.setdefault("JE_ARROW_MALLOC_CONF", "background_thread:false")
os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
if str(PACKAGE_ROOT) not in sys.path:
    sys.path.insert(0, str(PACKAGE_ROOT))

from stoker_kernel.frames import FrameSocket  # noqa: E402


class DriverUnderTest:
    """One driver process. ``call`` is a worker's request and its answer; kernels reach the driver through it as well."""

    def __init__(self, folder: Path, write: tuple[str, ...] = ("/tmp",), **config: Any) -> None:
        """``write``: where its kernels hand it files; those of most tests have no folder of their own."""
        ours, theirs = socket.socketpair()
        config_file = folder / "driver.json"
        config_file.write_text(json.dumps({"work_folder": str(folder), **config}))
        self.log = folder / "driver.log"
        environ = {**os.environ, "PYTHONPATH": str(PACKAGE_ROOT)}
        command = [sys.executable, "-m", "stoker_kernel.driver", "--fd", str(theirs.fileno()), "--config", str(config_file)]
        for path in write:
            command += ["--write", path]
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(
                command,
                pass_fds=[theirs.fileno()],
                stderr=log,
                env=environ,
            )
        theirs.close()
        self.channel = FrameSocket(ours)
        self.ready, _ = self.channel.receive()
        assert self.ready["event"] == "ready", (self.ready, self.log.read_text())

    def call(self, operation: str, **fields: Any) -> dict[str, Any]:
        self.channel.send({"op": operation, **fields})
        answer, _ = self.channel.receive()
        assert answer["event"] != "refused", answer
        return answer

    def stop(self) -> int:
        self.channel.close()
        return self.process.wait(timeout=30)

    def start_kernel(self, kernel_id: str, body: Callable[["TestKernel"], Any]) -> "RunningKernel":
        """Forks a kernel that runs ``body(kernel)`` and leaves by os._exit, as kernels do."""
        read_end, write_end = os.pipe()
        sys.stdout.flush()
        pid = os.fork()
        if pid == 0:
            os.close(read_end)
            try:
                result = {"ok": body(TestKernel(self, kernel_id, write_end))}
            except BaseException:
                result = {"error": traceback.format_exc()}
            with os.fdopen(write_end, "w") as pipe:
                json.dump(result, pipe)
            os._exit(0)
        os.close(write_end)
        return RunningKernel(self, kernel_id, pid, read_end)

    def run_kernel(self, kernel_id: str, body: Callable[["TestKernel"], Any]) -> Any:
        """What ``body`` returned, after the kernel was detached; a body that raised fails the test."""
        return self.start_kernel(kernel_id, body).finish()


class TestKernel:
    """The few methods of a kernel that spark and models use."""

    __test__ = False

    def __init__(self, driver: DriverUnderTest, kernel_id: str, pipe: int) -> None:
        self.driver = driver
        self.kernel_id = kernel_id
        self.sent: list[dict[str, Any]] = []
        self._pipe = pipe

    def ask(self, what: str, **fields: Any) -> dict[str, Any]:
        assert what == "spark"
        return self.driver.call("attach", kernel_id=self.kernel_id, tag="stoker-" + self.kernel_id, **fields)

    def send(self, frame: dict[str, Any]) -> None:
        self.sent.append(frame)

    def tell(self, line: str) -> None:
        """A sign of life that ``RunningKernel.wait_for`` waits for."""
        os.write(self._pipe, (line + "\n").encode())

    def spark(self) -> Any:
        from stoker_kernel import spark

        return spark.session_for(self)


class RunningKernel:
    """A forked kernel, from outside."""

    def __init__(self, driver: DriverUnderTest, kernel_id: str, pid: int, pipe: int) -> None:
        self.driver = driver
        self.kernel_id = kernel_id
        self.pid = pid
        self._pipe = os.fdopen(pipe, "r")

    def wait_for(self, line: str) -> None:
        said = self._pipe.readline()
        assert said.strip() == line, said + self._pipe.read()

    def kill(self) -> None:
        """SIGKILL, and what a worker then tells the driver."""
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        self._pipe.close()
        self.driver.call("detach", kernel_id=self.kernel_id)

    def finish(self) -> Any:
        with self._pipe as pipe:
            result = json.loads(pipe.read() or '{"error": "the kernel said nothing"}')
        os.waitpid(self.pid, 0)
        self.driver.call("detach", kernel_id=self.kernel_id)
        assert "ok" in result, result["error"]
        return result["ok"]


def wait_for_end(pid: int, seconds: float) -> None:
    """Waits for a process that is nobody's child here; fails the test after ``seconds``."""
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    ended, _, _ = select.select([descriptor], [], [], seconds)
    os.close(descriptor)
    assert ended, f"process {pid} not gone within {seconds} s"
