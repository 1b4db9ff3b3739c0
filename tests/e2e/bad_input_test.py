"""Bad input is refused in the reference's shape, naming the field, before anything is written."""

from typing import Any

import pytest
from client import Client, notebook_task

TASK = {"task_key": "a", "existing_cluster_id": "c", "notebook_task": {"notebook_path": "/Shared/x"}}
MISSING = 987654321


def written(client: Client) -> tuple[Any, ...]:
    """What a refused request must leave as it is."""
    return (
        client.get("/api/2.2/jobs/list", limit=100).get("jobs", []),
        [run["run_id"] for run in client.get("/api/2.2/jobs/runs/list", limit=25).get("runs", [])],
        [cluster["cluster_id"] for cluster in client.get("/api/2.1/clusters/list").get("clusters", [])],
        client.get("/api/2.0/workspace/list", path="/Shared").get("objects", []),
    )


@pytest.mark.parametrize(
    ("path", "body", "code", "says"),
    [
        ("jobs/create", b'{"name": ', "MALFORMED_REQUEST", ""),
        ("jobs/create", b"[1, 2]", None, ""),
        ("jobs/create", {"name": "x", "tasks": "many"}, "INVALID_PARAMETER_VALUE", "tasks"),
        ("jobs/create", {"tasks": [TASK], "timeout_seconds": "soon"}, "INVALID_PARAMETER_VALUE", "timeout_seconds"),
        ("jobs/create", {"tasks": [TASK | {"max_retries": []}]}, "INVALID_PARAMETER_VALUE", "tasks[0].max_retries"),
        ("jobs/create", {"tasks": [TASK | {"notebook_task": {}}]}, "INVALID_PARAMETER_VALUE", "tasks[0].notebook_task.notebook_path"),
        ("jobs/create", {"tasks": [{k: v for k, v in TASK.items() if k != "task_key"}]}, "INVALID_PARAMETER_VALUE", "task_key"),
        ("jobs/create", {"tasks": [TASK, TASK]}, "INVALID_PARAMETER_VALUE", "a"),
        ("jobs/create", {"tasks": [TASK | {"depends_on": [{"task_key": "b"}]}]}, "INVALID_PARAMETER_VALUE", "b"),
        ("jobs/create", {"tasks": [TASK | {"depends_on": [{"task_key": "a"}]}]}, "INVALID_PARAMETER_VALUE", "a"),
        ("jobs/create", {"tasks": [TASK], "tags": {"stoker.nothing": "1"}}, "INVALID_PARAMETER_VALUE", "stoker.nothing"),
        ("jobs/create", {"tasks": [TASK | {"existing_cluster_id": "none"}]}, "INVALID_PARAMETER_VALUE", "Cluster none does not exist"),
        ("jobs/run-now", {}, "INVALID_PARAMETER_VALUE", "job_id"),
        ("jobs/run-now", {"job_id": "one"}, "INVALID_PARAMETER_VALUE", "job_id"),
        ("jobs/run-now", {"job_id": MISSING}, "INVALID_PARAMETER_VALUE", f"Job {MISSING} does not exist."),
        ("jobs/run-now", {"job_id": MISSING, "notebook_params": 1}, "INVALID_PARAMETER_VALUE", "notebook_params"),
        ("jobs/delete", {"job_id": MISSING}, "INVALID_PARAMETER_VALUE", f"Job {MISSING} does not exist."),
        ("jobs/runs/submit", {"tasks": [{"task_key": "a"}]}, "INVALID_PARAMETER_VALUE", "tasks[0]"),
        ("jobs/runs/cancel", {"run_id": MISSING}, "INVALID_PARAMETER_VALUE", f"Run {MISSING} does not exist."),
        ("clusters/create", {"num_workers": 0}, "INVALID_PARAMETER_VALUE", "spark_version"),
        ("clusters/create", {"spark_version": "15.4.x-scala2.12", "num_workers": "few"}, "INVALID_PARAMETER_VALUE", "num_workers"),
        ("clusters/start", {"cluster_id": "0000-000000-nothing0"}, "INVALID_PARAMETER_VALUE", "Cluster 0000-000000-nothing0 does not exist"),
        ("workspace/import", {"content": ""}, "INVALID_PARAMETER_VALUE", "path"),
        (
            "workspace/import",
            {"path": "/Shared/bad", "content": "no base64!", "format": "SOURCE", "language": "PYTHON"},
            "INVALID_PARAMETER_VALUE",
            "content",
        ),
    ],
)
def test_a_refused_post(client: Client, path: str, body: Any, code: str | None, says: str) -> None:
    before = written(client)
    version = {"jobs": "2.2", "clusters": "2.1", "workspace": "2.0"}[path.split("/")[0]]
    answer = client.call("POST", f"/api/{version}/{path}", body)
    assert answer.status == 400, answer.text
    assert code in (None, answer.json["error_code"])
    assert says in answer.json["message"]
    assert written(client) == before


