"""Where things are, and the clean way to run what is there."""

import os
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BENCH = ROOT / "bench"
BUILD = ROOT / "build/release"
STOKER = BUILD / "stoker"
PROGRAM = BUILD / "stoker_bench"
RESULTS = ROOT / "build/bench"
PEERS = RESULTS / "peers"


def postgres_programs() -> Path:
    """Debian keeps pgbench and postgres out of PATH."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda folder: int(folder.parent.name))
    if not found:
        raise SystemExit("bench: Postgres is not installed: deploy/install run")
    return found[-1]


def output_of(*command: str, **environment: str) -> str:
    """Standard output of a command that has to succeed."""
    done = subprocess.run(command, capture_output=True, text=True, env=os.environ | environment)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(command)[:300]} failed ({done.returncode}): {done.stderr.strip()[-2000:]}")
    return done.stdout


def first_line_of(*command: str) -> str:
    """What a program says of its version; "absent" when it is not there."""
    try:
        return output_of(*command).strip().splitlines()[0]
    except (FileNotFoundError, RuntimeError, IndexError):
        return "absent"
