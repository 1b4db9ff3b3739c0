"""Clusters whose workers are pods of a Kubernetes with a real API server."""

import re
from collections.abc import Iterator
from pathlib import Path

import processes
import pytest
import yaml
from client import Client, Json, notebook
from kubernetes import Kubelet, Kubernetes, kubernetes_on_this_machine, manifests
from server import Server, await_cell, server_on_a_new_folder, signal_cell
from sites import DONE, SMALL, get, living_workers, message, tags
from waiting import until

TAGS = tags("kubernetes")
PLACES = 2


@pytest.fixture(scope="module")
def machine() -> Iterator[tuple[Kubernetes, Kubelet]]:
    with kubernetes_on_this_machine(PLACES) as machine:
        yield machine


@pytest.fixture(scope="module")
def kubernetes(machine: tuple[Kubernetes, Kubelet]) -> Kubernetes:
    return machine[0]


@pytest.fixture(scope="module")
def kubelet(machine: tuple[Kubernetes, Kubelet]) -> Kubelet:
    return machine[1]


def settings(kubernetes: Kubernetes, account: str = "stoker") -> Path:
    """The pod template of deploy/kubernetes, and one that the API server does not take."""
    (of_pods,) = [one for one in manifests() if one["kind"] == "ConfigMap"]
    (kubernetes.folder / "pod.yaml").write_text(of_pods["data"]["pod.yaml"])
    wrong = yaml.safe_load(of_pods["data"]["pod.yaml"])
    wrong["spec"]["containers"][0]["imagePullPolicy"] = "Sometimes"
    (kubernetes.folder / "wrong.yaml").write_text(yaml.safe_dump(wrong))
    content = {
        "kubernetes": {
            "kubeconfig": str(kubernetes.kubeconfig(account)),
            "pod_templates": {"default": "pod.yaml", "wrong": "wrong.yaml"},
        }
    }
    file = kubernetes.folder / f"{account}.yaml"
    file.write_text(yaml.safe_dump(content))
    return file


@pytest.fixture(scope="module")
def server(kubernetes: Kubernetes) -> Iterator[Server]:
    with server_on_a_new_folder() as server:
        yield server.start("--settings", str(settings(kubernetes)))


@pytest.fixture(scope="module")
def client(server: Server) -> Client:
    return server.client


@pytest.fixture
def cluster(client: Client) -> Iterator[str]:
    cluster_id = client.create_cluster(cluster_name="pods", custom_tags=TAGS, **SMALL)
    assert client.run_notebook(cluster_id, DONE, seconds=900).result == "done"
    yield cluster_id
    client.post("/api/2.1/clusters/permanent-delete", {"cluster_id": cluster_id})


@pytest.fixture(autouse=True)
def no_pod_is_left(kubernetes: Kubernetes) -> Iterator[None]:
    yield
    until(lambda: not kubernetes.pods(), "the pods of deleted clusters to go")


def names(pods: list[Json]) -> list[str]:
    return sorted(pod["metadata"]["name"] for pod in pods)


def phases(kubernetes: Kubernetes) -> list[str]:
    return sorted(pod["status"]["phase"] for pod in kubernetes.pods())


def first_try(run: Json) -> Json:
    return min(run["tasks"], key=lambda task: task["attempt_number"])