@pytest.mark.parametrize(
    ("path", "status", "code", "message"),
    [
        (f"2.2/jobs/get?job_id={MISSING}", 400, "INVALID_PARAMETER_VALUE", f"Job {MISSING} does not exist."),
        ("2.2/jobs/get", 400, "INVALID_PARAMETER_VALUE", None),
        (f"2.2/jobs/runs/get?run_id={MISSING}", 400, "INVALID_PARAMETER_VALUE", f"Run {MISSING} does not exist."),
        (f"2.1/jobs/runs/get-output?run_id={MISSING}", 400, "INVALID_PARAMETER_VALUE", f"Run {MISSING} does not exist."),
        ("2.1/clusters/get?cluster_id=none", 400, "INVALID_PARAMETER_VALUE", "Cluster none does not exist"),
        ("2.0/workspace/get-status?path=/none", 404, "RESOURCE_DOES_NOT_EXIST", "Path (/none) doesn't exist."),
        ("2.0/nothing/here", 404, "ENDPOINT_NOT_FOUND", None),
    ],
)
def test_a_refused_get(client: Client, path: str, status: int, code: str, message: str | None) -> None:
    answer = client.call("GET", f"/api/{path}")
    assert (answer.status, answer.json["error_code"]) == (status, code)
    assert message in (None, answer.json["message"])


def test_tokens(client: Client) -> None:
    without = client.call("GET", "/api/2.2/jobs/list", authorized=False)
    wrong = client.call("GET", "/api/2.2/jobs/list", authorized=False, headers={"Authorization": "Bearer nonsense"})
    assert (without.status, wrong.status) == (401, 403)
    assert without.json["error_code"] and wrong.json["error_code"]
    assert client.call("POST", "/api/2.2/jobs/create", {"tasks": [TASK]}, authorized=False).status == 401


def test_a_body_over_10_mb(client: Client) -> None:
    before = written(client)
    try:
        answer = client.call("POST", "/api/2.2/jobs/create", b'{"name": "' + b"x" * (10 * 1024 * 1024) + b'"}')
    except (BrokenPipeError, ConnectionResetError):  # the server may stop reading before we have sent all of it
        answer = client.call("POST", "/api/2.2/jobs/create", b"", headers={"Content-Length": str(11 * 1024 * 1024)})
    assert answer.status == 413, answer.text
    assert answer.json["error_code"]
    assert written(client) == before


def test_unknown_fields_are_ignored_and_named(client: Client, cluster: str) -> None:
    task = notebook_task("/Shared/x", cluster)
    answer = client.call("POST", "/api/2.2/jobs/create", {"tasks": [task], "surprise": None, "tasc": 1})
    assert answer.status == 200
    assert "tasc" in answer.headers["x-stoker-ignored-fields"]
    client.post("/api/2.2/jobs/delete", {"job_id": answer.json["job_id"]})


def test_numbers_may_come_as_strings_and_gets_may_carry_a_body(client: Client, cluster: str) -> None:
    job_id = client.create_job(notebook_task("/Shared/x", cluster), timeout_seconds="60")
    answer = client.call("GET", "/api/2.2/jobs/get", {"job_id": str(job_id)})
    assert answer.json["settings"]["timeout_seconds"] == 60
    client.post("/api/2.2/jobs/delete", {"job_id": str(job_id)})
    assert client.call("GET", f"/api/2.2/jobs/get?job_id={job_id}").json["message"] == f"Job {job_id} does not exist."


def test_what_is_open_without_a_token(client: Client) -> None:
    for path in ("/.well-known/databricks-config", "/healthz", "/readyz"):
        assert client.call("GET", path, authorized=False).status == 200, path
    assert client.call("GET", "/.well-known/databricks-config", authorized=False).json["workspace_id"].isdigit()
    assert client.call("GET", "/api/2.0/preview/scim/v2/Me").headers["x-databricks-org-id"].isdigit()
