"""`stoker up` on a data folder, as a child of the tests."""

import json
import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import processes
from client import Client
from waiting import until

ROOT = Path(__file__).resolve().parents[2]
BINARY = ROOT / "build/release/stoker"
START_SECONDS = 120


class Server:
    """Started and stopped by its owner; may be started again on the same folder after `stop` or `kill`."""

    def __init__(self, data_folder: Path) -> None:
        self.data_folder = data_folder
        self.host = "127.0.0.1"
        self.log_file = data_folder.with_suffix(".log")
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        assert self.process, "not started"
        return self.process.pid

    @property
    def connection_file(self) -> Path:
        return self.data_folder / "connection.json"

    @property
    def client(self) -> Client:
        connection = json.loads(self.connection_file.read_text())
        return Client(connection["host"], connection["token"], connection.get("ca_bundle", ""))

    def start(self, *options: str, **environ: str) -> "Server":
        before = self._stamp()
        command = [*up_command(self.data_folder, host=self.host), *options]
        with self.log_file.open("ab") as log:
            environ = environment(self.data_folder) | environ
            self.process = subprocess.Popen(command, stdout=log, stderr=log, env=environ)
        until(lambda: self._stamp() != before or self.process.poll() is not None, "connection.json", START_SECONDS)
        assert self.process.poll() is None, f"stoker up ended by itself:\n{self.log_file.read_text()[-4000:]}"
        return self

    def stop(self, how: signal.Signals = signal.SIGTERM, seconds: float = 90) -> int:
        """As Ctrl-C or a service manager would; returns the exit status."""
        assert self.process
        self.process.send_signal(how)
        status = self.process.wait(seconds)
        self.process = None
        return status

    def sql(self, statement: str) -> str:
        """In its private Postgres, as the owner."""
        sockets, password = self.data_folder / "run", (self.data_folder / "postgres.password").read_text().strip()
        command = ["psql", "-XAtq", "-v", "ON_ERROR_STOP=1", "-h", sockets, "-U", "stoker", "-d", "stoker", "-c", statement]
        return subprocess.run(command, env=os.environ | {"PGPASSWORD": password}, capture_output=True, text=True, check=True).stdout

    def cancel_all(self) -> None:
        """What still runs, so that a stop need not wait for it."""
        client = self.client
        active = client.get("/api/2.2/jobs/runs/list", active_only="true", limit=25).get("runs", [])
        for run in active:
            client.cancel(run["run_id"])
        for run in active:
            client.finish(run["run_id"], 30)

    def kill(self) -> None:
        """`kill -9` of the server's own process; what it started has to end by itself."""
        assert self.process
        left = processes.beneath(self.pid)
        self.process.kill()
        self.process.wait(60)
        self.process = None
        until(lambda: not any(process.alive() for process in left), "everything beneath the server to end", 30)

    def signal_from_notebook(self, name: str, seconds: float = 120) -> str:
        """Waits for the line that a notebook writes by `SIGNAL` below."""
        file = self.data_folder / "storage/dbfs/signals" / name
        text = until(lambda: file.exists() and file.read_text().endswith("\n") and file.read_text(), f"signal {name}", seconds)
        return str(text).rstrip("\n")

    def signal_to_notebook(self, name: str) -> None:
        """Wakes a notebook that waits by `AWAIT` below."""
        folder = self.data_folder / "storage/dbfs/signals"
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o777)
        (folder / name).write_text("go\n")

    def logs(self) -> dict[Path, str]:
        """Everything the server and its children have logged."""
        files = [self.log_file, *(self.data_folder / "logs").rglob("*"), *(self.data_folder / "workers").rglob("*.log")]
        return {file: file.read_text(errors="replace") for file in files if file.is_file()}

    def _stamp(self) -> tuple[int, int] | None:
        try:
            stat = self.connection_file.stat()
        except FileNotFoundError:
            return None
        return (stat.st_ino, stat.st_mtime_ns)


@contextmanager
def server_on_a_new_folder() -> Iterator[Server]:
    """Not started yet. At the end nothing of it may be left, running or on disk."""
    assert BINARY.exists(), f"{BINARY} is not built: deploy/test builds it"
    folder = Path(tempfile.mkdtemp(prefix="stoker-e2e-"))
    folder.chmod(0o755)  # the OS users of Postgres and of the kernels pass through it
    server = Server(folder / "data")
    try:
        yield server
    finally:
        if server.process and server.process.poll() is None:
            server.cancel_all()
            started = processes.beneath(server.pid)
            server.stop()
            until(lambda: not any(process.alive() for process in started), "the server's processes to end", 10)
        shutil.rmtree(folder, ignore_errors=True)


def up_command(data_folder: Path, port: int = 0, host: str = "127.0.0.1") -> list[str]:
    return [str(BINARY), "up", "--data-dir", str(data_folder), "--host", host, "--port", str(port)]


def environment(data_folder: Path) -> dict[str, str]:
    """Ours, with a Databricks config file that is not the developer's."""
    return os.environ | {"DATABRICKS_CONFIG_FILE": str(data_folder.with_suffix(".databrickscfg"))}


# Cells by which a notebook and a test tell each other where they are.
SIGNAL = "dbutils.fs.put('dbfs:/signals/{name}', str({value}) + '\\n', True)"
AWAIT = """
import time
for _ in range(2400):
    try:
        dbutils.fs.head('dbfs:/signals/{name}')
        break
    except Exception:
        time.sleep(0.05)
else:
    raise TimeoutError('{name}')
"""


def signal_cell(name: str, value: str = "'here'") -> str:
    return SIGNAL.format(name=name, value=value)


def await_cell(name: str) -> str:
    return AWAIT.format(name=name)
