"""MLflow's own server, closed in: what it opens, whatever it is asked for, and that it is one process."""

from __future__ import annotations

import http.client
import json
import os
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import PACKAGE_ROOT
from stoker_kernel import landlock

START_SECONDS = 300
CREATE_EXPERIMENT = "/api/2.0/mlflow/experiments/create"
FOREIGN = [
    "file:{outside}",
    "{outside}",
    "FILE://{outside}",
    "relative/folder",
    "s3://bucket/folder",
    "dbfs:/folder",
    "http://127.0.0.1/api/2.0/mlflow-artifacts/artifacts/x",
    "mlflow-artifacts://elsewhere/x",
    "mlflow-artifacts:/../../x",
    "mlflow-artifacts:/%2e%2e/x",
    "mlflow-artifacts:/a/%252e%252e/x",
]


class _Connection(http.client.HTTPConnection):
    def __init__(self, path: Path) -> None:
        super().__init__("localhost")
        self.path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(START_SECONDS)
        self.sock.connect(str(self.path))


class MlflowServer:
    """Listens on a socket that is there before it is: who asks early waits for it."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.store, self.outside = folder / "home", folder / "store", folder / "outside"
        for made in (self.folder, self.store, self.outside):
            made.mkdir()
        (self.outside / "secret").write_text("another's")
        self.path = folder / "socket"
        with socket.socket(socket.AF_UNIX) as listening:
            listening.bind(str(self.path))
            listening.listen()
            self.process = subprocess.Popen(
                [
                    *(sys.executable, "-m", "stoker_kernel.mlflow_server", "--folder", str(self.folder)),
                    *("--backend-store-uri", f"sqlite:///{self.database}", "--artifacts-destination", str(self.store)),
                    *("--workers", "1", "--allowed-hosts", "*"),
                    *("--uvicorn-opts", f"--fd {listening.fileno()} --log-level warning"),
                ],
                pass_fds=[listening.fileno()],
                cwd=self.folder,
                env={
                    "PATH": os.environ["PATH"],
                    "HOME": str(self.folder),
                    "PYTHONPATH": str(PACKAGE_ROOT),
                    "MLFLOW_DISABLE_TELEMETRY": "true",
                    "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
                },
            )

    @property
    def database(self) -> Path:
        return self.folder / "mlflow.db"

    def ask(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        """Status, and the answer: parsed where it is JSON."""
        connection = _Connection(self.path)
        sent = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        connection.request(method, path, sent, {"Content-Type": "application/json"})
        response = connection.getresponse()
        text = response.read().decode(errors="replace")
        connection.close()
        is_json = response.headers.get_content_type() == "application/json"
        return response.status, json.loads(text) if is_json and text else text

    def post(self, path: str, body: Any) -> Any:
        status, answer = self.ask("POST", path, body)
        assert status == 200, answer
        return answer

    def change_row(self, statement: str, *values: str) -> None:
        """As a row would be that was written before addresses were checked."""
        with sqlite3.connect(self.database) as connection:
            connection.execute(statement, values)

    def run(self) -> dict[str, Any]:
        """A new run with one artifact, `made`, in the store."""
        run = self.post("/api/2.0/mlflow/runs/create", {"experiment_id": "0"})["run"]["info"]
        path = run["artifact_uri"].removeprefix("mlflow-artifacts:/")
        assert self.ask("PUT", f"/api/2.0/mlflow-artifacts/artifacts/{path}/made", b"mine")[0] == 200
        return run


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MlflowServer]:
    server = MlflowServer(tmp_path_factory.mktemp("mlflow"))
    try:
        assert server.ask("GET", "/health") == (200, "OK")
        yield server
    finally:
        server.process.terminate()
        assert server.process.wait(60) in (0, -15)


def assert_refused(answer: tuple[int, Any], field: str) -> None:
    status, body = answer
    assert (status, body["error_code"]) == (400, "INVALID_PARAMETER_VALUE"), answer
    assert body["message"].startswith(f"{field}: "), body


@pytest.mark.parametrize("location", FOREIGN)
def test_an_experiment_keeps_its_artifacts_in_the_store(server: MlflowServer, location: str) -> None:
    location = location.format(outside=server.outside)
    for prefix in ("/api", "/ajax-api"):
        body = {"name": f"{prefix} {location}", "artifact_location": location}
        assert_refused(server.ask("POST", f"{prefix}/2.0/mlflow/experiments/create", body), "artifact_location")


@pytest.mark.parametrize(
    ("path", "body"),
    [
        (CREATE_EXPERIMENT, b'{"name": "alias", "artifactLocation": "file:/etc"}'),
        (CREATE_EXPERIMENT, '{"name": "wide", "artifact_location": "file:/etc"}'.encode("utf-16")),
        (CREATE_EXPERIMENT, rb'{"name": "escaped", "artifact\u005flocation": "\u0066ile:/etc"}'),
        (CREATE_EXPERIMENT, b'{"artifact_location": "", "name": "twice", "artifact_location": "file:/etc"}'),
        (CREATE_EXPERIMENT, json.dumps('{"name": "text", "artifact_location": "file:/etc"}').encode()),
        ("/api/2.0/mlflow/%65xperiments/create", b'{"name": "encoded path", "artifact_location": "file:/etc"}'),
        ("/api/2.0/mlflow/experiments%2Fcreate", b'{"name": "encoded slash", "artifact_location": "file:/etc"}'),
    ],
)
def test_how_a_request_is_written_makes_no_difference(server: MlflowServer, path: str, body: bytes) -> None:
    assert_refused(server.ask("POST", path, body), "artifact_location")


@pytest.mark.parametrize("source", FOREIGN)
def test_a_model_version_comes_from_the_store(server: MlflowServer, source: str) -> None:
    server.ask("POST", "/api/2.0/mlflow/registered-models/create", {"name": "model"})
    body = {"name": "model", "source": source.format(outside=server.outside), "run_id": server.run()["run_id"]}
    assert_refused(server.ask("POST", "/api/2.0/mlflow/model-versions/create", body), "source")
    assert_refused(server.ask("POST", "/ajax-api/2.0/mlflow/model-versions/create", body), "source")


def test_a_trace_is_kept_in_the_store(server: MlflowServer) -> None:
    for version in ("2.0", "3.0"):
        tag = {"key": "mlflow.artifactLocation", "value": f"file:{server.outside}"}
        assert_refused(server.ask("PATCH", f"/api/{version}/mlflow/traces/tr-1/tags", tag), "value")


def test_what_is_in_the_store_is_served(server: MlflowServer) -> None:
    experiment = server.post(CREATE_EXPERIMENT, {"name": "good", "artifact_location": "mlflow-artifacts:/mine"})
    assert experiment["experiment_id"]
    run = server.run()
    assert server.ask("GET", f"/get-artifact?run_id={run['run_id']}&path=made") == (200, "mine")
    listed = server.ask("GET", f"/api/2.0/mlflow/artifacts/list?run_id={run['run_id']}")[1]
    assert [file["path"] for file in listed["files"]] == ["made"]
    server.ask("POST", "/api/2.0/mlflow/registered-models/create", {"name": "good"})
    version = {"name": "good", "source": run["artifact_uri"] + "/made", "run_id": run["run_id"]}
    assert server.post("/api/2.0/mlflow/model-versions/create", version)["model_version"]["version"] == "1"


@pytest.mark.parametrize("location", ["file:{outside}", "{outside}", "s3://bucket/x", "file:{store}/../outside"])
def test_a_row_that_leads_elsewhere_opens_nothing(server: MlflowServer, location: str) -> None:
    run_id = server.run()["run_id"]
    location = location.format(outside=server.outside, store=server.store)
    server.change_row("UPDATE runs SET artifact_uri = ? WHERE run_uuid = ?", location, run_id)
    query = f'query {{mlflowListArtifacts(input: {{runId: "{run_id}"}}) {{files {{path}}}}}}'
    for answer in (
        server.ask("GET", f"/get-artifact?run_id={run_id}&path=secret"),
        server.ask("GET", f"/api/2.0/mlflow/artifacts/list?run_id={run_id}"),
        server.ask("POST", f"/ajax-api/2.0/mlflow/upload-artifact?run_uuid={run_id}&path=new", b"x"),
        server.ask("POST", "/graphql", {"query": query}),
    ):
        assert "is not in this server's artifact store" in json.dumps(answer), answer
    assert [file.name for file in server.outside.iterdir()] == ["secret"]


def test_a_link_out_of_the_store_is_not_followed(server: MlflowServer) -> None:
    run = server.run()
    folder = server.store / run["artifact_uri"].removeprefix("mlflow-artifacts:/")
    (folder / "link").symlink_to(server.outside)
    for path in ("link/secret", "link%2Fsecret", "../../outside/secret", "..%2F..%2F..%2F..%2Foutside%2Fsecret"):
        status, answer = server.ask("GET", f"/get-artifact?run_id={run['run_id']}&path={path}")
        assert status >= 400 and "another's" not in str(answer), path


@pytest.mark.parametrize("area", ["/gateway/mlflow/v1/models", "/ajax-api/3.0/mlflow/assistant/config", "/ajax-api/3.0/jobs/x"])
def test_what_has_no_place_here_is_not_there(server: MlflowServer, area: str) -> None:
    assert server.ask("GET", area)[0] == 404


def test_nobody_is_called_on_this_machine(server: MlflowServer) -> None:
    events = [{"entity": "REGISTERED_MODEL", "action": "CREATED"}]
    for url in ("http://127.0.0.1/", "https://127.0.0.1/", "https://localhost/"):
        webhook = {"name": "calls", "url": url, "events": events}
        assert server.ask("POST", "/api/2.0/mlflow/webhooks", webhook)[0] == 400
    proxied = {"gateway_path": "gateway/x/invocations", "target_uri": "http://127.0.0.1/", "json_data": {}}
    assert server.post("/ajax-api/2.0/mlflow/gateway-proxy", proxied) == {"endpoints": []}


def test_it_is_one_process(server: MlflowServer) -> None:
    """So that it ends with the process that started it, and leaves none behind."""
    children = subprocess.run(["ps", "--ppid", str(server.process.pid), "-o", "args="], capture_output=True, text=True)
    assert children.stdout == ""
    assert "uvicorn" in Path(f"/proc/{server.process.pid}/cmdline").read_text().split("\0")


@pytest.mark.skipif(landlock.abi() == 0, reason="this Linux has no Landlock: file permissions alone hold")
def test_the_process_itself_reaches_nothing_else(tmp_path: Path) -> None:
    """Whatever MLflow could be talked into: the kernel says no."""
    home, store = tmp_path / "home", tmp_path / "store"
    for folder in (home, store):
        folder.mkdir()
    for name in ("secret", "ca"):
        (tmp_path / name).write_text("another's")
    script = f"""
