"""Stoker's API for what surrounds a measurement; the load itself is made by the C++ program."""

import base64
import http.client
import json
import time
from typing import Any
from urllib.parse import urlencode, urlsplit

Json = dict[str, Any]
RUN_NOW = "/api/2.1/jobs/run-now"
GET_RUN = "/api/2.1/jobs/runs/get"
GET_OUTPUT = "/api/2.1/jobs/runs/get-output"
LONGEST_WAIT = 300  # the server cuts Prefer: wait to this


class Client:
    def __init__(self, host: str, token: str) -> None:
        address = urlsplit(host)
        self.host, self.port, self.token = address.hostname or "", address.port or 80, token

    @property
    def load(self) -> Json:
        """Where a load spec is to go, and what it is to send along."""
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        return {"host": self.host, "port": self.port, "headers": headers}

    def call(self, method: str, path: str, body: Json | None = None, wait: int = 0) -> Json:
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        if wait:
            headers["Prefer"] = f"wait={wait}"
        connection = http.client.HTTPConnection(self.host, self.port, timeout=wait + 60)
        try:
            connection.request(method, path, None if body is None else json.dumps(body), headers)
            response = connection.getresponse()
            text = response.read().decode()
        finally:
            connection.close()
        if response.status != 200:
            raise RuntimeError(f"{method} {path}: {response.status} {text[:500]}")
        return json.loads(text)

    def get(self, path: str, wait: int = 0, **query: Any) -> Json:
        return self.call("GET", f"{path}?{urlencode(query)}", wait=wait)

    def post(self, path: str, body: Json, wait: int = 0) -> Json:
        return self.call("POST", path, body, wait)

    def import_notebook(self, path: str, source: str) -> str:
        self.post("/api/2.0/workspace/mkdirs", {"path": path.rpartition("/")[0]})
        content = base64.b64encode(source.encode()).decode()
        body = {"path": path, "format": "SOURCE", "language": "PYTHON", "overwrite": True, "content": content}
        self.post("/api/2.0/workspace/import", body)
        return path

    def create_cluster(self, name: str, **spec: Any) -> str:
        definition = {"cluster_name": name, "spark_version": "15.4.x-scala2.12", "node_type_id": "local.large"}
        return self.post("/api/2.1/clusters/create", definition | {"num_workers": 0} | spec)["cluster_id"]

    def create_job(self, name: str, tasks: list[Json], **settings: Any) -> int:
        return self.post("/api/2.1/jobs/create", {"name": name, "tasks": tasks} | settings)["job_id"]

    def run_now(self, job_id: int, **more: Any) -> int:
        return self.post(RUN_NOW, {"job_id": job_id} | more)["run_id"]

    def run_to_end(self, job_id: int, seconds: int = LONGEST_WAIT, **more: Any) -> Json:
        """The answer of a run that ended well."""
        answer = self.post(RUN_NOW, {"job_id": job_id} | more, wait=seconds)
        if answer["state"].get("result_state") != "SUCCESS":
            raise RuntimeError(f"run {answer['run_id']} of job {job_id} did not succeed: {answer['state']}")
        return answer


    def result_of(self, run_id: int, seconds: int) -> str:
        """What the notebook of a run with one task left with."""
        deadline = time.monotonic() + seconds
        while True:
            run = self.get(GET_RUN, wait=LONGEST_WAIT, run_id=run_id)
            if run["state"].get("result_state") == "SUCCESS":
                return self.get(GET_OUTPUT, run_id=run["tasks"][-1]["run_id"])["notebook_output"]["result"]
            if "result_state" in run["state"] or time.monotonic() > deadline:
                raise RuntimeError(f"run {run_id} did not succeed: {run['state']}")


def notebook_task(path: str, cluster_id: str, key: str = "main", after: str | None = None) -> Json:
    task: Json = {"task_key": key, "existing_cluster_id": cluster_id, "notebook_task": {"notebook_path": path}}
    return task | ({"depends_on": [{"task_key": after}]} if after else {})
