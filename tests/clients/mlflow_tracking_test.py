"""mlflow with the tracking URI `databricks`: artifacts go by the Files API, under names that only such clients have."""

import uuid
from collections.abc import Iterator
from pathlib import Path

import mlflow
import pytest
from client import Client
from mlflow.entities import Run


class Echo(mlflow.pyfunc.PythonModel):
    """Predicts what it is given."""

    def predict(self, context: object, model_input: list[str]) -> list[str]:
        return model_input


@pytest.fixture(autouse=True)
def databricks_tracking(client: Client) -> Iterator[None]:
    """Both stores are this workspace's; what a test leaves set is undone."""
    mlflow.set_tracking_uri("databricks")
    mlflow.set_registry_uri("databricks")
    mlflow.set_experiment(f"/Users/admin@stoker.local/{uuid.uuid4().hex}")
    yield
    mlflow.set_tracking_uri(None)
    mlflow.set_registry_uri(None)


def a_run_with_artifacts(folder: Path) -> Run:
    """Files at three depths, one of them larger than what other routes take."""
    (folder / "tree/deep er").mkdir(parents=True)
    (folder / "tree/deep er/ä.bin").write_bytes(bytes(range(256)))
    (folder / "tree/large.bin").write_bytes(b"x" * 12_000_000)
    with mlflow.start_run() as run:
        mlflow.log_params({"a": "1", "location": "mlflow-artifacts:/not/a/field"})
        mlflow.log_text("a note", "notes/note.txt")
        mlflow.log_artifacts(str(folder / "tree"), "tree")
    return run


def test_artifacts_are_logged_listed_and_fetched(tmp_path: Path) -> None:
    run = a_run_with_artifacts(tmp_path)
    experiment, run_id = run.info.experiment_id, run.info.run_id
    assert run.info.artifact_uri == f"dbfs:/databricks/mlflow-tracking/{experiment}/{run_id}/artifacts"
    listed = mlflow.artifacts.list_artifacts(run_id=run_id)
    assert [(item.path, item.is_dir) for item in listed] == [("notes", True), ("tree", True)]
    listed = mlflow.artifacts.list_artifacts(run_id=run_id, artifact_path="tree")
    assert [(item.path, item.file_size) for item in listed] == [("tree/deep er", None), ("tree/large.bin", 12_000_000)]
    assert mlflow.artifacts.list_artifacts(run_id=run_id, artifact_path="none") == []
    assert mlflow.artifacts.load_text(f"{run.info.artifact_uri}/notes/note.txt") == "a note"
    back = str(tmp_path / "back")
    fetched = Path(mlflow.artifacts.download_artifacts(run_id=run_id, artifact_path="tree", dst_path=back))
    assert (fetched / "deep er/ä.bin").read_bytes() == bytes(range(256))
    assert (fetched / "large.bin").stat().st_size == 12_000_000
    assert mlflow.get_run(run_id).data.params["location"] == "mlflow-artifacts:/not/a/field"
    assert [found.info.artifact_uri for found in mlflow.search_runs(output_format="list")] == [run.info.artifact_uri]


def test_other_clients_see_the_same_run_under_their_own_name(client: Client, tmp_path: Path) -> None:
    run = a_run_with_artifacts(tmp_path)
    seen = client.get("/api/2.0/mlflow/runs/get", run_id=run.info.run_id)["run"]
    assert seen["info"]["artifact_uri"] == f"mlflow-artifacts:/{run.info.experiment_id}/{run.info.run_id}/artifacts"
    assert client.call("GET", f"/get-artifact?run_id={run.info.run_id}&path=notes/note.txt").text == "a note"


def test_a_model_is_logged_loaded_and_registered(client: Client) -> None:
    name = f"echo-{uuid.uuid4().hex}"
    with mlflow.start_run():
        logged = mlflow.pyfunc.log_model(name="echo", python_model=Echo(), registered_model_name=name)
    location = mlflow.MlflowClient().get_logged_model(logged.model_id).artifact_location
    assert location.startswith("dbfs:/databricks/mlflow-tracking/") and "/logged_models/" in location
    assert mlflow.pyfunc.load_model(logged.model_uri).predict(["x"]) == ["x"]
    assert mlflow.MlflowClient().get_model_version(name, "1").source == location
    assert mlflow.pyfunc.load_model(location).predict(["y"]) == ["y"]
    kept = client.get("/api/2.0/mlflow/model-versions/get", name=name, version="1")["model_version"]["source"]
    assert kept.startswith("mlflow-artifacts:/") and "/models/" in kept


def test_an_artifact_is_refused_where_no_run_keeps_it(client: Client) -> None:
    root = "/api/2.0/fs/files/WorkspaceInternal/Mlflow/Artifacts"
    for path, status in {
        "1/Runs/ab/artifacts/..%2f..%2f..%2fx": 400,
        "1/Others/ab/artifacts/x": 404,
        "1/Runs/none/artifacts/x": 404,
    }.items():
        assert client.call("GET", f"{root}/{path}").status == status, path
    assert client.call("DELETE", f"{root}/1/Runs/none/artifacts/x").status == 404
