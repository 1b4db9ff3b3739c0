"""What runs beneath a process, its memory and its CPU time, read from /proc."""

import contextlib
import os
import time
from dataclasses import dataclass
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Process:
    pid: int
    parent: int
    command: tuple[str, ...]

    @property
    def role(self) -> str | None:
        """What a reader of the report calls it."""
        command = " ".join(self.command)
        return next((role for part, role in ROLES if part in command), None)

    def memory_mib(self) -> dict[str, float] | None:
        """Resident, and its proportional share of what is shared; None once it has ended."""
        try:
            lines = Path(f"/proc/{self.pid}/smaps_rollup").read_text().splitlines()
        except (FileNotFoundError, ProcessLookupError):
            return None
        kb = {line.split(":")[0]: int(line.split()[1]) for line in lines if ":" in line and line.endswith("kB")}
        return {"RSS MiB": kb["Rss"] / 1024, "PSS MiB": kb["Pss"] / 1024}

    def cpu_seconds(self) -> float:
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS


# The first that the command line holds.
ROLES = [
    ("stoker up", "stoker up (API, scheduler)"),
    ("stoker server", "stoker server"),
    ("stoker node", "stoker node"),
    ("stoker worker", "stoker worker"),
    ("stoker_kernel.zygote", "zygotes and kernels"),
    ("stoker_kernel.driver", "Spark driver"),
    ("stoker_kernel.spark", "Spark driver"),
    ("java", "Spark driver"),
    ("mlflow", "MLflow"),
    ("postgres", "Postgres"),
]


def read(pid: int) -> Process | None:
    try:
        parent = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
        command = Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace").rstrip("\0").split("\0")
    except (FileNotFoundError, ProcessLookupError):
        return None
    return Process(pid, parent, (Path(command[0]).name, *command[1:])) if command != [""] else None


def tree(pid: int) -> list[Process]:
    """The process and all that lives beneath it."""
    everything = [
        process for entry in Path("/proc").iterdir() if entry.name.isdigit() and (process := read(int(entry.name)))
    ]
    found = [process for process in everything if process.pid == pid]
    parents = {pid}
    while parents:
        children = [process for process in everything if process.parent in parents]
        found += children
        parents = {process.pid for process in children}
    return found


def by_role(pid: int) -> dict[str, list[Process]]:
    """A process that tells nothing of itself does what the one that started it does."""
    roles: dict[str, list[Process]] = {}
    role_of: dict[int, str] = {}
    for process in tree(pid):
        role = process.role or role_of.get(process.parent, Path(process.command[0]).name)
        role_of[process.pid] = role
        roles.setdefault(role, []).append(process)
    return roles


def memories_mib(processes: list[Process]) -> list[dict[str, float]]:
    """Of those that are alive."""
    return [memory for process in processes if (memory := process.memory_mib())]


def cpu_share(processes: list[Process], seconds: float) -> float:
    """Of one core, in percent, over the next seconds, by those that live as long."""
    before = cpu_seconds(processes)
    time.sleep(seconds)
    after = cpu_seconds(processes)
    return sum(after[pid] - before[pid] for pid in after if pid in before) / seconds * 100


def cpu_seconds(processes: list[Process]) -> dict[int, float]:
    """By process, of those that are alive."""
    used: dict[int, float] = {}
    for process in processes:
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            used[process.pid] = process.cpu_seconds()
    return used
