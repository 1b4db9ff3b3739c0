"""Clients that nobody here wrote, unmodified, against a running `stoker up`."""

import base64
import sys
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from databricks.sdk import WorkspaceClient
from databricks.sdk.service.workspace import ImportFormat, Language

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "e2e"))

from client import Client  # noqa: E402
from sdk_tasks import ECHO  # noqa: E402
from server import Server, server_on_a_new_folder  # noqa: E402


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        item.add_marker(pytest.mark.clients)


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """The server that all clients share."""
    with server_on_a_new_folder() as server:
        yield server.start()


@pytest.fixture(scope="session")
def client(server: Server) -> Client:
    """Plain HTTP, to look at what the real clients did."""
    return server.client


@pytest.fixture(scope="session", autouse=True)
def databricks_environment(client: Client, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """What users of these clients set, and nothing that the developer has set."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("DATABRICKS_HOST", client.host)
        environment.setenv("DATABRICKS_TOKEN", client.token)
        environment.setenv("DATABRICKS_CONFIG_FILE", str(tmp_path_factory.mktemp("config") / "databrickscfg"))
        environment.setenv("MLFLOW_DISABLE_TELEMETRY", "true")
        for name in ("DATABRICKS_CONFIG_PROFILE", "MLFLOW_TRACKING_URI", "MLFLOW_REGISTRY_URI", "MLFLOW_RUN_ID"):
            environment.delenv(name, raising=False)
        yield


@pytest.fixture(scope="session")
def workspace(databricks_environment: None) -> WorkspaceClient:
    """The Databricks SDK, with what the environment tells it."""
    return WorkspaceClient()


@pytest.fixture(scope="session")
def cluster(client: Client) -> str:
    """A warm cluster for tasks without Spark."""
    cluster_id = client.create_cluster(cluster_name="shared")
    run = client.run_notebook(cluster_id, "dbutils.notebook.exit('warm')", seconds=900)  # makes the Python environment
    assert run.result == "warm"
    return cluster_id


@pytest.fixture(scope="session")
def folder(workspace: WorkspaceClient) -> str:
    path = f"/Shared/clients/{uuid.uuid4().hex}"
    workspace.workspace.mkdirs(path)
    return path


@pytest.fixture(scope="session")
def notebook_at(workspace: WorkspaceClient, folder: str) -> Callable[..., str]:
    """Imports a notebook; its path."""

    def put(source: str, name: str = "") -> str:
        path = f"{folder}/{name or uuid.uuid4().hex}"
        content = base64.b64encode(source.encode()).decode()
        workspace.workspace.import_(
            path, content=content, format=ImportFormat.SOURCE, language=Language.PYTHON, overwrite=True
        )
        return path

    return put


@pytest.fixture(scope="session")
def echo(notebook_at: Callable[..., str]) -> str:
    return notebook_at(ECHO)
