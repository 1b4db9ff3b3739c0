"""Nodes on other machines: how they join, what runs on them, and what is left of it when they vanish."""

import json
import os
import subprocess
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from client import notebook
from hosts import SERVER_ADDRESS, Host, hosts
from joined import Node, api_url, ask, new_token, node_of, states, stoker_node
from server import BINARY, Server, await_cell, server_on_a_new_folder, signal_cell
from waiting import until

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="network namespaces take root")

FAKETIME = next(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"), Path("faketime, of deploy/install test"))
WHERE = "import os, json; dbutils.notebook.exit(os.readlink('/proc/self/ns/net'))"
# Goes on as long as nobody kills it; each tick is on disk before the next.
TICK = """
import time
with open('/dbfs/signals/{name}.ticks', 'a') as ticks:
    while True:
        print(time.monotonic(), file=ticks, flush=True)
        time.sleep(0.1)
"""


@pytest.fixture(scope="module")
def two_hosts() -> Iterator[list[Host]]:
    with hosts(2) as made:
        yield made


@pytest.fixture(scope="module")
def farm(two_hosts: list[Host]) -> Iterator[Server]:
    """A server that takes nodes, and gives no workers to its own."""
    with server_on_a_new_folder() as server:
        server.host = "0.0.0.0"
        server.start("--nodes", SERVER_ADDRESS, "--no-mlflow", "--no-tables")
        cluster_id = server.client.create_cluster(cluster_name="makes the environment")
        assert server.client.run_notebook(cluster_id, "dbutils.notebook.exit('made')", seconds=900).result == "made"
        server.client.post("/api/2.1/clusters/delete", {"cluster_id": cluster_id})
        (server.data_folder / "storage/dbfs/signals").mkdir(mode=0o777, exist_ok=True)
        (server.data_folder / "storage/dbfs/signals").chmod(0o777)
        (own,) = states(server)
        stoker_node(server, "cordon", own)
        yield server


@pytest.fixture(scope="module")
def nodes(two_hosts: list[Host], farm: Server) -> Iterator[list[Node]]:
    made = [Node(farm, host) for host in two_hosts]
    try:
        for node in made:
            # DBFS is the server's, as a shared file system would be.
            node.join(new_token(farm), "--dbfs-root", str(farm.data_folder / "storage/dbfs"))
        yield made
    finally:
        farm.cancel_all()
        for node in made:
            node.stop()


def test_runs_are_spread_over_the_nodes(farm: Server, nodes: list[Node]) -> None:
    client = farm.client
    clusters = [client.create_cluster(cluster_name=f"spread {i}") for i in range(2)]
    places = {client.run_notebook(cluster_id, WHERE).result for cluster_id in clusters}
    assert len(places) == 2, "each ran on a host of its own"
    assert os.readlink("/proc/self/ns/net") not in places
    assert {node_of(farm, cluster_id) for cluster_id in clusters} == {node.host.name for node in nodes}


def test_a_token_serves_once(farm: Server, nodes: list[Node], two_hosts: list[Host], tmp_path: Path) -> None:
    def join(token: str, folder: str, name: str) -> str:
        command = [str(BINARY), "node", "join", "--server", api_url(farm), "--token", token]
        command = two_hosts[0].command(*command, "--node-id", name, "--data-dir", str(tmp_path / folder))
        return subprocess.run(command, capture_output=True, text=True, timeout=60).stderr

    token = new_token(farm)
    assert "There is a node 'stoker-host2' that lives" in join(token, "first", "stoker-host2")
    farm.sql("DELETE FROM join_tokens")
    assert "unknown, has expired or was used" in join(token, "second", "another")
    forged = new_token(farm)[:-1] + "x"
    assert "is no join token" in join(forged, "third", "another")
    assert not (tmp_path / "second/node.json").exists()


def test_the_nodes_role_reads_no_table(farm: Server, nodes: list[Node]) -> None:
    dsn = (nodes[0].data_folder / "secrets/node_dsn").read_text().strip()

    def refusal(statement: str, as_dsn: str = dsn) -> str:
        command = nodes[0].host.command("psql", "-XAtq", as_dsn, "-c", statement)
        return subprocess.run(command, capture_output=True, text=True).stderr

    for table in ("tokens", "users", "git_credentials", "workspace_objects", "runs", "join_tokens"):
        assert "permission denied" in refusal(f"SELECT * FROM {table}")
    assert refusal(f"SELECT * FROM clusters_to_serve('{nodes[0].host.name}')") == ""
    assert "is not that of node" in refusal(f"SELECT * FROM clusters_to_serve('{nodes[1].host.name}')")
    assert "no encryption" in refusal("SELECT 1", dsn.replace("verify-full", "disable"))
    worker = (farm.data_folder / "secrets/worker_password").read_text().strip()
    shared = dsn.replace(dsn.partition("user='")[2].partition("'")[0], "stoker_worker")
    shared = shared.replace(dsn.partition("password='")[2].partition("'")[0], worker)
    assert "pg_hba.conf rejects" in refusal("SELECT 1", shared)


def test_a_vanished_nodes_run_ends_once_and_its_cluster_goes_on_elsewhere(farm: Server, nodes: list[Node]) -> None:
    client = farm.client
    cluster_id = client.create_cluster(cluster_name="partitioned")
    name = uuid.uuid4().hex
    run_id = client.submit_notebook(cluster_id, notebook(signal_cell(name), TICK.format(name=name)))
    farm.signal_from_notebook(name)
    lost = next(node for node in nodes if node.host.name == node_of(farm, cluster_id))
    ticks = farm.data_folder / f"storage/dbfs/signals/{name}.ticks"
    lost.host.unplug()
    try:
        run = client.finish(run_id, 60)
        last_tick = ticks.stat().st_mtime
        assert (run.state["life_cycle_state"], run.state["result_state"]) == ("INTERNAL_ERROR", "FAILED")
        assert time.time() - last_tick > 1, "the node has killed the run before others were told that it is lost"
        until(lambda: lost.state() == "SILENT", "the node to be missed", 60)
        elsewhere = client.run_notebook(cluster_id, WHERE, seconds=150)
        assert elsewhere.result_state == "SUCCESS"
        assert node_of(farm, cluster_id) != lost.host.name
    finally:
        lost.host.plug_in()
    until(lambda: lost.state() == "READY", "the node to be back", 60)
    old = f"node_id = '{lost.host.name}' AND cluster_id = '{cluster_id}' AND state <> 'GONE'"
    until(lambda: ask(farm, f"SELECT count(*) FROM workers WHERE {old}") == "0", "its old worker to be gone", 60)
    assert ticks.stat().st_mtime == last_tick
    assert client.get("/api/2.2/jobs/runs/get", run_id=run_id)["state"] == run.state
    of_run = f"task_runs t USING (run_id) WHERE t.job_run_id = {run_id}"
    assert ask(farm, f"SELECT count(*) FROM task_outputs o JOIN {of_run}") == "1"


def test_a_drained_node_ends_its_runs_first(farm: Server, nodes: list[Node]) -> None:
    client = farm.client
    cluster_id = client.create_cluster(cluster_name="drained")
    ready, go = uuid.uuid4().hex, uuid.uuid4().hex
    run_id = client.submit_notebook(cluster_id, notebook(signal_cell(ready), await_cell(go), "dbutils.notebook.exit('whole')"))
    farm.signal_from_notebook(ready)
    drained = node_of(farm, cluster_id)
    stoker_node(farm, "drain", drained)
    assert states(farm)[drained] == "DRAINING"
    assert client.run_notebook(cluster_id, WHERE).result_state == "SUCCESS"
    assert node_of(farm, cluster_id) != drained
    farm.signal_to_notebook(go)
    assert client.finish(run_id).result == "whole"
    until(lambda: states(farm)[drained] == "DRAINED", "the node to be empty", 60)
    stoker_node(farm, "uncordon", drained)
    assert states(farm)[drained] == "READY"


@pytest.mark.parametrize("shift", ["-10h", "+3d"])
def test_a_node_whose_own_process_has_a_wrong_clock_does_its_work(farm: Server, nodes: list[Node], shift: str) -> None:
    assert FAKETIME.exists(), f"there is no {FAKETIME}"
    wrong, right = nodes
    wrong.stop()
    wrong.start(LD_PRELOAD=str(FAKETIME), FAKETIME=shift, DONT_FAKE_MONOTONIC="1")
    stoker_node(farm, "cordon", right.host.name)
    try:
        cluster_id = farm.client.create_cluster(cluster_name="wrong clock")
        outlives_a_lease = "import time; time.sleep(20)"  # of 15 s: it is renewed meanwhile
        run = farm.client.run_notebook(cluster_id, outlives_a_lease, WHERE, seconds=180)
        assert run.result_state == "SUCCESS"
        assert node_of(farm, cluster_id) == wrong.host.name
        assert abs(run.details["start_time"] / 1000 - time.time()) < 600, "only the database's clock counts"
    finally:
        stoker_node(farm, "uncordon", right.host.name)
        wrong.stop()
        wrong.start()


def test_a_removed_node_has_no_access_and_its_runs_are_given_up(farm: Server, nodes: list[Node]) -> None:
    client = farm.client
    cluster_id = client.create_cluster(cluster_name="removed")
    name = uuid.uuid4().hex
    run_id = client.submit_notebook(cluster_id, notebook(signal_cell(name), TICK.format(name=name)))
    farm.signal_from_notebook(name)
    removed = node_of(farm, cluster_id)
    role = ask(farm, f"SELECT role_name FROM nodes WHERE node_id = '{removed}'")
    sessions = ask(farm, f"SELECT string_agg(pid::text, ',') FROM pg_stat_activity WHERE usename = '{role}'")
    stoker_node(farm, "remove", removed)
    assert ask(farm, f"SELECT count(*) FROM pg_roles WHERE rolname = '{role}'") == "0"
    left = f"SELECT count(*) FROM pg_stat_activity WHERE pid IN ({sessions})"
    until(lambda: ask(farm, left) == "0", "its sessions to end", 10)
    assert client.finish(run_id, 60).state["life_cycle_state"] == "INTERNAL_ERROR"
    assert client.run_notebook(cluster_id, WHERE, seconds=120).result_state == "SUCCESS"
    assert node_of(farm, cluster_id) != removed
    assert removed not in states(farm)
    refused = stoker_node(farm, "remove", removed, check=False)
    assert f"There is no node '{removed}'" in refused.stderr
    assert json.loads((nodes[0].data_folder / "node.json").read_text())["node_id"] == nodes[0].host.name
