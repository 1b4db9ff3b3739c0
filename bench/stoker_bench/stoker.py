"""`stoker up` on a fresh data folder, as a child of the benchmark."""

import json
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

from stoker_bench.client import Client
from stoker_bench.database import Database
from stoker_bench.places import BENCH, STOKER

START_SECONDS = 180
STOP_SECONDS = 120
LONGEST_DRAIN_SECONDS = 900


class Stoker:
    """`keeps_history`: what a measurement leaves behind is finished, not forgotten."""

    def __init__(self, data_folder: Path, mlflow: bool = False, keeps_history: bool = False) -> None:
        self.data_folder = data_folder
        self.log_file = data_folder.with_suffix(".log")
        self.mlflow = mlflow
        self.keeps_history = keeps_history
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        if not self.process:
            raise RuntimeError("stoker is not started")
        return self.process.pid

    @property
    def client(self) -> Client:
        connection = json.loads((self.data_folder / "connection.json").read_text())
        return Client(connection["host"], connection["token"])

    @property
    def database(self) -> Database:
        return Database.of(self.data_folder)

    def start(self) -> "Stoker":
        self.data_folder.parent.mkdir(parents=True, exist_ok=True)
        connection = self.data_folder / "connection.json"
        connection.unlink(missing_ok=True)
        command = [STOKER, "up", "--data-dir", self.data_folder, "--port", "0", "--log-level", "warn"]
        if not self.mlflow:
            command.append("--no-mlflow")
        # A Databricks config file of its own: the developer's stays as it is.
        environment = os.environ | {"DATABRICKS_CONFIG_FILE": str(self.data_folder.with_suffix(".databrickscfg"))}
        with self.log_file.open("ab") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log, env=environment)
        deadline = time.monotonic() + START_SECONDS
        while not connection.exists():
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"stoker up did not start:\n{self.log_file.read_text()[-2000:]}")
            time.sleep(0.002)
        return self

    def stop(self) -> None:
        if not self.process:
            return
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(STOP_SECONDS)
        self.process = None

    def remove(self) -> None:
        """Its data folder; the log beside it stays."""
        shutil.rmtree(self.data_folder)

    def empty_queue(self) -> None:
        """What no worker has claimed leaves the queue, and never runs."""
        if self.keeps_history:
            self.database.run_file(BENCH / "sql/finish_what_waits.sql")
        else:
            self.database.sql("DELETE FROM task_queue WHERE lease_token IS NULL")

    def forget_runs(self) -> None:
        """As if no run had been, so that every measurement begins where the one before began. None may be under way."""
        if self.keeps_history:
            return
        self.database.sql("TRUNCATE task_queue, task_outputs, task_runs, runs, idempotency_tokens")
        self.database.sql("UPDATE job_places SET active_runs = 0")
        self.database.sql("VACUUM (ANALYZE) job_places")

    def until_runs_ended(self, since: float) -> float:
        """When the last of the runs that began since then ended; in seconds since the epoch."""
        deadline = time.monotonic() + LONGEST_DRAIN_SECONDS
        while self.database.sql(f"SELECT EXISTS (SELECT {runs_since(since)} AND end_time = 0)") == "t":
            if time.monotonic() > deadline:
                raise RuntimeError(f"runs are under way after {LONGEST_DRAIN_SECONDS} s")
            time.sleep(0.5)
        return int(self.database.sql(f"SELECT max(end_time) {runs_since(since)}")) / 1000

    def successes(self, since: float) -> int:
        return int(self.database.sql(f"SELECT count(*) {runs_since(since)} AND result_state = 'SUCCESS'"))


def runs_since(since: float) -> str:
    """In the words of the index that finds them."""
    return f"FROM runs WHERE start_time >= {int(since * 1000)} AND run_type <> 'WORKFLOW_RUN' AND NOT deleted"
