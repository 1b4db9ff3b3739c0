"""The OpenAPI document: it is valid, and the server answers as it says, whatever is sent."""

import subprocess
import sys
from pathlib import Path

import pytest
from client import Client
from openapi_spec_validator import OpenAPIV31SpecValidator
from server import Server

DOCUMENT = "/api/stoker/v1/openapi.json"
CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"
LEFT_OUT = [
    *("--exclude-tag", "mlflow", "--exclude-tag", "mlflow-artifacts"),  # MLflow answers for itself
    *("--exclude-path", "/api/2.0/fs/create-upload-part-urls"),  # it always answers 501, which is what its clients want
]


@pytest.fixture(scope="module")
def known(client: Client) -> dict[str, int]:
    """A job and a run of it that is over, so that what reads them finds something; it needs no cluster."""
    job_id = client.create_job({"task_key": "only", "condition_task": {"op": "EQUAL_TO", "left": "1", "right": "1"}})
    run_id = client.run_now(job_id)
    assert client.finish(run_id).result_state == "SUCCESS"
    return {"job_id": job_id, "run_id": run_id}


def test_it_is_a_valid_document(client: Client) -> None:
    document = client.get(DOCUMENT)
    assert document["openapi"] == "3.1.0"
    OpenAPIV31SpecValidator(document).validate()


def test_who_has_it_already_is_told_so(client: Client) -> None:
    first = client.call("GET", DOCUMENT, authorized=False)
    assert first.status == 200
    again = client.call("GET", DOCUMENT, headers={"If-None-Match": first.headers["etag"]})
    assert (again.status, again.text) == (304, "")


def test_whatever_is_sent_is_answered_as_documented(client: Client, tmp_path: Path) -> None:
    _drive(client, tmp_path, "", "--phases", "examples,fuzzing", "--max-examples", "4")


def test_what_is_there_is_shown_as_documented(client: Client, known: dict[str, int], tmp_path: Path) -> None:
    """Each parameter at and past its bounds, in the newest form of each endpoint."""
    changes = [part for method in ("POST", "PUT", "PATCH", "DELETE") for part in ("--exclude-method", method)]
    newest = ("--include-path-regex", "/(2.2|v1)/", *changes)
    parameters = "".join(f"{name} = {value}\n" for name, value in known.items())
    _drive(client, tmp_path, f"[parameters]\n{parameters}", "--phases", "coverage", *newest)


def test_the_server_goes_on(server: Server, client: Client) -> None:
    assert client.get("/readyz") == {"status": "ready"}
    assert not [line for line in server.log_file.read_text(errors="replace").splitlines() if "request failed" in line]


def _drive(client: Client, folder: Path, configuration: str, *arguments: str) -> None:
    """Schemathesis, always with the same requests; --phases and --max-examples bound them."""
    (folder / "schemathesis.toml").write_text(configuration)
    schemathesis = str(Path(sys.executable).with_name("schemathesis"))
    command = [schemathesis, "--config-file", "schemathesis.toml", "run", client.host + DOCUMENT, *LEFT_OUT]
    command += ["--header", f"Authorization: Bearer {client.token}", "--checks", CHECKS]
    command += ["--no-color", "--continue-on-failure"]
    command += ["--generation-deterministic", "--suppress-health-check", "all", "--request-timeout", "20", *arguments]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stdout[-20_000:] + done.stderr[-4_000:]
