"""What every case is given: the server, the options, and how long to measure."""

import os
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from stoker_bench.client import Client, notebook_task
from stoker_bench.database import FLOOR_DATABASE, Database
from stoker_bench.held import HeldCluster
from stoker_bench.notebooks import NOOP
from stoker_bench.places import BENCH
from stoker_bench.stoker import Stoker


@dataclass
class Stage:
    stoker: Stoker
    folder: Path  # of this run's results
    quick: bool
    say: Callable[[str], None]
    cleanups: ExitStack = field(default_factory=ExitStack)  # at the end of each case
    remarks: dict[str, str] = field(default_factory=dict)  # what a case adds to the report's conditions

    @property
    def client(self) -> Client:
        return self.stoker.client

    def long(self, seconds: float) -> float:
        """How long to measure: a fifth in quick mode."""
        return seconds / 5 if self.quick else seconds

    def many(self, count: int) -> int:
        return max(1, count // 5) if self.quick else count

    @cached_property
    def cluster_id(self) -> str:
        """A warm cluster with the slots that it has by default: one a core."""
        self.say("making the cluster (its Python environment is built on first use)")
        cluster_id = self.client.create_cluster("bench")
        self.client.run_to_end(self.job("warm-up", NOOP, cluster_id))
        return cluster_id

    def job(self, name: str, source: str, cluster_id: str = "", **settings: object) -> int:
        """A job of one task that runs the notebook."""
        path = self.client.import_notebook(f"/Shared/bench/{name}", source)
        return self.client.create_job(name, [notebook_task(path, cluster_id or self.cluster_id)], **settings)

    @cached_property
    def held(self) -> HeldCluster:
        self.say("making the cluster whose slots are taken")
        return HeldCluster(self.stoker, os.cpu_count() or 1)

    @cached_property
    def accepts_shared_isolation(self) -> bool:
        try:
            self.job("shared-or-not", NOOP, tags={"stoker.isolation": "shared"})
        except RuntimeError as refusal:
            self.say(f"isolation: shared is left out: {refusal}")
            return False
        return True

    @cached_property
    def floor_database(self) -> Database:
        """A database beside Stoker's on the same Postgres."""
        database = self.stoker.database.create(FLOOR_DATABASE)
        database.run_file(BENCH / "sql/floor_schema.sql")
        return database
