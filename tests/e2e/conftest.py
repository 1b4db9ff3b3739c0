from collections.abc import Iterator

import pytest
from client import Client
from server import Server, server_on_a_new_folder


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        item.add_marker(pytest.mark.e2e)


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """The server that all tests share which neither stop it nor look at all of its runs."""
    with server_on_a_new_folder() as server:
        yield server.start()


@pytest.fixture(scope="session")
def client(server: Server) -> Client:
    return server.client


@pytest.fixture(scope="session")
def cluster(client: Client) -> str:
    """A warm cluster for notebooks without Spark."""
    cluster_id = client.create_cluster(cluster_name="shared")
    run = client.run_notebook(cluster_id, "dbutils.notebook.exit('warm')", seconds=900)  # makes the Python environment
    assert run.result == "warm"
    return cluster_id


@pytest.fixture(scope="session")
def spark_cluster(client: Client) -> str:
    """A warm cluster whose driver JVM runs."""
    cluster_id = client.create_cluster(cluster_name="shared spark", spark_conf={"spark.ui.enabled": "false"})
    run = client.run_notebook(cluster_id, "dbutils.notebook.exit(spark.range(3).count())", seconds=900)
    assert run.result == "3"
    return cluster_id


@pytest.fixture(scope="session")
def second_server() -> Iterator[Server]:
    """On a data folder that tests stop, kill and start it on, one after the other."""
    with server_on_a_new_folder() as server:
        yield server


@pytest.fixture
def own_server(second_server: Server) -> Server:
    """Runs at the test's start; the test may stop, kill and start it."""
    return second_server if second_server.process else second_server.start()
