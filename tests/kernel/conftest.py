"""The worker's side of the protocol, for real zygotes and kernels. Nothing here sleeps: every wait is for an event."""

from __future__ import annotations

import array
import contextlib
import dataclasses
import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import workspace_server

PACKAGE_ROOT = Path(__file__).resolve().parents[2] / "workers" / "kernel"
sys.path.insert(0, str(PACKAGE_ROOT))

from stoker_kernel import process  # noqa: E402
from stoker_kernel.frames import FrameSocket, encode  # noqa: E402

WAIT_SECONDS = 60


def send_with_fd(sock: socket.socket, frame: dict[str, Any], fd: int) -> None:
    """A frame whose first byte carries a descriptor, as the worker sends it."""
    data = encode(frame)
    sent = sock.sendmsg([data], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [fd]))])
    sock.sendall(data[sent:])


class KernelPeer:
    """The worker's end of one kernel's socket."""

    def __init__(self, zygote: ZygotePeer, kernel_id: str, folder: Path, request: dict[str, Any]) -> None:
        self.kernel_id, self.folder, self.zygote = kernel_id, folder, zygote
        own, theirs = socket.socketpair()
        own.settimeout(WAIT_SECONDS)
        self.socket = own
        self.channel = FrameSocket(own)
        with theirs:
            send_with_fd(
                zygote.socket, {"op": "fork", "kernel_id": kernel_id, "folder": str(folder), **request}, theirs.fileno()
            )
        self.pid = zygote.wait("forked", kernel_id)["pid"]

    def receive(self) -> dict[str, Any]:
        """The next frame."""
        return self.channel.receive()[0]

    def ready(self) -> dict[str, Any]:
        """Waits for the pool's report."""
        frame = self.receive()
        assert frame["event"] == "ready"
        return frame

    def start(
        self,
        source: str,
        widgets: dict[str, str] | None = None,
        environ: dict[str, str] | None = None,
        keep: bool = False,
        checkout: dict[str, str] | None = None,
        **notebook: Any,
    ) -> None:
        """Sends the run."""
        self.channel.send(
            {
                "op": "run",
                "run_id": 11,
                "job_run_id": 10,
                "job_id": 7,
                "task_key": "main",
                "keep": keep,
                "environ": environ or {},
                "widgets": widgets or {},
                "checkout": checkout,
                "notebook": {
                    "path": "/Users/me/nb",
                    "format": "SOURCE",
                    "language": "PYTHON",
                    "content": source,
                    **notebook,
                },
                "context": {"jobId": "7", "runId": "11", "user": "me", "clusterId": "c-1"},
            }
        )

    def start_program(self, kind: str, environ: dict[str, str] | None = None, **program: Any) -> None:
        """Sends the run of a task that is no notebook."""
        self.channel.send(
            {
                "op": "run",
                "run_id": 11,
                "job_run_id": 10,
                "job_id": 7,
                "task_key": "main",
                "keep": False,
                "environ": environ or {},
                "widgets": {},
                "program": {"kind": kind, **program},
                "context": {"jobId": "7", "runId": "11", "user": "me", "clusterId": "c-1"},
            }
        )

    def finished(self) -> Finished:
        """The last frame; `model_wanted` before it is skipped, an ask is a failure."""
        while True:
            frame = self.receive()
            if frame["event"] == "finished":
                return Finished(frame)
            assert frame["event"] != "ask", frame

    def run(self, source: str, **options: Any) -> Finished:
        """Sends the run and waits for its end."""
        self.start(source, **options)
        return self.finished()

    def exited(self) -> int:
        """Waits for the zygote's report; the wait status."""
        return self.zygote.wait("exited", self.kernel_id)["status"]


@dataclasses.dataclass
class Finished:
    """A `finished` frame."""

    frame: dict[str, Any]

    def __getattr__(self, name: str) -> Any:
        return self.frame[name]

    @property
    def cells(self) -> list[dict[str, Any]]:
        """The executed notebook's cells."""
        return json.loads(self.frame["notebook"])["cells"]

    @property
    def text(self) -> str:
        """All stream text of all cells."""
        return "".join(
            output["text"]
            for cell in self.cells
            for output in cell.get("outputs", [])
            if output["output_type"] == "stream"
        )

    def ok(self) -> Finished:
        """Itself, if the run succeeded."""
        assert self.frame["state"] == "SUCCESS", (self.frame["error"], self.frame["error_trace"])
        return self