def test_workers_are_pods_and_a_run_says_what_its_pod_waits_for(server: Server, client: Client, kubernetes: Kubernetes, cluster: str) -> None:
    (head,) = kubernetes.pods()
    assert {head["metadata"]["labels"]["stoker/worker"]} == living_workers(server, cluster)
    assert head["metadata"]["labels"]["stoker/cluster"] == cluster
    assert head["spec"]["serviceAccountName"] == "stoker-worker", "what the template says stays"
    requested = head["spec"]["containers"][0]["resources"]["requests"]
    assert set(requested) == {"cpu", "memory"}

    # Two find room, the third has to wait for it.
    client.post("/api/2.1/clusters/resize", {"cluster_id": cluster, "num_workers": 2})
    ends = ["one", "two", "three"]
    runs = [
        client.submit_notebook(cluster, notebook(signal_cell(f"began {end}"), await_cell("end"), f"dbutils.notebook.exit('{end}')"))
        for end in ends
    ]
    reason = (
        r"Waiting for a free slot on cluster \"pods\" since .* UTC.*: "
        r"Kubernetes: pod stoker-\S+ is Pending \(0/1 nodes are available: 1 Insufficient cpu\.\)"
    )
    until(lambda: any(re.fullmatch(reason, message(client, run_id)) for run_id in runs), "a run to name its pod")
    assert phases(kubernetes) == ["Pending", "Running", "Running"]
    server.signal_to_notebook("end")
    assert [client.finish(run_id).result for run_id in runs] == ends

    client.post("/api/2.1/clusters/resize", {"cluster_id": cluster, "num_workers": 0})
    until(
        lambda: names(kubernetes.pods()) == names([head]) and get(client, cluster)["state"] == "RUNNING",
        "the further workers to leave",
    )


def test_a_run_outlives_the_api_server_and_its_own_node(server: Server, client: Client, kubernetes: Kubernetes, cluster: str) -> None:
    run_id = client.submit_notebook(cluster, notebook(signal_cell("under way"), await_cell("api server is back"), DONE))
    server.signal_from_notebook("under way")
    (pod,) = kubernetes.pods()
    kubernetes.kill_api_server()
    (node,) = [process for process in processes.beneath(server.pid) if process.command[1:2] == ("node",)]
    processes.kill(node)
    until(lambda: [p for p in processes.beneath(server.pid) if p.command[1:2] == ("node",)], "the node to come back")
    kubernetes.start_api_server()
    until(lambda: "may live on as a pod of Kubernetes" in server.log_file.read_text(), "the node to find its worker")
    server.signal_to_notebook("api server is back")
    run = client.finish(run_id)
    assert run.result_state == "SUCCESS"
    assert [task["attempt_number"] for task in run.details["tasks"]] == [0]
    assert client.run_notebook(cluster, DONE).result == "done"
    assert names(kubernetes.pods()) == names([pod]), "the same worker, and no other"
    assert living_workers(server, cluster) == {pod["metadata"]["labels"]["stoker/worker"]}


def test_a_deleted_pod_ends_its_run_with_that_reason_and_comes_back(client: Client, server: Server, kubernetes: Kubernetes, cluster: str) -> None:
    run_id = client.submit_notebook(cluster, notebook(signal_cell("begun"), await_cell("second try")), max_retries=1)
    server.signal_from_notebook("begun")
    (pod,) = names(kubernetes.pods())
    kubernetes.delete_pod(pod)
    until(lambda: len(client.get("/api/2.2/jobs/runs/get", run_id=run_id)["tasks"]) == 2, "the next try")
    server.signal_to_notebook("second try")
    run = client.finish(run_id)
    assert run.result_state == "SUCCESS"
    first = first_try(run.details)
    assert first["state"]["life_cycle_state"] == "INTERNAL_ERROR"
    expected = f"The run could not go on. Kubernetes ended pod {pod}, which the worker ran in: it was deleted, evicted or preempted."
    assert first["state"]["state_message"] == expected
    (other,) = names(kubernetes.pods())
    assert other != pod


def test_a_killed_pod_is_noticed_and_its_run_rescued(client: Client, server: Server, kubelet: Kubelet, kubernetes: Kubernetes, cluster: str) -> None:
    run_id = client.submit_notebook(cluster, notebook(signal_cell("runs"), await_cell("next try")), max_retries=1)
    server.signal_from_notebook("runs")
    (pod,) = names(kubernetes.pods())
    kubelet.processes[pod].kill()
    until(lambda: len(client.get("/api/2.2/jobs/runs/get", run_id=run_id)["tasks"]) == 2, "the next try")
    server.signal_to_notebook("next try")
    run = client.finish(run_id)
    state = first_try(run.details)["state"]
    assert state["state_message"] == f"The worker that ran this task was lost: Kubernetes: pod {pod} ended as Failed (Error)."


