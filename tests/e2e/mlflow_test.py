"""MLflow behind Stoker's port: what works, and what nobody gets out of it."""

import json
import os
import pwd
import uuid
from pathlib import Path

import processes
import pytest
from client import Client
from server import Server

READ, WRITE = 4, 2
REGISTER = """
import mlflow, numpy
from sklearn.linear_model import LinearRegression
name = dbutils.widgets.get("name")
model = LinearRegression().fit(numpy.array([[0.0], [1.0]]), numpy.array([0.0, 3.0]))
with mlflow.start_run() as run:
    mlflow.log_text("a note", "notes/note.txt")
    mlflow.sklearn.log_model(model, name="by_three", registered_model_name=name)
client = mlflow.MlflowClient()
mlflow.register_model(f"runs:/{run.info.run_id}/by_three", name)
client.set_registered_model_alias(name, "best", "2")
loaded = [mlflow.pyfunc.load_model(uri) for uri in (f"models:/{name}/1", f"models:/{name}@best")]
answers = [round(float(model.predict(numpy.array([[2.0]]))[0]), 3) for model in loaded]
note = mlflow.artifacts.load_text(f"{run.info.artifact_uri}/notes/note.txt")
dbutils.notebook.exit(f"{answers} {note} {run.info.run_id}")
"""
IDENTIFY = """
import json, os, mlflow
from mlflow.exceptions import MlflowException
from stoker_kernel.models import own_server
from stoker_kernel.models.identity import identify

def all_of_them():
    known = []
    for uri in json.loads(dbutils.widgets.get("uris")):
        try:
            known.append(str(identify(uri)))
        except MlflowException:
            known.append("refused")
    return known

asked_here = own_server.is_at(mlflow.get_tracking_uri()) and own_server.is_at(mlflow.get_registry_uri())
ours = all_of_them()
del os.environ["DATABRICKS_HOST"]
asked_there = own_server.is_at(mlflow.get_tracking_uri())
dbutils.notebook.exit(json.dumps([asked_here, asked_there, ours, all_of_them()]))
"""
LINK = """
import os
folder = os.environ["STOKER_DBFS_ROOT"] + "/" + dbutils.widgets.get("folder")
os.makedirs(folder)
os.symlink(dbutils.widgets.get("target"), folder + "/link")
dbutils.notebook.exit(folder)
"""


def is_mlflow(process: processes.Process) -> bool:
    return process.command[-1].startswith("stoker_kernel.mlflow_server")


@pytest.fixture(scope="module")
def mlflow(client: Client, server: Server) -> processes.Process:
    """MLflow's process, once it serves."""
    client.post("/api/2.0/mlflow/experiments/search", {"max_results": 1})
    (found,) = [process for process in processes.beneath(server.pid) if is_mlflow(process)]
    return found


def test_models_are_logged_registered_and_loaded(client: Client, cluster: str) -> None:
    name = f"by-three-{uuid.uuid4().hex}"
    run = client.run_notebook(cluster, REGISTER, name=name, seconds=300)
    assert run.result.startswith("[6.0, 6.0] a note ")
    run_id = run.result.split()[-1]
    uris = [f"runs:/{run_id}/by_three", f"models:/{name}/1", f"models:/{name}@best", "runs:/0123/model", f"models:/{name}/9"]
    asked = client.run_notebook(cluster, IDENTIFY, uris=json.dumps(uris)).result_json
    assert asked[:2] == [True, False]
    assert asked[2] == asked[3] and asked[2][3:] == ["refused", "refused"] and "refused" not in asked[2][:3]
    assert client.call("GET", f"/get-artifact?run_id={run_id}&path=notes/note.txt").text == "a note"
    for path in ("/mlflow/", "/mlflow/static-files/manifest.json", f"/mlflow/ajax-api/2.0/mlflow/runs/get?run_id={run_id}"):
        assert client.call("GET", path).status == 200, path


def test_an_experiment_that_points_elsewhere_is_refused(client: Client, server: Server, cluster: str) -> None:
    """A link under the DBFS root, which notebooks may write, and a location there: once the way into the database."""
    folder = client.run_notebook(cluster, LINK, folder=uuid.uuid4().hex, target=str(server.data_folder / "postgres")).result
    for prefix in ("/api/2.0/mlflow", "/ajax-api/2.0/mlflow", "/mlflow/api/2.0/mlflow", "/mlflow/ajax-api/2.0/mlflow"):
        for location in (f"file:{folder}", folder, f"FILE://{folder}", f"mlflow-artifacts:/../dbfs/{Path(folder).name}"):
            body = {"name": uuid.uuid4().hex, "artifact_location": location}
            for path in ("experiments/create", "%65xperiments/create", "experiments%2Fcreate"):
                answer = client.call("POST", f"{prefix}/{path}", body)
                assert answer.status == 400, answer.text
                assert answer.json["error_code"] == "INVALID_PARAMETER_VALUE"
                assert answer.json["message"].startswith("artifact_location: ")


def test_a_model_version_from_elsewhere_is_refused(client: Client, server: Server) -> None:
    name = uuid.uuid4().hex
    client.post("/api/2.0/mlflow/registered-models/create", {"name": name})
    for source in (f"file:{server.data_folder}/storage/dbfs", str(server.data_folder), "s3://bucket/x", "dbfs:/x"):
        answer = client.call("POST", "/api/2.0/mlflow/model-versions/create", {"name": name, "source": source})
        assert (answer.status, answer.json["error_code"]) == (400, "INVALID_PARAMETER_VALUE")
        assert answer.json["message"].startswith("source: ")


def test_mlflow_is_nobody_elses_user(server: Server, mlflow: processes.Process) -> None:
    """As root: it passes to the database's socket, and opens nothing of the database's, of ours or of a notebook's."""
    if os.geteuid() != 0:
        assert Path(f"/proc/{mlflow.pid}").stat().st_uid == os.geteuid()
        return
    lines = Path(f"/proc/{mlflow.pid}/status").read_text().splitlines()
    status = {name: value.split() for name, _, value in (line.partition(":") for line in lines)}
    uid = int(status["Uid"][0])
    groups = {int(group) for group in status["Groups"] + status["Gid"]}
    assert pwd.getpwuid(uid).pw_name not in ("root", "postgres", "stoker-kernel")
    assert 0 not in groups
    data = server.data_folder
    closed = [data / "connection.json", data / "logs", data / "postgres", data / "secrets", data / "secrets/signing_key"]
    for path in [*closed, *(data / "workers").glob("*/runs/*")]:
        assert not bits_for(path, uid, groups) & READ, path
    for path in (data / "run", data / "storage/dbfs", data / "storage"):
        assert not bits_for(path, uid, groups) & WRITE, path
    store = (data / "storage/mlflow").stat()
    assert (store.st_uid, store.st_mode & 0o777) == (uid, 0o700)


def bits_for(path: Path, uid: int, groups: set[int]) -> int:
    """What the file's mode gives to such a process."""
    stat = path.stat()
    return stat.st_mode >> (6 if stat.st_uid == uid else 3 if stat.st_gid in groups else 0) & 7
