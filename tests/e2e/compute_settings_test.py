"""The operator's settings file: node types, and a Spark version with its own packages and Python."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from client import Client
from server import ROOT, Server, server_on_a_new_folder, up_command
from start_up_test import refused
from waiting import until

RUNTIME = ROOT / "clusters/runtimes/15.4.x-scala2.12.txt"
SETTINGS = """
default_node_type: etl.small
node_types:
  etl.small: {cores: 1, memory_mb: 2048, gpus: 0, labels: {rack: a}, description: "for small jobs"}
  etl.gpu: {cores: 1, memory_mb: 2048, gpus: 2}
  etl.nvme: {cores: 1, memory_mb: 2048, labels: {rack: a, disk: nvme}}
spark_versions:
  15.5.x-scala2.12:
    name: 15.5 (includes Apache Spark 3.5.0, Scala 2.12)
    requirements: packages.txt
    delta_lake: io.delta:delta-spark_2.12:3.3.3
    python: /usr/bin/python3
"""


@pytest.fixture(scope="module")
def settings_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("settings")
    (folder / "packages.txt").write_text(RUNTIME.read_text() + "\niniconfig==2.0.0\n")
    (folder / "compute.yaml").write_text(SETTINGS)
    return folder / "compute.yaml"


@pytest.fixture(scope="module")
def client(settings_file: Path) -> Iterator[Client]:
    with server_on_a_new_folder() as server:
        yield server.start("--settings", str(settings_file), "--label", "rack=a", "--no-mlflow", CUDA_VISIBLE_DEVICES="1,3,GPU-5e0d").client


def test_clients_see_what_the_file_says(client: Client) -> None:
    (small,) = (
        t for t in client.get("/api/2.1/clusters/list-node-types")["node_types"] if t["node_type_id"] == "etl.small"
    )
    assert (small["num_cores"], small["memory_mb"], small["stoker_labels"]) == (1, 2048, {"rack": "a"})
    versions = client.get("/api/2.1/clusters/spark-versions")["versions"]
    assert {"key": "15.5.x-scala2.12", "name": "15.5 (includes Apache Spark 3.5.0, Scala 2.12)"} in versions


def test_a_node_type_wants_its_labels(client: Client) -> None:
    nodes = until(lambda: client.get("/api/stoker/v1/nodes")["nodes"], "the node")
    assert [node["labels"] for node in nodes] == [{"rack": "a"}]
    body = {"spark_version": "15.4.x-scala2.12", "node_type_id": "etl.nvme", "num_workers": 0}
    answer = client.call("POST", "/api/2.1/clusters/create", body)
    assert answer.status == 400
    assert "with the labels disk=nvme, rack=a" in answer.json["message"]


def test_workers_get_the_gpus_of_their_node_type(client: Client) -> None:
    """No GPU is needed for it: whoever starts a node says by the same variable which there are."""
    assert [node["gpus"] for node in client.get("/api/stoker/v1/nodes")["nodes"]] == [3]
    cell = "import os\ndbutils.notebook.exit(os.environ['CUDA_VISIBLE_DEVICES'])"

    def seen_on(node_type: str) -> tuple[str, str]:
        cluster_id = client.create_cluster(cluster_name="on GPUs", node_type_id=node_type)
        return cluster_id, client.run_notebook(cluster_id, cell, seconds=900).result

    first, seen = seen_on("etl.gpu")
    assert [seen, seen_on("etl.gpu")[1], seen_on("etl.small")[1]] == ["1,3", "GPU-5e0d,1", "1,3,GPU-5e0d"]
    client.post("/api/2.1/clusters/delete", {"cluster_id": first})
    until(lambda: client.get("/api/2.1/clusters/get", cluster_id=first)["state"] == "TERMINATED", "the first cluster's end")
    assert seen_on("etl.gpu")[1] == "3,1", "what the first had is dealt again"


def test_what_the_file_does_not_say_is_refused_with_what_there_is(client: Client) -> None:
    body = {"spark_version": "15.5.x-scala2.12", "node_type_id": "etl.smal"}
    answer = client.call("POST", "/api/2.1/clusters/create", body)
    assert answer.status == 400
    assert answer.json["message"].startswith("node_type_id: node type 'etl.smal' is not known; there are etl.small, etl.gpu, etl.nvme, local.small")
    answer = client.call("POST", "/api/2.1/clusters/create", {"spark_version": "15.6.x-scala2.12"})
    assert answer.status == 400
    assert answer.json["message"].endswith("15.4.x-cpu-ml-scala2.12, 15.5.x-scala2.12.")


def test_notebooks_run_on_its_default_node_type_and_in_its_spark_version(client: Client) -> None:
    cluster_id = client.create_cluster(cluster_name="of the settings", spark_version="15.5.x-scala2.12", node_type_id=None)
    cell = """
import importlib.metadata, os
dbutils.notebook.exit(os.environ['DATABRICKS_RUNTIME_VERSION'] + ' ' + importlib.metadata.version('iniconfig'))
"""
    assert client.run_notebook(cluster_id, cell, seconds=900).result == "15.5 2.0.0"
    assert client.get("/api/2.1/clusters/get", cluster_id=cluster_id)["cluster_memory_mb"] == 2048


def test_a_wrong_file_keeps_stoker_from_starting(tmp_path: Path) -> None:
    file = tmp_path / "compute.yaml"
    file.write_text(SETTINGS.replace("cores: 1", "cores: one"))
    line = refused([*up_command(tmp_path / "data"), "--settings", str(file)], tmp_path / "data")
    assert line == f"stoker: {file}:4: node_types.etl.small.cores: expected a number from 1 to 1024, got 'one'."
    assert not (tmp_path / "data").exists()
