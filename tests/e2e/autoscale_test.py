"""A pool of workers that grows under a burst and shrinks when it idles."""

from client import Client, Json, notebook, notebook_task
from server import Server, await_cell, signal_cell
from waiting import until

BOUNDS = {"min_workers": 1, "max_workers": 3}
RUN = "import time; time.sleep(0.5); dbutils.notebook.exit('done')"


def test_a_burst_grows_the_pool_and_idling_shrinks_it_around_what_still_runs(server: Server, client: Client, cluster: str) -> None:
    tags = {"stoker.slots": "1", "stoker.scale_down_seconds": "3"}
    cluster_id = client.create_cluster(cluster_name="autoscale", autoscale=BOUNDS, custom_tags=tags)
    present: list[int] = []

    def now() -> Json:
        alive = "state <> 'GONE' AND NOT is_head"
        present.append(int(server.sql(f"SELECT count(*) FROM workers WHERE cluster_id = '{cluster_id}' AND {alive}")))
        return client.get("/api/2.1/clusters/get", cluster_id=cluster_id)

    def settled(num_workers: int) -> bool:
        cluster = now()
        return cluster["state"] == "RUNNING" and cluster["num_workers"] == num_workers == present[-1]

    # One on the head, one on the least worker: they end when they are told, long after the pool has shrunk.
    long_runs = [
        client.submit_notebook(cluster_id, notebook(signal_cell(f"began {name}"), await_cell(f"end {name}"), "dbutils.notebook.exit('end')"))
        for name in ("one", "two")
    ]
    for name in ("one", "two"):
        server.signal_from_notebook(f"began {name}")
    assert now()["autoscale"] == BOUNDS

    job_id = client.create_job(notebook_task(client.import_notebook(notebook(RUN)), cluster_id), max_concurrent_runs=100)
    burst = [client.run_now(job_id) for _ in range(30)]
    last = client.get("/api/2.2/jobs/runs/get", run_id=burst[-1])["state"]
    assert last["life_cycle_state"] == "PENDING"
    assert last["state_message"].startswith('Waiting for a free slot on cluster "autoscale" since '), last
    until(lambda: now()["num_workers"] == 3, "the pool to grow")
    ended = [client.finish(run_id) for run_id in burst]
    assert [run.result for run in ended] == ["done"] * len(burst)
    until(lambda: settled(1), "the pool to shrink")
    server.signal_to_notebook("end one")
    server.signal_to_notebook("end two")
    ended += [client.finish(run_id) for run_id in long_runs]
    assert {run.result for run in ended} == {"done", "end"}
    assert all(task["attempt_number"] == 0 for run in ended for task in run.details["tasks"])

    assert set(present) <= {0, 1, 2, 3}, "before the least worker came there was none"
    assert max(present) == 3
    events = client.post("/api/2.1/clusters/events", {"cluster_id": cluster_id, "order": "ASC"})["events"]
    resizes = [event["details"] for event in events if event["type"] == "RESIZING"]
    assert {details["cause"] for details in resizes} == {"AUTOSCALE"}
    assert all(1 <= details["target_num_workers"] <= 3 for details in resizes)
    assert resizes[0]["current_num_workers"] == 1
    assert resizes[0]["message"].startswith("scaled 1 → 3: oldest waiting run ")
    assert resizes[-1]["target_num_workers"] == 1
    assert "without work for 3 s" in resizes[-1]["message"]
    assert "UPSIZE_COMPLETED" in {event["type"] for event in events}

    figures = client.call("GET", "/metrics", authorized=False).text
    assert f'stoker_cluster_target_workers{{cluster_id="{cluster_id}",cluster_name="autoscale"}} 1\n' in figures
    assert f'stoker_cluster_scale_decisions_total{{cluster_id="{cluster_id}",cluster_name="autoscale",direction="up"}} 1\n' in figures
