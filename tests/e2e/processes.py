"""What runs beneath a process, read from /proc."""

import json
import os
import signal
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Process:
    pid: int
    parent: int
    started: str  # clock ticks since boot: tells a process from a later one with the same pid
    command: tuple[str, ...]

    def alive(self) -> bool:
        now = read(self.pid)
        return now is not None and now.started == self.started


def read(pid: int) -> Process | None:
    """None when there is no such process, or only a zombie of it."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        command = Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace").rstrip("\0").split("\0")
    except (FileNotFoundError, ProcessLookupError):
        return None
    return None if stat[0] in "ZX" else Process(pid, int(stat[1]), stat[19], tuple(command))


def everything() -> list[Process]:
    found = (read(int(entry.name)) for entry in Path("/proc").iterdir() if entry.name.isdigit())
    return [process for process in found if process]


def beneath(pid: int) -> list[Process]:
    """All living descendants of `pid`."""
    running = everything()
    found: list[Process] = []
    parents = {pid}
    while parents:
        children = [process for process in running if process.parent in parents]
        found += children
        parents = {process.pid for process in children}
    return found


def workers_of(server_pid: int, cluster_id: str) -> list[Process]:
    """The `stoker worker` processes that serve the cluster."""
    found = []
    for process in beneath(server_pid):
        if "--launch" not in process.command or "worker" not in process.command:
            continue
        launch = process.command[process.command.index("--launch") + 1]
        # A server may keep its data folder in a mount namespace of its own.
        content = json.loads(Path(f"/proc/{process.pid}/root{launch}").read_text())
        if content["cluster_id"] == cluster_id:
            found.append(process)
    return found


def kill(process: Process) -> None:
    """`kill -9`, of the very process that was seen."""
    assert process.alive()
    os.kill(process.pid, signal.SIGKILL)
