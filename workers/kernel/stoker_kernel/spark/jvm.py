"""Starts the one JVM of a driver and connects to it."""

from __future__ import annotations

import ctypes
import os
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from .conf import DriverConfig, effective_conf, to_properties

if TYPE_CHECKING:
    from py4j.clientserver import ClientServer

_PR_SET_PDEATHSIG = 1
_PACKAGE_ROOT = Path(__file__).resolve().parents[2]


class JvmFailed(RuntimeError):
    """The JVM did not come up, or a Spark context could not be made in it; the message is for the run's user."""


class Jvm:
    """A started JVM: ``process`` is its process (spark-submit execs into java), ``gateway`` the driver's own py4j door."""

    def __init__(self, process: subprocess.Popen[bytes], gateway: "ClientServer") -> None:
        self.process = process
        self.gateway = gateway


def start_jvm(config: DriverConfig, timeout_seconds: float = 180.0) -> Jvm:
    """Starts the JVM and returns when its py4j gateway answers; raises JvmFailed, having ended what it started."""
    import pyspark

    for name in ("local", "warehouse", "tmp", "derby", "classes"):
        (config.work_folder / name).mkdir(parents=True, exist_ok=True)
    home = os.path.dirname(pyspark.__file__)
    hidden = Path(tempfile.mkdtemp(prefix="jvm-", dir=config.work_folder))
    try:
        # Not by --conf: arguments are visible to every user of the machine, and a definition may hold passwords.
        properties = hidden / "spark.properties"
        properties.write_text(to_properties(effective_conf(config, *machine_size())), "ascii")
        properties.chmod(0o600)
        answer = hidden / "gateway"
        process = _spawn(home, properties, answer, config.work_folder)
        try:
            port, secret = _wait_for_gateway(process, answer, timeout_seconds)
            return Jvm(process, _connect(port, secret))
        except BaseException:
            process.kill()
            process.wait()
            raise
    finally:
        shutil.rmtree(hidden, ignore_errors=True)


def _spawn(home: str, properties: Path, answer: Path, folder: Path) -> "subprocess.Popen[bytes]":
    environ = dict(os.environ)
    environ["SPARK_HOME"] = home
    environ["_PYSPARK_DRIVER_CONN_INFO_PATH"] = str(answer)
    environ["PYSPARK_PYTHON"] = environ["PYSPARK_DRIVER_PYTHON"] = sys.executable
    environ["PYSPARK_PIN_THREAD"] = "true"
    # Python workers are started by the JVM and run this package's daemon.
    environ["PYTHONPATH"] = os.pathsep.join(filter(None, [str(_PACKAGE_ROOT), environ.get("PYTHONPATH", "")]))
    # A name that does not resolve would stop Spark; what is not said to be elsewhere (conf.py) is on the loopback.
    environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
    libc = ctypes.CDLL(None, use_errno=True)

    def in_child() -> None:
        os.setsid()
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)

    return subprocess.Popen(
        [os.path.join(home, "bin", "spark-submit"), "--properties-file", str(properties), "pyspark-shell"],
        stdin=subprocess.PIPE,  # PythonGatewayServer leaves when it closes
        stdout=sys.stderr.fileno(),
        cwd=folder,
        env=environ,
        preexec_fn=in_child,
    )


def _wait_for_gateway(process: "subprocess.Popen[bytes]", answer: Path, timeout_seconds: float) -> tuple[int, str]:
    deadline = time.monotonic() + timeout_seconds
    while not answer.exists():
        if process.poll() is not None:
            raise JvmFailed(f"The Spark driver's JVM ended with status {process.returncode} before it was ready.")
        if time.monotonic() > deadline:
            raise JvmFailed(f"The Spark driver's JVM was not ready after {timeout_seconds:.0f} s.")
        time.sleep(0.02)
    blob = answer.read_bytes()  # moved into place whole by the JVM
    port, length = struct.unpack(">ii", blob[:8])
    return port, blob[8 : 8 + length].decode()


def _connect(port: int, secret: str) -> "ClientServer":
    from pyspark.java_gateway import launch_gateway

    os.environ["PYSPARK_GATEWAY_PORT"] = str(port)
    os.environ["PYSPARK_GATEWAY_SECRET"] = secret
    try:
        return launch_gateway()
    finally:
        del os.environ["PYSPARK_GATEWAY_PORT"], os.environ["PYSPARK_GATEWAY_SECRET"]


def machine_size() -> tuple[int, int]:
    """The cores that this process may use, and the machine's memory in MiB."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return len(os.sched_getaffinity(0)), memory // (1024 * 1024)
