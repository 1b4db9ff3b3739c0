"""A cluster whose slots are taken: what is queued on it stays queued until they are given free."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from stoker_bench.client import GET_RUN, notebook_task
from stoker_bench.notebooks import HOLD
from stoker_bench.stoker import Stoker


START_SECONDS = 120


class HeldCluster:
    def __init__(self, stoker: Stoker, slots: int) -> None:
        self._stoker = stoker
        self._slots = slots
        tags = {"stoker.slots": str(slots)}
        self._cluster_id = stoker.client.create_cluster(f"bench held {slots}", custom_tags=tags)
        self._holder = self.job("holder", HOLD)

    def job(self, name: str, source: str, **settings: Any) -> int:
        client = self._stoker.client
        task = notebook_task(client.import_notebook(f"/Shared/bench/{name}", source), self._cluster_id)
        return client.create_job(name, [task], max_concurrent_runs=1000, queue={"enabled": True}, **settings)

    def take(self) -> list[int]:
        """The runs that hold the slots."""
        client = self._stoker.client
        holders = [client.run_now(self._holder) for _ in range(self._slots)]
        deadline = time.monotonic() + START_SECONDS
        for run_id in holders:
            while client.get(GET_RUN, run_id=run_id)["state"]["life_cycle_state"] != "RUNNING":
                if time.monotonic() > deadline:
                    raise RuntimeError(f"run {run_id}, which is to hold a slot, has not begun after {START_SECONDS} s")
                time.sleep(0.01)
        return holders

    def release(self, holders: list[int]) -> None:
        client = self._stoker.client
        for run_id in holders:
            client.post("/api/2.1/jobs/runs/cancel", {"run_id": run_id})
        for run_id in holders:
            client.get(GET_RUN, wait=60, run_id=run_id)

    @contextmanager
    def taken(self) -> Iterator[None]:
        """Nothing that is queued meanwhile ever runs."""
        holders = self.take()
        try:
            yield
        finally:
            self._stoker.empty_queue()
            self.release(holders)
            self._stoker.forget_runs()
