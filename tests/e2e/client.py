"""Stoker's API as a plain HTTP client sees it."""

import base64
import http.client
import json
import ssl
import time
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode, urlsplit

Json = dict[str, Any]
TERMINAL = {"TERMINATED", "SKIPPED", "INTERNAL_ERROR"}
LONGEST_WAIT = 300  # the server cuts Prefer: wait to this
SPARK_VERSION = "15.4.x-scala2.12"


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    text: str

    @property
    def json(self) -> Json:
        return json.loads(self.text)


@dataclass
class Run:
    """A run that is over."""

    run_id: int
    details: Json  # runs/get
    outputs: dict[str, Json] = field(default_factory=dict)  # task_key -> get-output

    @property
    def state(self) -> Json:
        return self.details["state"]

    @property
    def result_state(self) -> str:
        return self.state.get("result_state", "")

    @property
    def output(self) -> Json:
        (output,) = self.outputs.values()
        return output

    @property
    def result(self) -> str:
        """What a successful notebook of a run with one task has left with."""
        assert self.result_state == "SUCCESS", f"{self.state} {self.output.get('error')}"
        return self.output["notebook_output"]["result"]

    @property
    def result_json(self) -> Any:
        return json.loads(self.result)


def notebook(*cells: str) -> str:
    """A notebook in source format."""
    return "# Databricks notebook source\n" + "\n\n# COMMAND ----------\n\n".join(cell.strip("\n") for cell in cells) + "\n"


class Client:
    def __init__(self, host: str, token: str, ca_bundle: str = "") -> None:
        self.host = host
        self.token = token
        self.ca_bundle = ca_bundle
        address = urlsplit(host)
        self._address = (address.hostname or "", address.port)
        self._trust = ssl.create_default_context(cafile=ca_bundle) if address.scheme == "https" else None

    def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        headers: dict[str, str] | None = None,
        timeout: float = 330,
        authorized: bool = True,
    ) -> Answer:
        """`body`: bytes are sent as they are, anything else as JSON. One connection a call."""
        sent = {"Authorization": f"Bearer {self.token}"} if authorized else {}
        sent |= headers or {}
        payload = body
        if body is not None and not isinstance(body, bytes):
            payload, sent = json.dumps(body).encode(), {"Content-Type": "application/json"} | sent
        connection = self._connection(timeout)
        try:
            connection.request(method, path, payload, sent)
            response = connection.getresponse()
            return Answer(response.status, {k.lower(): v for k, v in response.getheaders()}, response.read().decode())
        finally:
            connection.close()

    def _connection(self, timeout: float) -> http.client.HTTPConnection:
        if self._trust:
            return http.client.HTTPSConnection(*self._address, timeout=timeout, context=self._trust)
        return http.client.HTTPConnection(*self._address, timeout=timeout)

    def get(self, path: str, /, wait: int = 0, **query: Any) -> Json:
        answer = self.call("GET", path + (f"?{urlencode(query)}" if query else ""), headers=_prefer(wait))
        assert answer.status == 200, f"GET {path} {query}: {answer.status} {answer.text}"
        return answer.json

    def post(self, path: str, body: Json, wait: int = 0) -> Json:
        answer = self.call("POST", path, body, headers=_prefer(wait))
        assert answer.status == 200, f"POST {path}: {answer.status} {answer.text}"
        return answer.json

    # --- what the tests do again and again ---

    def import_notebook(self, source: str, path: str = "", **more: str) -> str:
        """Returns its path; a fresh one unless named."""
        path = path or f"/Shared/e2e/{uuid.uuid4().hex}"
        self.post("/api/2.0/workspace/mkdirs", {"path": path.rpartition("/")[0]})
        body = {"path": path, "format": "SOURCE", "language": "PYTHON", "overwrite": True} | more
        content = base64.b64encode(source.encode()).decode()
        self.post("/api/2.0/workspace/import", body | {"content": content})
        return path

    def create_cluster(self, **spec: Any) -> str:
        definition = {"cluster_name": "e2e", "spark_version": SPARK_VERSION, "node_type_id": "local.large", "num_workers": 0}
        definition["custom_tags"] = {"stoker.slots": "4"}  # tests run a few notebooks at once, whatever the machine
        return self.post("/api/2.1/clusters/create", definition | spec)["cluster_id"]

    def create_job(self, *tasks: Json, **settings: Any) -> int:
        body = {"name": "e2e", "queue": {"enabled": False}, "tasks": list(tasks)} | settings
        return self.post("/api/2.2/jobs/create", body)["job_id"]

    def run_now(self, job_id: int, **more: Any) -> int:
        return self.post("/api/2.2/jobs/run-now", {"job_id": job_id} | more)["run_id"]

    def submit(self, *tasks: Json, **settings: Any) -> int:
        return self.post("/api/2.2/jobs/runs/submit", {"run_name": "e2e", "tasks": list(tasks)} | settings)["run_id"]

    def submit_notebook(self, cluster_id: str, source: str, parameters: dict[str, str] | None = None, **task: Any) -> int:
        return self.submit(notebook_task(self.import_notebook(source), cluster_id, parameters=parameters, **task))

    def finish(self, run_id: int, seconds: int = 120) -> Run:
        """Long-polls until the run is over."""
        deadline = time.monotonic() + seconds
        while True:
            wait = max(1, min(LONGEST_WAIT, int(deadline - time.monotonic())))
            details = self.get("/api/2.2/jobs/runs/get", wait=wait, run_id=run_id)
            if details["state"]["life_cycle_state"] in TERMINAL or time.monotonic() > deadline:
                break
        assert details["state"]["life_cycle_state"] in TERMINAL, f"run {run_id} still runs: {details['state']}"
        latest = {task["task_key"]: task for task in sorted(details.get("tasks", []), key=lambda t: t["attempt_number"])}
        outputs = {key: self.get_output(task["run_id"]) for key, task in latest.items()}
        return Run(run_id, details, outputs)

    def get_output(self, run_id: int) -> Json:
        return self.get("/api/2.2/jobs/runs/get-output", run_id=run_id)

    def run_notebook(self, cluster_id: str, *cells: str, seconds: int = 120, **parameters: str) -> Run:
        return self.finish(self.submit_notebook(cluster_id, notebook(*cells), parameters), seconds)

    def cancel(self, run_id: int) -> None:
        self.post("/api/2.2/jobs/runs/cancel", {"run_id": run_id})


def _prefer(wait: int) -> dict[str, str]:
    return {"Prefer": f"wait={wait}"} if wait else {}


def notebook_task(
    path: str,
    cluster_id: str,
    key: str = "main",
    after: Iterable[str] = (),
    parameters: dict[str, str] | None = None,
    **more: Any,
) -> Json:
    task: Json = {
        "task_key": key,
        "existing_cluster_id": cluster_id,
        "notebook_task": {"notebook_path": path, "base_parameters": parameters or {}},
    }
    if upstream := list(after):
        task["depends_on"] = [{"task_key": name} for name in upstream]
    return task | more
