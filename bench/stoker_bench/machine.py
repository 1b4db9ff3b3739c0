"""What a figure is worth nothing without: the machine, the versions, the settings, what else was running."""

import os
import platform
from pathlib import Path

from stoker_bench import peers
from stoker_bench.database import Database
from stoker_bench.places import ROOT, STOKER, first_line_of, postgres_programs


def machine() -> dict[str, str]:
    return {
        "processor": f"{os.cpu_count()} × {_field('/proc/cpuinfo', 'model name')}",
        "memory": f"{int(_field('/proc/meminfo', 'MemTotal').split()[0]) / 2**20:.0f} GiB",
        "system": f"{_field('/etc/os-release', 'PRETTY_NAME', '=')}, Linux {platform.release()}",
        "file system": first_line_of("findmnt", "-no", "FSTYPE", "-T", str(ROOT)),
    }


def versions() -> dict[str, str]:
    commit = first_line_of("git", "-C", str(ROOT), "describe", "--always", "--dirty")
    return {
        "stoker": f"{first_line_of(str(STOKER), '--version')} ({commit})",
        "postgres": first_line_of(str(postgres_programs() / "postgres"), "--version"),
        "compiler": first_line_of("g++", "--version"),
        "harness": f"Python {platform.python_version()}",
    } | peers.versions()


def load_average() -> float:
    return os.getloadavg()[0]


def settings(database: Database) -> dict[str, str]:
    return {f"postgres {name}": value for name, value in database.settings().items()}


def _field(file: str, name: str, separator: str = ":") -> str:
    for line in Path(file).read_text().splitlines():
        key, _, value = line.partition(separator)
        if key.strip() == name:
            return value.strip().strip('"')
    return "unknown"