import os
from stoker_kernel.mlflow_server.__main__ import close_in
close_in({str(home)!r}, {str(store)!r}, "postgresql://u@/d?sslrootcert={tmp_path}/ca")
open({str(tmp_path)!r} + "/ca").close()
open({str(store)!r} + "/artifact", "w").close()
open({str(home)!r} + "/tmp/file", "w").close()
for attempt in (lambda: open({str(tmp_path)!r} + "/secret"), lambda: os.listdir({str(tmp_path)!r}),
                lambda: open({str(tmp_path)!r} + "/made", "w"), lambda: open("/etc/shadow")):
    try:
        attempt()
    except PermissionError:
        continue
    raise SystemExit("allowed")
"""
    environ = {"PATH": os.environ["PATH"], "PYTHONPATH": str(PACKAGE_ROOT)}
    subprocess.run([sys.executable, "-c", script], env=environ, check=True)


def test_the_models_of_a_run_are_told_by_one_look_up(server: MlflowServer) -> None:
    run_id = server.run()["run_id"]
    asked = f"/api/2.0/mlflow/stoker/logged-models-of-run?run_id={run_id}"
    assert server.ask("GET", asked) == (200, {"model_ids": []})
    model = server.post("/api/2.0/mlflow/logged-models", {"experiment_id": "0", "name": "model", "source_run_id": run_id})
    model_id = model["model"]["info"]["model_id"]
    server.post("/api/2.0/mlflow/runs/outputs", {"run_id": run_id, "models": [{"model_id": model_id, "step": 0}]})
    assert server.ask("GET", asked) == (200, {"model_ids": [model_id]})
    outputs = server.ask("GET", f"/api/2.0/mlflow/runs/get?run_id={run_id}")[1]["run"]["outputs"]
    assert [output["model_id"] for output in outputs["model_outputs"]] == [model_id]
    status, body = server.ask("GET", asked + "0")
    assert (status, body["error_code"]) == (404, "RESOURCE_DOES_NOT_EXIST")
