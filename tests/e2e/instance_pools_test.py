"""Clusters that start from warm workers."""

import time
from typing import Any

from client import Client, notebook, notebook_task
from server import Server
from waiting import until

VERSION = "15.4.x-scala2.12"


def pool(client: Client, **settings: Any) -> str:
    definition = {"instance_pool_name": "e2e", "node_type_id": "local.large", "preloaded_spark_versions": [VERSION]}
    return client.post("/api/2.0/instance-pools/create", definition | settings)["instance_pool_id"]


def stats(client: Client, pool_id: str) -> dict[str, int]:
    return client.get("/api/2.0/instance-pools/get", instance_pool_id=pool_id)["stats"]


def until_warm(client: Client, pool_id: str, count: int = 1) -> None:
    until(lambda: stats(client, pool_id)["idle_count"] == count, "warm workers", 300)


def job_cluster_task(client: Client, pool_id: str, *cells: str, **cluster: Any) -> dict:
    task = notebook_task(client.import_notebook(notebook(*cells)), "")
    del task["existing_cluster_id"]
    task["new_cluster"] = {"spark_version": VERSION, "num_workers": 0, "instance_pool_id": pool_id} | cluster
    return task


def delete(client: Client, pool_id: str) -> None:
    client.post("/api/2.0/instance-pools/delete", {"instance_pool_id": pool_id})


def test_a_job_cluster_is_given_a_warm_worker_which_serves_no_other(server: Server, client: Client, cluster: str) -> None:
    pool_id = pool(client, min_idle_instances=1, idle_instance_autotermination_minutes=0)
    until_warm(client, pool_id)
    (warm,) = server.sql("SELECT worker_id FROM pool_instances").split()
    cells = (
        "import time; began = time.time(); name = spark.conf.get('spark.databricks.clusterUsageTags.clusterName')",
        "dbutils.notebook.exit(f\"{began} {name} {spark.conf.get('spark.databricks.cluster.profile')} {spark.range(5).count()}\")",
    )
    profile = {"spark.databricks.cluster.profile": "singleNode", "spark.master": "local[*]"}
    sent = time.time()
    run_id = client.submit(job_cluster_task(client, pool_id, *cells, spark_conf=profile))
    run = client.finish(run_id)
    began, name, shown_profile, count = run.result.split()
    (attempt,) = run.details["tasks"]
    cluster_id = attempt["cluster_instance"]["cluster_id"]
    assert (name, shown_profile, count) == (f"job-{run.details['job_id']}-run-{run_id}-main", "singleNode", "5")
    assert server.sql(f"SELECT worker_id FROM workers WHERE cluster_id = '{cluster_id}'").split() == [warm]
    print(f"from submit to the first cell: {float(began) - sent:.3f} s")
    # It ends with its cluster; another one is warm then.
    until_warm(client, pool_id)
    (other,) = server.sql("SELECT worker_id FROM pool_instances").split()
    assert other != warm
    until(lambda: server.sql(f"SELECT state FROM workers WHERE worker_id = '{warm}'").strip() == "GONE", "the end of the worker", 60)
    delete(client, pool_id)
    until(lambda: server.sql("SELECT count(*) FROM pool_instances").strip() == "0", "the pool's end", 60)


def test_other_spark_settings_get_a_driver_of_their_own(client: Client, cluster: str) -> None:
    pool_id = pool(client, min_idle_instances=1, idle_instance_autotermination_minutes=0)
    until_warm(client, pool_id)
    task = job_cluster_task(
        client, pool_id, "dbutils.notebook.exit(spark.conf.get('spark.stoker.test'))", spark_conf={"spark.stoker.test": "own"}
    )
    assert client.finish(client.submit(task), 180).result == "own"
    delete(client, pool_id)


def test_a_cluster_waits_while_its_pool_is_used_up(client: Client, cluster: str) -> None:
    pool_id = pool(client, max_capacity=1, idle_instance_autotermination_minutes=0)
    first = client.create_cluster(cluster_name="first", instance_pool_id=pool_id)
    assert client.run_notebook(first, "dbutils.notebook.exit('in')").result == "in"
    assert stats(client, pool_id)["used_count"] == 1
    run_id = client.submit(job_cluster_task(client, pool_id, "dbutils.notebook.exit('later')"))

    def message() -> str:
        return client.get("/api/2.2/jobs/runs/get", run_id=run_id)["tasks"][0]["state"]["state_message"]

    until(lambda: 'instance pool "e2e" is used up: 1 of 1 instances are in use' in message(), "the reason", 60)
    client.post("/api/2.1/clusters/delete", {"cluster_id": first})
    assert client.finish(run_id).result == "later"
    delete(client, pool_id)
