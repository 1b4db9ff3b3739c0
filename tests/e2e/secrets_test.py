"""Tokens and passwords stay where they belong; MLflow is reached with a token, through Stoker's port, or not at all."""

import base64
import subprocess
import uuid

import processes
from client import Client
from server import BINARY, Server


def test_no_log_holds_a_token_or_a_password(client: Client, server: Server, cluster: str) -> None:
    used = client.run_notebook(cluster, "import os; print(os.environ['DATABRICKS_TOKEN'])")
    wrong = "Bearer " + uuid.uuid4().hex
    client.call("GET", "/api/2.2/jobs/list", authorized=False, headers={"Authorization": wrong})
    secrets = [client.token, wrong.removeprefix("Bearer "), "stkr.ey"]
    secrets += [file.read_text().strip() for file in (server.data_folder / "secrets").iterdir()]
    logs = server.logs()
    assert logs
    assert [str(file) for file, text in logs.items() if any(secret in text for secret in secrets)] == []
    exported = client.get("/api/2.2/jobs/runs/get", run_id=used.run_id)
    assert "stkr." not in str(exported) + str(used.outputs)


def test_no_command_line_or_environment_shows_a_secret(client: Client, server: Server) -> None:
    secrets = [client.token] + [file.read_text().strip() for file in (server.data_folder / "secrets").iterdir()]
    for process in processes.beneath(server.pid):
        shown = "\0".join(process.command)
        assert not any(secret in shown for secret in secrets), process.command[:3]


def test_a_token_of_the_command_line_works(client: Client, server: Server) -> None:
    command = [str(BINARY), "token", "create", "--data-dir", str(server.data_folder), "--comment", "e2e"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    token = done.stdout.strip().split()[-1]
    assert token != client.token
    assert Client(client.host, token).get("/api/2.0/preview/scim/v2/Me")["active"] is True


def test_mlflow_wants_the_token(client: Client) -> None:
    search = {"max_results": 10}
    assert client.post("/api/2.0/mlflow/experiments/search", search)["experiments"]
    refused = client.call("POST", "/api/2.0/mlflow/experiments/search", search, authorized=False)
    assert refused.status == 401
    for path in ("/ajax-api/2.0/mlflow/experiments/search?max_results=1", "/mlflow/", "/get-artifact?path=x&run_uuid=y"):
        assert client.call("GET", path, authorized=False).status == 401, path


def test_mlflow_pages_in_a_browser(client: Client) -> None:
    asked = client.call("GET", "/mlflow/", authorized=False)
    assert asked.headers["www-authenticate"].startswith("Basic ")
    password = "Basic " + base64.b64encode(f"token:{client.token}".encode()).decode()
    page = client.call("GET", "/mlflow/", authorized=False, headers={"Authorization": password})
    assert page.status == 200
    assert "<html" in page.text.lower()


def test_mlflow_listens_on_no_port(client: Client, server: Server) -> None:
    client.post("/api/2.0/mlflow/experiments/search", {"max_results": 1})  # it is there
    ours = {str(process.pid) for process in processes.beneath(server.pid) if "mlflow" in " ".join(process.command)}
    assert ours
    listening = subprocess.run(["ss", "-Hltnp"], capture_output=True, text=True, check=True).stdout
    assert not [line for line in listening.splitlines() if any(f"pid={pid}," in line for pid in ours)]


def test_notebooks_see_how_the_machine_reaches_the_world_and_no_password_of_it(own_server: Server) -> None:
    own_server.stop()
    secret = "https://ann:word@index.example/simple"
    client = own_server.start(NO_PROXY="localhost,10.0.0.0/8", PIP_EXTRA_INDEX_URL=secret).client
    look = "import json, os; dbutils.notebook.exit(json.dumps([os.environ.get(n) for n in ('NO_PROXY', 'PIP_EXTRA_INDEX_URL')]))"
    try:
        assert client.run_notebook(client.create_cluster(), look, seconds=600).result_json == ["localhost,10.0.0.0/8", None]
    finally:
        own_server.stop()  # others start it without that index
