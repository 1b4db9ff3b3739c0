"""Clusters whose workers are jobs of a real Slurm."""

import re
from collections.abc import Iterator

import processes
import pytest
from client import Client, Json, notebook
from server import Server, await_cell, server_on_a_new_folder, signal_cell
from sites import DONE, SMALL, get, living_workers, message, tags
from slurm import SMALL_CORES, Slurm, slurm_on_this_machine
from waiting import until

TAGS = tags("slurm")


@pytest.fixture(scope="module")
def slurm() -> Iterator[Slurm]:
    with slurm_on_this_machine() as slurm:
        yield slurm


@pytest.fixture(scope="module")
def server(slurm: Slurm) -> Iterator[Server]:
    with server_on_a_new_folder() as server:
        yield server.start(CUDA_VISIBLE_DEVICES="0,1", **slurm.environ)


@pytest.fixture(scope="module")
def client(server: Server) -> Client:
    return server.client


@pytest.fixture
def cluster(client: Client) -> Iterator[str]:
    cluster_id = client.create_cluster(cluster_name="hpc", custom_tags=TAGS, **SMALL)
    assert client.run_notebook(cluster_id, DONE, seconds=900).result == "done"
    yield cluster_id
    client.post("/api/2.1/clusters/permanent-delete", {"cluster_id": cluster_id})


@pytest.fixture(autouse=True)
def no_job_is_left(request: pytest.FixtureRequest, slurm: Slurm) -> Iterator[None]:
    yield
    until(lambda: not slurm.jobs(), "the jobs of deleted clusters to end")


def test_workers_are_jobs_and_a_run_says_what_its_job_waits_for(server: Server, client: Client, slurm: Slurm, cluster: str) -> None:
    (head,) = slurm.jobs()
    assert {head.worker_id} == living_workers(server, cluster)
    shown = slurm.call("scontrol", "show", "job", str(head.job_id))
    assert f"cluster={cluster}" in shown
    assert f"NumCPUs={SMALL_CORES}" in shown
    gpus = client.run_notebook(cluster, "import os\ndbutils.notebook.exit(str(os.environ.get('CUDA_VISIBLE_DEVICES')))").result
    assert gpus == "None", "the GPUs of the node's machine are none of a job's"

    # Two find room, the third has to wait for it.
    client.post("/api/2.1/clusters/resize", {"cluster_id": cluster, "num_workers": 2})
    names = ["one", "two", "three"]
    runs = [
        client.submit_notebook(cluster, notebook(signal_cell(f"began {name}"), await_cell("end"), f"dbutils.notebook.exit('{name}')"))
        for name in names
    ]
    reason = r"Waiting for a free slot on cluster \"hpc\" since .* UTC.*: Slurm: job \d+ is PENDING \(Resources\)"
    until(lambda: any(re.fullmatch(reason, message(client, run_id)) for run_id in runs), "a run to name its job")
    assert sorted(job.state for job in slurm.jobs()) == ["PENDING", "RUNNING", "RUNNING"]
    server.signal_to_notebook("end")
    assert [client.finish(run_id).result for run_id in runs] == names

    client.post("/api/2.1/clusters/resize", {"cluster_id": cluster, "num_workers": 0})
    until(lambda: slurm.jobs() == [head] and get(client, cluster)["state"] == "RUNNING", "the further workers to leave")


def test_a_run_outlives_slurms_controller_and_its_own_node(server: Server, client: Client, slurm: Slurm, cluster: str) -> None:
    run_id = client.submit_notebook(cluster, notebook(signal_cell("under way"), await_cell("controller is back"), DONE))
    server.signal_from_notebook("under way")
    (job,) = slurm.jobs()
    slurm.stop_controller()
    (node,) = [process for process in processes.beneath(server.pid) if process.command[1:2] == ("node",)]
    processes.kill(node)
    until(lambda: [p for p in processes.beneath(server.pid) if p.command[1:2] == ("node",)], "the node to come back")
    slurm.start_controller()
    until(lambda: "may live on as a job of Slurm" in server.log_file.read_text(), "the node to find its worker")
    server.signal_to_notebook("controller is back")
    run = client.finish(run_id)
    assert run.result_state == "SUCCESS"
    assert [task["attempt_number"] for task in run.details["tasks"]] == [0]
    assert client.run_notebook(cluster, DONE).result == "done"
    assert slurm.jobs() == [job], "the same worker, and no other"
    assert living_workers(server, cluster) == {job.worker_id}


