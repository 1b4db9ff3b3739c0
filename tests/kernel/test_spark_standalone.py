"""The Spark of a cluster of several workers: a master, executors beside each worker, a driver in each of them."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from spark_driver import PACKAGE_ROOT, DriverUnderTest, wait_for_end
from stoker_kernel.frames import FrameSocket

SECRET = "known to the cluster"
WAIT_SECONDS = 180


class Part:
    """One worker's part, without the worker."""

    def __init__(self, folder: Path, master_url: str = "", secret: str = SECRET) -> None:
        ours, theirs = socket.socketpair()
        ours.settimeout(WAIT_SECONDS)
        self.logs = folder / "logs"
        for made in (folder, self.logs):
            made.mkdir()
        config = {"work_folder": str(folder), "logs_folder": str(self.logs), "secret": secret, "master_url": master_url}
        (folder / "config.json").write_text(json.dumps({**config, "cores": 4, "memory_mb": 8192}))
        command = [sys.executable, "-m", "stoker_kernel.spark.standalone", "--fd", str(theirs.fileno())]
        with theirs, open(folder / "log", "wb") as log:
            self.process = subprocess.Popen(
                [*command, "--config", str(folder / "config.json"), "--write", "/tmp"],
                pass_fds=[theirs.fileno()],
                stderr=log,
                env={**os.environ, "PYTHONPATH": str(PACKAGE_ROOT)},
            )
        self.channel = FrameSocket(ours)
        self.first = self.channel.receive()[0]
        assert self.first["event"] == "ready", (self.first, (folder / "log").read_text())

    def stop(self) -> int:
        self.channel.close()
        return self.process.wait(WAIT_SECONDS)


def driver_of(folder: Path, master_url: str, **config: Any) -> DriverUnderTest:
    folder.mkdir()
    settings = {"master": master_url, "secret": SECRET, "cores": 2, "executor_memory_mb": 512, **config}
    return DriverUnderTest(folder, **settings)


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Part, Part]]:
    root = tmp_path_factory.mktemp("cluster")
    head = Part(root / "head")
    other = Part(root / "other", head.first["master_url"])
    yield head, other
    assert other.stop() == 0
    assert head.stop() == 0


def test_drivers_of_all_workers_run_at_once_and_none_waits_for_another(cluster: tuple[Part, Part], tmp_path: Path) -> None:
    """Each holds its whole share until all do: were one to wait for another's cores, none would end."""
    url = cluster[0].first["master_url"]
    drivers = [driver_of(tmp_path / name, url, spark_conf={"spark.cores.max": "99"}) for name in ("a", "b")]
    with socket.create_server(("127.0.0.1", 0)) as meeting:
        meeting.settimeout(WAIT_SECONDS)
        place = meeting.getsockname()

        def body(kernel: Any) -> list[str]:
            def task(_: int) -> str:
                with socket.create_connection(place) as connection:
                    assert connection.recv(2) == b"go"
                return os.environ["TMPDIR"]

            return kernel.spark().sparkContext.parallelize(range(2), 2).map(task).collect()

        kernels = [driver.start_kernel(name, body) for driver, name in zip(drivers, ("one", "two"), strict=True)]
        met = [meeting.accept()[0] for _ in range(4)]
        for connection in met:
            connection.sendall(b"go")
            connection.close()
    places = [place for kernel in kernels for place in kernel.finish()]
    assert len(set(places)) == 2, "executors of both workers took part"
    for driver in drivers:
        assert driver.stop() == 0
    for part in cluster:
        assert list(part.logs.rglob("stderr")), "executors' logs are kept"


def test_who_does_not_know_the_secret_uses_no_cores(cluster: tuple[Part, Part], tmp_path: Path) -> None:
    before = {folder for part in cluster for folder in part.logs.iterdir()}
    with pytest.raises(AssertionError, match="Spark did not start"):
        driver_of(tmp_path / "stranger", cluster[0].first["master_url"], secret="guessed")
    assert {folder for part in cluster for folder in part.logs.iterdir()} == before


def test_a_part_whose_jvm_dies_says_so(tmp_path: Path) -> None:
    part = Part(tmp_path / "head")
    (java,) = map(int, Path(f"/proc/{part.process.pid}/task/{part.process.pid}/children").read_text().split())
    os.kill(java, 9)
    assert part.channel.receive()[0]["event"] == "failed"
    assert part.process.wait(WAIT_SECONDS) == 1
    wait_for_end(java, 30)
