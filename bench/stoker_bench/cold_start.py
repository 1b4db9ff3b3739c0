"""From exec to the first answer, and what the process takes then."""

import http.client
import os
import subprocess
import time
from pathlib import Path

from stoker_bench import processes
from stoker_bench.measure import Figures

SETTLING_SECONDS = 2
STOP_SECONDS = 30


def cold_start(command: list[object], port: int, path: str, folder: Path, **environment: str) -> Figures:
    """`path` is asked until it answers 200. Memory is that of the process and all beneath it."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "output.log").open("ab") as log:
        began = time.perf_counter()
        process = subprocess.Popen(command, cwd=folder, env=os.environ | environment, stdout=log, stderr=log)
    try:
        until_answered(port, path, process)
        took = (time.perf_counter() - began) * 1000
        time.sleep(SETTLING_SECONDS)
        memory = processes.memories_mib(processes.tree(process.pid))
        sums = {unit: sum(one[unit] for one in memory) for unit in ("RSS MiB", "PSS MiB")}
        return {"ms to first answer": took} | sums
    finally:
        process.terminate()
        process.wait(STOP_SECONDS)


def until_answered(port: int, path: str, process: subprocess.Popen[bytes]) -> None:
    while process.poll() is None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        try:
            connection.request("GET", path)
            if connection.getresponse().status == 200:
                return
        except (OSError, http.client.HTTPException):
            pass
        finally:
            connection.close()
        time.sleep(0.001)
    raise RuntimeError(f"{process.args} ended with {process.returncode}")
