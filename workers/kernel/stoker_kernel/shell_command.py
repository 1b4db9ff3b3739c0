"""Shell scripts of `%sh` cells and `!` lines: bash, in the run's folder, output into the cell."""

from __future__ import annotations

import subprocess

from stoker_kernel.errors import CommandFailed


def run(script: str, options: tuple[str, ...] = ()) -> int:
    """Runs the script to its end; its status, negative for a signal.

    Returns when bash itself ends: what it left in the background goes on until the run ends.
    """
    # One stream, so that errors stand where they happened.
    return subprocess.run(
        ["/bin/bash", *options, "-c", script], stdin=subprocess.DEVNULL, stderr=subprocess.STDOUT, check=False
    ).returncode


def run_cell(line: str, body: str) -> None:
    """A `%sh` cell; with `-e` on its first line a status other than 0 raises CommandFailed."""
    words = line.split()
    stop_on_error = bool(words) and words[0] == "-e"
    rest = line.strip()[2:].strip() if stop_on_error else line.strip()
    script = "\n".join(part for part in (rest, body) if part)
    status = run(script, ("-e",) if stop_on_error else ())
    if stop_on_error and status != 0:
        raise CommandFailed(f"the shell script ended with status {status}")