def test_a_job_that_its_node_does_not_know_is_cancelled_and_no_other(slurm: Slurm, cluster: str) -> None:
    """As one is whose worker's folder was removed while the node was down."""
    (head,) = slurm.jobs()
    (comment,) = re.findall(r"Comment=(.*)", slurm.call("scontrol", "show", "job", str(head.job_id)))

    def submit(name: str, comment: str) -> int:
        job = ["--parsable", f"--job-name={name}", f"--comment={comment}", "--output=/dev/null", "--hold", "--wrap=true"]
        return int(slurm.call("sbatch", *job))

    of_another_node = submit("stoker-there", f"another-{comment}")
    unknown = submit("stoker-gone", comment)
    until(lambda: unknown not in {job.job_id for job in slurm.jobs()}, "the node to cancel it", 30)
    assert {job.job_id for job in slurm.jobs()} == {head.job_id, of_another_node}
    slurm.call("scancel", str(of_another_node))


def test_a_cancelled_job_ends_its_run_with_that_reason_and_comes_back(client: Client, server: Server, slurm: Slurm, cluster: str) -> None:
    run_id = client.submit_notebook(cluster, notebook(signal_cell("begun"), await_cell("second try")), max_retries=1)
    server.signal_from_notebook("begun")
    (job,) = slurm.jobs()
    slurm.call("scancel", str(job.job_id))
    until(lambda: len(client.get("/api/2.2/jobs/runs/get", run_id=run_id)["tasks"]) == 2, "the next try")
    server.signal_to_notebook("second try")
    run = client.finish(run_id)
    assert run.result_state == "SUCCESS"
    first = min(run.details["tasks"], key=lambda task: task["attempt_number"])
    expected = f"The run could not go on. Slurm ended job {job.job_id}, which the worker ran in: it was cancelled, was out of time, or was preempted."
    assert first["state"]["life_cycle_state"] == "INTERNAL_ERROR"
    assert first["state"]["state_message"] == expected
    (other,) = slurm.jobs()
    assert other.job_id != job.job_id


def test_a_killed_job_is_noticed_and_its_run_rescued(client: Client, server: Server, slurm: Slurm, cluster: str) -> None:
    run_id = client.submit_notebook(cluster, notebook(signal_cell("runs"), await_cell("next try")), max_retries=1)
    server.signal_from_notebook("runs")
    (job,) = slurm.jobs()
    slurm.call("scancel", "--signal=KILL", "--batch", str(job.job_id))  # the worker, which takes all else with it
    until(lambda: len(client.get("/api/2.2/jobs/runs/get", run_id=run_id)["tasks"]) == 2, "the next try")
    server.signal_to_notebook("next try")
    run = client.finish(run_id)
    first = min(run.details["tasks"], key=lambda task: task["attempt_number"])
    assert re.fullmatch(
        rf"The worker that ran this task was lost: Slurm: job {job.job_id} ended as FAILED \(.*\)\.", first["state"]["state_message"]
    ), first["state"]


def test_a_job_that_slurm_does_not_take_fails_the_cluster_with_slurms_words(client: Client) -> None:
    cluster_id = client.create_cluster(cluster_name="nowhere", custom_tags=TAGS | {"stoker.slurm_partition": "nope"}, **SMALL)
    until(lambda: get(client, cluster_id)["state"] == "TERMINATED", "the cluster to fail", 120)
    assert "Invalid partition name specified" in get(client, cluster_id)["state_message"]
    client.post("/api/2.1/clusters/permanent-delete", {"cluster_id": cluster_id})


def test_jobs_of_a_stopped_server_are_gone(slurm: Slurm) -> None:
    with server_on_a_new_folder() as server:
        server.start(**slurm.environ)
        cluster_id = server.client.create_cluster(cluster_name="short", custom_tags=TAGS, **SMALL)
        assert server.client.run_notebook(cluster_id, DONE, seconds=900).result_state == "SUCCESS"
        assert len(slurm.jobs()) == 1
        assert server.stop() == 0
        assert slurm.jobs() == []