class ZygotePeer:
    """The worker's end of a zygote's socket."""

    def __init__(self, sock: socket.socket, root: Path, pid: int) -> None:
        sock.settimeout(WAIT_SECONDS)
        self.socket, self.root, self.pid = sock, root, pid
        self.channel = FrameSocket(sock)
        self._waiting: list[dict[str, Any]] = []
        self._count = 0
        self.first = self.channel.receive()[0]

    def wait(self, event: str, name: str) -> dict[str, Any]:
        """The report about one kernel or zygote; others are kept for their own waits."""
        while True:
            for frame in self._waiting:
                if frame["event"] == event and name in (frame.get("kernel_id"), frame.get("zygote_id")):
                    self._waiting.remove(frame)
                    return frame
            self._waiting.append(self.channel.receive()[0])

    def fork(self, **request: Any) -> KernelPeer:
        """A kernel in a new folder."""
        self._count += 1
        name = f"k{self.pid}-{self._count}"
        folder = self.root / "runs" / name
        folder.mkdir(parents=True, mode=0o700)
        return KernelPeer(self, name, folder, request)

    def kernel(self, **request: Any) -> KernelPeer:
        """A kernel that is in the pool."""
        kernel = self.fork(**request)
        kernel.ready()
        return kernel

    def run(self, source: str, **options: Any) -> Finished:
        """One run in a kernel of its own, to the kernel's end."""
        kernel = self.kernel()
        finished = kernel.run(source, **options)
        assert kernel.exited() == 0
        return finished

    def program(self, kind: str, **options: Any) -> Finished:
        """One run of a program in a kernel of its own, to the kernel's end."""
        kernel = self.kernel()
        kernel.start_program(kind, **options)
        finished = kernel.finished()
        assert kernel.exited() == 0
        return finished

    def grow(self, **preload: Any) -> ZygotePeer:
        """A child zygote; its first frame is in `first`."""
        self._count += 1
        own, theirs = socket.socketpair()
        name = f"z{self.pid}-{self._count}"
        with theirs:
            send_with_fd(self.socket, {"op": "grow", "zygote_id": name, "preload": preload}, theirs.fileno())
        pid = self.wait("grown", name)["pid"]
        grown = ZygotePeer(own, self.root, pid)
        grown.zygote_id = name  # type: ignore[attr-defined]
        return grown


def lean_environ(root: Path) -> dict[str, str]:
    """What a worker gives a zygote."""
    return {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(PACKAGE_ROOT),
        "LANG": "C.UTF-8",
        "STOKER_DBFS_ROOT": str(root / "storage" / "dbfs"),
    }


@pytest.fixture(scope="session")
def data_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder as a node lays it out, with things in it that no notebook may read."""
    root = tmp_path_factory.mktemp("data")
    (root / "storage" / "dbfs").mkdir(parents=True)
    (root / "secrets").mkdir()
    (root / "checkouts").mkdir()
    (root / "secrets" / "server_dsn").write_text("postgres://secret")
    (root / "connection.json").write_text('{"token": "server-token"}')
    return root


@contextlib.contextmanager
def lean_zygote(data_folder: Path, *arguments: str, **environ: str) -> Iterator[ZygotePeer]:
    """A lean zygote, from its start to its end by itself."""
    process.become_subreaper()
    own, theirs = socket.socketpair()
    with theirs:
        child = subprocess.Popen(
            [
                *(sys.executable, "-m", "stoker_kernel.zygote", "--fd", str(theirs.fileno())),
                *("--read", str(data_folder / "checkouts"), *arguments),
            ],
            pass_fds=[theirs.fileno()],
            env=lean_environ(data_folder) | environ,
            cwd=data_folder,
        )
    peer = ZygotePeer(own, data_folder, child.pid)
    yield peer
    peer.channel.close()
    assert child.wait(WAIT_SECONDS) == 0


@pytest.fixture(scope="module")
def workspace() -> Iterator[tuple[dict[str, tuple[str, str]], dict[str, str]]]:
    """A workspace's objects, and the environment that leads to its server."""
    with workspace_server.served() as served:
        yield served


@pytest.fixture(scope="session")
def zygote(data_folder: Path) -> Iterator[ZygotePeer]:
    """One for the session; kernels of different tests share nothing but it."""
    with lean_zygote(data_folder) as peer:
        yield peer
