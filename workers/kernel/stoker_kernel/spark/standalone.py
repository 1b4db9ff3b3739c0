"""A worker's part in its cluster's Spark: executors for the drivers of all its workers, and in the head their master too.

    python -m stoker_kernel.spark.standalone --fd N --config F [--read PATH]... [--write PATH]...

One JVM holds the master and the worker; executors are its children. All of it lives in one Landlock domain, like a driver
(driver.py). It reports ``{"event":"ready","master_url"}`` on descriptor N, ends when the worker closes its end, and
reports ``failed`` and ends when its JVM does.
"""

from __future__ import annotations

import argparse
import json
import os
import select
import socket
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stoker_kernel import isolation, process, subreaper
from stoker_kernel.frames import Disconnected, FrameSocket
from stoker_kernel.jvm import spark_home, start_jvm
from stoker_kernel.spark import wire
from stoker_kernel.spark.log4j import LOG_TO_STDERR

_JAVA_OPTIONS = ("-Xms32m", "-Xmx256m", "-XX:+UseSerialGC", "-XX:+ExitOnOutOfMemoryError", "-XX:TieredStopAtLevel=1")


@dataclass(frozen=True)
class StandaloneConfig:
    """``--config``. Whoever knows ``secret`` may use the cluster. ``address`` is where the cluster's other parts reach what
    listens here. ``cores`` and ``memory_mb`` are what is offered, not what there is: drivers share by ``spark.cores.max``,
    so an offer that none of them exhausts lets none of them wait. ``master_url`` is "" in the head."""

    work_folder: Path
    logs_folder: Path
    secret: str
    cores: int
    memory_mb: int
    address: str = wire.LOOPBACK
    master_url: str = ""
    jars_folders: tuple[str, ...] = ()

    @staticmethod
    def read(file: Path) -> "StandaloneConfig":
        document = json.loads(file.read_text())
        return StandaloneConfig(
            work_folder=Path(document["work_folder"]),
            logs_folder=Path(document["logs_folder"]),
            secret=document["secret"],
            cores=document["cores"],
            memory_mb=document["memory_mb"],
            address=document.get("address", wire.LOOPBACK),
            master_url=document.get("master_url", ""),
            jars_folders=tuple(document.get("jars_folders", [])),
        )


def main() -> int:
    """Serves until the worker leaves (0), or the JVM does (1)."""
    parser = argparse.ArgumentParser(prog="stoker_kernel.spark.standalone")
    parser.add_argument("--fd", type=int, required=True)
    parser.add_argument("--config", type=Path, required=True)
    parser.add_argument("--read", action="append", default=[])
    parser.add_argument("--write", action="append", default=[])
    options = parser.parse_args()
    process.become_subreaper()
    process.die_with_parent()
    os.set_inheritable(options.fd, False)
    channel = FrameSocket(socket.socket(fileno=options.fd))
    try:
        config = StandaloneConfig.read(options.config)
        _shut_in(config, options.read, options.write)
        channel.send({"event": "ready", "master_url": _start(config)})
        return _until_one_leaves(channel)
    except Exception as error:
        channel.send({"event": "failed", "message": f"The cluster's Spark did not start: {error}"})
        return 1
    finally:
        subreaper.end_descendants()


def _shut_in(config: StandaloneConfig, read: list[str], write: list[str]) -> None:
    process.set_dumpable(False)
    for folder in (config.work_folder / "local", config.work_folder / "tmp"):
        folder.mkdir(exist_ok=True)
    os.environ["HOME"] = str(config.work_folder)
    os.environ["SPARK_HOME"] = str(spark_home())
    os.environ["SPARK_SCALA_VERSION"] = _scala_version()
    # Where pages are served: they know no secret, so nobody else is to see them.
    os.environ["SPARK_LOCAL_IP"] = os.environ["SPARK_LOCAL_HOSTNAME"] = wire.LOOPBACK
    os.environ["SPARK_LOCAL_DIRS"] = str(config.work_folder / "local")
    # Executors have them from here.
    os.environ["TMPDIR"] = str(config.work_folder / "tmp")
    # Drivers ask for `python3` (conf.py): on each node it is that of the cluster's environment there.
    os.environ["PATH"] = os.pathsep.join([os.path.dirname(sys.executable), os.environ.get("PATH", os.defpath)])
    os.environ["JAVA_TOOL_OPTIONS"] = f"-Djava.io.tmpdir={config.work_folder / 'tmp'}"
    os.chdir(config.work_folder)
    read = [*read, *config.jars_folders, *filter(None, [os.environ.get("JAVA_HOME")])]
    write = [*write, str(config.work_folder), str(config.logs_folder)]
    isolation.confine(isolation.reach_of_this_process(read, write))


def _scala_version() -> str:
    """Spark's scripts would find it out before they start a worker."""
    library = next((spark_home() / "jars").glob("scala-library-*.jar"))
    return ".".join(library.stem.removeprefix("scala-library-").split(".")[:2])


def _start(config: StandaloneConfig) -> str:
    """The master's URL."""
    logging = config.work_folder / "log4j2.properties"
    logging.write_text(LOG_TO_STDERR)
    jvm = start_jvm([], [*_JAVA_OPTIONS, f"-Dlog4j2.configurationFile={logging}"])
    deploy = jvm.org.apache.spark.deploy
    conf = jvm.org.apache.spark.SparkConf(False)
    for key, value in _settings(config).items():
        conf.set(key, value)
    url = config.master_url
    if not url:
        address = deploy.master.Master.startRpcEnvAndEndpoint(config.address, 0, 0, conf)._1().address()
        url = f"spark://{config.address}:{address.port()}"
    masters = jvm.java.lang.reflect.Array.newInstance(jvm.java.lang.Class.forName("java.lang.String"), 1)
    jvm.java.lang.reflect.Array.set(masters, 0, url)
    nothing = getattr(jvm, "scala.None$").__getattr__("MODULE$")
    deploy.worker.Worker.startRpcEnvAndEndpoint(
        config.address, 0, 0, config.cores, config.memory_mb, masters, str(config.logs_folder), nothing, conf, nothing
    )
    return url


def _settings(config: StandaloneConfig) -> dict[str, str]:
    return {
        **wire.settings(config.secret, config.address),
        "spark.master.rest.enabled": "false",
        "spark.ui.killEnabled": "false",
        # An application's folder holds its executors' output; of those long gone they are removed.
        "spark.worker.cleanup.enabled": "true",
        "spark.executor.logs.rolling.strategy": "size",
        "spark.executor.logs.rolling.maxRetainedFiles": "3",
    }


def _until_one_leaves(channel: FrameSocket) -> int:
    """The JVM's end shows as that of a child."""
    (jvm,) = process.children()
    ended = os.pidfd_open(jvm)
    poller = select.poll()
    poller.register(channel.fileno(), select.POLLIN)
    poller.register(ended, select.POLLIN)
    while True:
        ready = dict(poller.poll())
        if ended in ready:
            channel.send({"event": "failed", "message": "The JVM of the cluster's Spark ended."})
            return 1
        try:
            while channel.poll() is not None:
                pass
        except Disconnected:
            return 0


if __name__ == "__main__":
    sys.exit(main())
