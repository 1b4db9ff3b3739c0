"""Which model a URI means, and that a name used again means another one."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("mlflow")

import mlflow_files  # noqa: E402
from spark_driver import PACKAGE_ROOT  # noqa: E402,F401

from stoker_kernel.models.identity import identify  # noqa: E402


@pytest.fixture(scope="module")
def experiment(tmp_path_factory):
    import mlflow

    before = mlflow.get_tracking_uri()
    yield mlflow_files.use(tmp_path_factory.mktemp("mlflow"))
    mlflow.set_tracking_uri(before)


def test_a_run_s_model(experiment):
    run_id = mlflow_files.log_sklearn(experiment, 2.0)
    identity = identify(f"runs:/{run_id}/model/")
    assert identity.uri == f"runs:/{run_id}/model"
    assert identity == identify(f"runs:/{run_id}/model")


def test_a_model_logged_again_under_its_name_is_another(experiment):
    import mlflow

    run_id = mlflow_files.log_sklearn(experiment, 2.0)
    first = identify(f"runs:/{run_id}/model")
    from sklearn.linear_model import LinearRegression

    with mlflow.start_run(run_id=run_id):
        mlflow.sklearn.log_model(LinearRegression().fit([[0.0], [1.0]], [0.0, 9.0]), name="model", pip_requirements=[])
    assert identify(f"runs:/{run_id}/model").key != first.key


def test_versions_aliases_and_latest(experiment):
    import mlflow

    mlflow_files.log_sklearn(experiment, 2.0, registered_model_name="doubling")
    client = mlflow.MlflowClient()
    client.set_registered_model_alias("doubling", "champion", "1")
    first = identify("models:/doubling/1")
    assert first.uri == "models:/doubling/1"
    assert identify("models:/doubling@champion") == identify("models:/doubling/latest") == first
    mlflow_files.log_sklearn(experiment, 3.0, registered_model_name="doubling")
    client.set_registered_model_alias("doubling", "champion", "2")
    assert identify("models:/doubling@champion").uri == "models:/doubling/2"
    client.delete_registered_model("doubling")
    mlflow_files.log_sklearn(experiment, 4.0, registered_model_name="doubling")
    assert identify("models:/doubling/1").key != first.key


def test_a_logged_model(experiment):
    import mlflow

    run = mlflow.get_run(mlflow_files.log_sklearn(experiment, 2.0))
    uri = f"models:/{run.outputs.model_outputs[0].model_id}"
    assert identify(uri).uri == uri


@pytest.mark.parametrize("uri", ["/tmp/model", "model", "s3://bucket/model", "dbfs:/models/m", "runs:/0123", "runs://p@databricks/0/m"])
def test_places_have_no_identity(experiment, uri):
    assert identify(uri) is None


def test_what_is_not_there_raises_as_a_load_would(experiment):
    from mlflow.exceptions import MlflowException

    for uri in ("runs:/00000000000000000000000000000000/model", "models:/nothing/1", "models:/m-0123"):
        with pytest.raises(MlflowException):
            identify(uri)


def serve_mlflow(command: list[str], folder: Path) -> tuple[subprocess.Popen[bytes], str]:
    """A server that listens, and its address."""
    (folder / "store").mkdir()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    server = subprocess.Popen(
        [
            *(sys.executable, "-m", *command, "--backend-store-uri", f"sqlite:///{folder / 'mlflow.db'}"),
            *("--artifacts-destination", str(folder / "store"), "--workers", "1", "--allowed-hosts", "*"),
            *("--host", "127.0.0.1", "--port", str(port), "--uvicorn-opts", "--no-access-log"),
        ],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(PACKAGE_ROOT), "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"},
        stderr=subprocess.PIPE,
    )
    assert server.stderr is not None
    assert any(b"Uvicorn running" in line for line in server.stderr), server.wait()
    return server, f"http://127.0.0.1:{port}"


@pytest.mark.parametrize("is_own", [True, False], ids=["Stoker's own", "another MLflow"])
def test_a_server_is_asked(experiment, tmp_path, monkeypatch, is_own):
    import mlflow
    from mlflow.exceptions import MlflowException

    command = ["stoker_kernel.mlflow_server", "--folder", str(tmp_path)] if is_own else ["mlflow", "server"]
    before = mlflow.get_tracking_uri()
    server, address = serve_mlflow(command, tmp_path)
    monkeypatch.setenv("DATABRICKS_HOST", address)
    try:
        mlflow.set_tracking_uri(address)
        run_id = mlflow_files.log_sklearn("0", 2.0)
        (output,) = mlflow.get_run(run_id).outputs.model_outputs
        assert identify(f"runs:/{run_id}/model").key == f"runs:/{run_id}/model#{output.model_id}"
        with pytest.raises(MlflowException, match="not found"):
            identify("runs:/00000000000000000000000000000000/model")
    finally:
        mlflow.set_tracking_uri(before)
        server.terminate()
        server.communicate()
