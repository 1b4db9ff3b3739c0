"""What a node that joined has from its server beside files: the catalog of tables, and Git credentials."""

import os
import uuid
from collections.abc import Iterator
from pathlib import Path

import processes
import pytest
from client import notebook_task
from git_repositories import TOKEN, USER, Repositories, git_server
from hosts import SERVER_ADDRESS, Host, hosts
from joined import Node, joined_node, node_of, states, stoker_node
from server import Server, server_on_a_new_folder
from tables_test import metastore

pytestmark = [pytest.mark.skipif(os.geteuid() != 0, reason="network namespaces take root"), pytest.mark.spark]

TABLE = f"t{uuid.uuid4().hex[:8]}"


@pytest.fixture(scope="module")
def host() -> Iterator[Host]:
    with hosts(1) as (made,):
        yield made


@pytest.fixture(scope="module")
def farm(host: Host) -> Iterator[Server]:
    with server_on_a_new_folder() as server:
        server.host = "0.0.0.0"
        yield server.start("--nodes", SERVER_ADDRESS, "--tls", "--no-mlflow")


@pytest.fixture(scope="module")
def here(farm: Server) -> str:
    """A cluster on the server's machine, that has made a table; new clusters go elsewhere from then on."""
    cluster_id = farm.client.create_cluster(cluster_name="here")
    made = farm.client.run_notebook(cluster_id, f"spark.range(3).write.saveAsTable('{TABLE}')", seconds=900)
    assert made.result_state == "SUCCESS", made.output
    (own,) = states(farm)
    stoker_node(farm, "cordon", own)
    return cluster_id


@pytest.fixture(scope="module")
def node(farm: Server, host: Host, here: str) -> Iterator[Node]:
    with joined_node(farm, host) as made:
        yield made


@pytest.fixture(scope="module")
def there(farm: Server, node: Node) -> str:
    """A cluster on the node."""
    cluster_id = farm.client.create_cluster(cluster_name="there")
    assert farm.client.run_notebook(cluster_id, "dbutils.notebook.exit('up')", seconds=120).result == "up"
    assert node_of(farm, cluster_id) == node.host.name
    return cluster_id


def count(server: Server, cluster: str, table: str) -> str:
    return server.client.run_notebook(cluster, f"dbutils.notebook.exit(spark.table('{table}').count())", seconds=240).result


def test_tables_are_those_of_all_clusters(farm: Server, here: str, there: str) -> None:
    assert count(farm, there, TABLE) == "3"
    source = f"""
spark.range(4).write.mode('append').saveAsTable('{TABLE}')
spark.sql("CREATE TABLE {TABLE}_there AS SELECT id * 2 AS double FROM {TABLE}")
"""
    written = farm.client.run_notebook(there, source, seconds=240)
    assert written.result_state == "SUCCESS", written.output
    assert (count(farm, here, TABLE), count(farm, here, f"{TABLE}_there")) == ("7", "7")


def test_a_catalog_that_starts_again_is_found_again(farm: Server, there: str) -> None:
    (java,) = metastore(farm)
    processes.kill(java)
    assert count(farm, there, TABLE) == "7"


def test_a_private_repository_is_read_with_the_users_credential(
    farm: Server, there: str, node: Node, tmp_path: Path
) -> None:
    client = farm.client
    with git_server(tmp_path, SERVER_ADDRESS) as repositories:
        source = private(repositories)
        credential = {"git_provider": "gitHubEnterprise", "git_username": USER, "personal_access_token": TOKEN}
        made = client.post("/api/2.0/git-credentials", credential)
        task = notebook_task("main", there)
        task["notebook_task"]["source"] = "GIT"
        run = client.finish(client.submit(task, git_source=source))
        assert run.result == "secret"
        client.call("DELETE", f"/api/2.0/git-credentials/{made['credential_id']}")
        assert "has no Git credential" in str(client.finish(client.submit(task, git_source=source)).details)
    logs = [node.log_file, farm.log_file, *(node.data_folder / "logs").glob("*.log")]
    assert not any(TOKEN in log.read_text(errors="replace") for log in logs)


def private(repositories: Repositories) -> dict[str, str]:
    repositories.commit("private/p.git", {"main.py": "# Databricks notebook source\ndbutils.notebook.exit('secret')\n"})
    return {"git_url": repositories.url("private/p.git"), "git_provider": "gitHubEnterprise", "git_branch": "main"}
