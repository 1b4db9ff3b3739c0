#!/usr/bin/env python3
"""The floor under a run: what one warm kernel costs without server, queue and worker.

    <python of an environment> bench/kernel_floor.py [--runs 300] [--json]

Forks kernels from a lean zygote one after another, as a worker does, and times each step of a notebook that reads a
widget and exits: fork → ready (off a run's path, but CPU all the same), run → finished, and the CPU time of all of it.
With `--shared` one kernel is kept for all runs (job tag `stoker.isolation: shared`): run → finished, finished → ready.
"""

from __future__ import annotations

import argparse
import array
import json
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

PACKAGE_ROOT = Path(__file__).resolve().parents[1] / "workers" / "kernel"
sys.path.insert(0, str(PACKAGE_ROOT))

from stoker_kernel.frames import FrameSocket, encode  # noqa: E402

NOTEBOOK = '# Databricks notebook source\ndbutils.notebook.exit(dbutils.widgets.get("text"))\n'
_WARM_UP_RUNS = 5


class Kernel:
    """The worker's end of one kernel."""

    def __init__(self, zygote: Zygote, folder: Path) -> None:
        self.zygote, self.folder = zygote, folder
        folder.mkdir(parents=True, mode=0o700)
        own, theirs = socket.socketpair()
        self.channel = FrameSocket(own)
        with theirs:
            request = {"op": "fork", "kernel_id": folder.name, "folder": str(folder), "limits": {}, "cgroup": None}
            fds = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [theirs.fileno()]))]
            zygote.socket.sendmsg([encode(request)], fds)
        zygote.expect("forked")
        self.expect("ready")

    def expect(self, event: str) -> dict[str, Any]:
        """The next frame, which is that event."""
        frame, _ = self.channel.receive()
        assert frame["event"] == event, frame
        return frame

    def run(self, keep: bool = False) -> None:
        """One run, to its `finished` frame."""
        self.channel.send(
            {
                "op": "run",
                "run_id": 11,
                "job_run_id": 10,
                "job_id": 7,
                "task_key": "main",
                "keep": keep,
                "environ": {"DATABRICKS_HOST": "http://127.0.0.1:8080", "DATABRICKS_TOKEN": "dapi-not-one"},
                "widgets": {"text": "hello"},
                "notebook": {"path": "/Shared/n", "format": "SOURCE", "language": "PYTHON", "content": NOTEBOOK},
                "context": {"jobId": "7", "runId": "11", "user": "me", "clusterId": "c-1"},
            }
        )
        finished = self.expect("finished")
        assert finished["result"] == "hello", finished


class Zygote:
    """A lean zygote as a worker starts it, in a data folder of its own."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.socket, theirs = socket.socketpair()
        with theirs:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "stoker_kernel.zygote", "--fd", str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                env={"PATH": os.environ["PATH"], "PYTHONPATH": str(PACKAGE_ROOT), "LANG": "C.UTF-8"},
                cwd=root,
            )
        self.channel = FrameSocket(self.socket)
        self.expect("ready")
        self._kernels = 0

    def expect(self, event: str) -> dict[str, Any]:
        """The next frame, which is that event."""
        frame, _ = self.channel.receive()
        assert frame["event"] == event, frame
        return frame

    def fork(self) -> Kernel:
        """A kernel that is ready."""
        self._kernels += 1
        return Kernel(self, self.root / "runs" / f"k{self._kernels}")

    def cpu_seconds(self) -> float:
        """Its own CPU time and that of its kernels that have ended."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return sum(int(ticks) for ticks in fields[11:15]) / os.sysconf("SC_CLK_TCK")

    def close(self) -> None:
        """Ends it."""
        self.channel.close()
        self.process.wait()


def isolated(zygote: Zygote, runs: int) -> dict[str, Any]:
    """A kernel a run."""
    ready, finished, exited = [], [], []
    for number in range(_WARM_UP_RUNS + runs):
        if number == _WARM_UP_RUNS:
            cpu = zygote.cpu_seconds()
        start = time.perf_counter()
        kernel = zygote.fork()
        forked = time.perf_counter()
        kernel.run()
        done = time.perf_counter()
        zygote.expect("exited")
        gone = time.perf_counter()
        kernel.channel.close()
        shutil.rmtree(kernel.folder)
        if number >= _WARM_UP_RUNS:
            ready.append(forked - start)
            finished.append(done - forked)
            exited.append(gone - done)
    return {
        "fork_to_ready": _spread(ready),
        "run_to_finished": _spread(finished),
        "finished_to_exited": _spread(exited),
        "cpu_ms": round((zygote.cpu_seconds() - cpu) / runs * 1000, 3),
    }


def shared(zygote: Zygote, runs: int) -> dict[str, Any]:
    """One kernel for all runs."""
    kernel = zygote.fork()
    finished, ready = [], []
    pid_cpu = _cpu_of_only_child(zygote.process.pid)
    for number in range(_WARM_UP_RUNS + runs):
        if number == _WARM_UP_RUNS:
            cpu = pid_cpu()
        start = time.perf_counter()
        kernel.run(keep=True)
        done = time.perf_counter()
        kernel.expect("ready")
        again = time.perf_counter()
        if number >= _WARM_UP_RUNS:
            finished.append(done - start)
            ready.append(again - done)
    result = {
        "run_to_finished": _spread(finished),
        "finished_to_ready": _spread(ready),
        "cpu_ms": round((pid_cpu() - cpu) / runs * 1000, 3),
    }
    kernel.channel.close()
    zygote.expect("exited")
    return result


def _cpu_of_only_child(parent: int) -> Any:
    (pid,) = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
    # Nanoseconds on a CPU, of the main thread.
    return lambda: int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) / 1e9


def _spread(seconds: list[float]) -> dict[str, float]:
    ordered = sorted(seconds)
    return {
        "p50_ms": round(statistics.median(ordered) * 1000, 3),
        "p99_ms": round(ordered[min(len(ordered) - 1, len(ordered) * 99 // 100)] * 1000, 3),
        "min_ms": round(ordered[0] * 1000, 3),
    }


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--runs", type=int, default=300)
    parser.add_argument("--shared", action="store_true")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="stoker-floor-") as folder:
        zygote = Zygote(Path(folder))
        figures = (shared if options.shared else isolated)(zygote, options.runs)
        zygote.close()
    if options.json:
        print(json.dumps({"runs": options.runs, **figures}))
        return
    for name, value in figures.items():
        shown = "  ".join(f"{k} {v:8.3f}" for k, v in value.items()) if isinstance(value, dict) else value
        print(f"{name:20}", shown)


if __name__ == "__main__":
    main()
