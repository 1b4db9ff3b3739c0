"""Clusters that come and go by themselves."""

from client import Client, notebook, notebook_task
from server import Server
from waiting import until


def test_an_idle_cluster_ends_and_comes_back_for_the_next_run(server: Server, client: Client, cluster: str) -> None:
    cluster_id = client.create_cluster(cluster_name="idle", autotermination_minutes=10)
    assert client.run_notebook(cluster_id, "dbutils.notebook.exit('first')").result == "first"
    # Ten minutes in which its worker looks for work, and finds none.
    server.sql(f"UPDATE clusters SET last_activity_time = last_activity_time - 600000 WHERE cluster_id = '{cluster_id}'")

    def now() -> dict:
        return client.get("/api/2.1/clusters/get", cluster_id=cluster_id)

    until(lambda: now()["state"] == "TERMINATED", "the cluster's end", 60)
    assert now()["termination_reason"]["code"] == "INACTIVITY"
    path = client.import_notebook(notebook("dbutils.notebook.exit('second')"))
    assert client.finish(client.submit(notebook_task(path, cluster_id))).result == "second"
    assert now()["state"] == "RUNNING"