def test_other_libraries_reach_the_worker_in_its_pod(client: Client, kubernetes: Kubernetes, cluster: str) -> None:
    before = names(kubernetes.pods())
    client.post("/api/2.0/libraries/install", {"cluster_id": cluster, "libraries": [{"pypi": {"package": "iniconfig==2.0.0"}}]})
    imports = "import iniconfig; dbutils.notebook.exit(iniconfig.__name__)"

    def is_installed() -> bool:
        status = client.get("/api/2.0/libraries/cluster-status", cluster_id=cluster)
        return [one["status"] for one in status["library_statuses"]] == ["INSTALLED"]

    until(is_installed, "the library", 120)
    assert client.run_notebook(cluster, imports).result == "iniconfig"
    assert names(kubernetes.pods()) == before


def test_a_pod_that_kubernetes_does_not_take_fails_the_cluster_with_its_words(client: Client) -> None:
    tags = TAGS | {"stoker.pod_template": "wrong"}
    cluster_id = client.create_cluster(cluster_name="nowhere", custom_tags=tags, **SMALL)
    until(lambda: get(client, cluster_id)["state"] == "TERMINATED", "the cluster to fail", 120)
    assert 'Unsupported value: "Sometimes"' in get(client, cluster_id)["state_message"]
    client.post("/api/2.1/clusters/permanent-delete", {"cluster_id": cluster_id})


def test_a_refused_further_worker_leaves_the_cluster_as_it_is(server: Server, client: Client, kubernetes: Kubernetes, cluster: str) -> None:
    quota = {"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "one"}, "spec": {"hard": {"pods": "1"}}}
    path = "/api/v1/namespaces/stoker/resourcequotas"
    kubernetes.ask("POST", path, quota | {"status": {"hard": {"pods": "1"}, "used": {"pods": "1"}}})
    used = {"status": {"hard": {"pods": "1"}, "used": {"pods": "1"}}}
    merge = {"Content-Type": "application/merge-patch+json"}
    kubernetes.ask("PATCH", f"{path}/one/status", used, headers=merge)  # as its controller would
    try:
        client.post("/api/2.1/clusters/resize", {"cluster_id": cluster, "num_workers": 1})
        blocks = client.submit_notebook(cluster, notebook(signal_cell("blocks"), await_cell("quota is seen"), DONE))
        waits = client.submit_notebook(cluster, notebook(DONE))
        until(lambda: "exceeded quota: one" in message(client, blocks) + message(client, waits), "the refusal", 120)
        server.signal_to_notebook("quota is seen")
        assert [client.finish(run_id).result for run_id in (blocks, waits)] == ["done", "done"]
        assert get(client, cluster)["state"] in ("RUNNING", "RESIZING")
    finally:
        kubernetes.ask("DELETE", f"{path}/one")
    until(lambda: phases(kubernetes) == ["Running", "Running"], "the worker that has room now", 120)


def test_an_account_without_the_rights_says_so(kubernetes: Kubernetes) -> None:
    kubernetes.let_list_only("stoker-worker")
    with server_on_a_new_folder() as server:
        server.start("--settings", str(settings(kubernetes, "stoker-worker")))
        cluster_id = server.client.create_cluster(cluster_name="powerless", custom_tags=TAGS, **SMALL)
        until(lambda: get(server.client, cluster_id)["state"] == "TERMINATED", "the cluster to fail", 120)
        assert "cannot create resource" in get(server.client, cluster_id)["state_message"]
        server.client.post("/api/2.1/clusters/permanent-delete", {"cluster_id": cluster_id})


def test_pods_of_a_stopped_server_are_gone(kubernetes: Kubernetes) -> None:
    with server_on_a_new_folder() as server:
        server.start("--settings", str(settings(kubernetes)))
        cluster_id = server.client.create_cluster(cluster_name="short", custom_tags=TAGS, **SMALL)
        assert server.client.run_notebook(cluster_id, DONE, seconds=900).result_state == "SUCCESS"
        assert len(kubernetes.pods()) == 1
        assert server.stop() == 0
        assert kubernetes.pods() == []
