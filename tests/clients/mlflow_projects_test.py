"""`mlflow run -b databricks`: the project goes to DBFS, its command to a cluster of its own, its results to the run."""

import hashlib
import tarfile
import uuid
from collections.abc import Iterator
from pathlib import Path

import mlflow
import pytest
from client import SPARK_VERSION, Client
from mlflow.projects.databricks import DatabricksJobRunner

PROJECTS = Path(__file__).parent / "projects"
PROJECT = str(PROJECTS / "linear")
CLUSTER = {"spark_version": SPARK_VERSION, "node_type_id": "local.small", "num_workers": 0}


@pytest.fixture(autouse=True)
def databricks_tracking(client: Client) -> Iterator[None]:
    """What a test leaves set is undone."""
    mlflow.set_tracking_uri("databricks")
    yield
    mlflow.set_tracking_uri(None)


def test_the_project_is_uploaded_once_under_the_hash_of_its_archive(client: Client, tmp_path: Path) -> None:
    experiment = mlflow.create_experiment(f"/Users/admin@stoker.local/{uuid.uuid4().hex}")
    runner = DatabricksJobRunner("databricks")
    place = runner._upload_project_to_dbfs(PROJECT, experiment)
    folder, name = f"/mlflow-experiments/{experiment}/projects-code", Path(place).name
    (listed,) = client.get("/api/2.0/dbfs/list", path=f"dbfs:{folder}")["files"]
    assert (place, listed["path"]) == (f"/dbfs{folder}/{name}", f"{folder}/{name}")
    archive = tmp_path / name
    mlflow.artifacts.download_artifacts(f"dbfs:{folder}/{name}", dst_path=str(tmp_path))
    assert f"{hashlib.sha256(archive.read_bytes()).hexdigest()}.tar.gz" == name
    with tarfile.open(archive) as tar:
        assert {"mlflow-project/MLproject", "mlflow-project/fit.py"} <= set(tar.getnames())
    assert runner._upload_project_to_dbfs(PROJECT, experiment) == place
    assert client.get("/api/2.0/dbfs/list", path=folder)["files"] == [listed]


def test_a_project_runs_on_a_cluster_of_its_own(client: Client) -> None:
    submitted = mlflow.projects.run(
        PROJECT,
        backend="databricks",
        backend_config={"new_cluster": CLUSTER, "libraries": []},
        experiment_name=f"/Users/admin@stoker.local/{uuid.uuid4().hex}",
        parameters={"slope": 2.5},
        env_manager="local",
        synchronous=False,
    )
    run = mlflow.get_run(submitted.run_id)
    job_run_id = int(run.data.tags["mlflow.databricks.shellJobRunID"])
    assert run.data.params == {"slope": "2.5"}
    assert run.data.tags["mlflow.project.backend"] == "databricks"
    assert f"run/{job_run_id}" in run.data.tags["mlflow.databricks.runURL"]
    finished = client.finish(job_run_id, 900)
    assert finished.result_state == "SUCCESS", f"{finished.state} {finished.output}"
    assert submitted.wait()
    run = mlflow.get_run(submitted.run_id)
    assert (run.info.status, run.data.metrics) == ("FINISHED", {"slope": 2.5})
    assert mlflow.artifacts.load_text(f"{run.info.artifact_uri}/fit/line.txt") == "y = 2.5 x"


def test_a_project_that_is_one_file_runs_as_a_python_task(client: Client) -> None:
    """The part `databricks_spark_job` of an MLproject: the client writes a program to DBFS that unpacks the project."""
    submitted = mlflow.projects.run(
        str(PROJECTS / "spark_job"),
        backend="databricks",
        backend_config=CLUSTER,
        experiment_name=f"/Users/admin@stoker.local/{uuid.uuid4().hex}",
        synchronous=False,
    )
    job_run_id = int(mlflow.get_run(submitted.run_id).data.tags["mlflow.databricks.shellJobRunID"])
    finished = client.finish(job_run_id, 900)
    (task,) = finished.details["tasks"]
    assert task["spark_python_task"]["python_file"].startswith("dbfs:/mlflow-experiments/")
    assert finished.result_state == "SUCCESS", f"{finished.state} {finished.output}"
    assert submitted.wait()
    run = mlflow.get_run(submitted.run_id)
    assert (run.info.status, run.data.metrics) == ("FINISHED", {"words": 3})
