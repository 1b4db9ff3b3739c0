"""Init scripts and delivered logs of clusters."""

import base64

from client import Client, notebook, notebook_task
from server import Server
from waiting import until


def put(client: Client, path: str, text: str) -> None:
    client.post("/api/2.0/dbfs/put", {"path": path, "contents": base64.b64encode(text.encode()).decode(), "overwrite": True})


def dbfs(client: Client, path: str) -> dict[str, int]:
    """Name and size of what is in a folder."""
    answer = client.call("GET", f"/api/2.0/dbfs/list?path={path}")
    return {file["path"].rpartition("/")[2]: file["file_size"] for file in answer.json.get("files", [])}


def test_scripts_prepare_the_cluster_and_its_logs_are_delivered(server: Server, client: Client, cluster: str) -> None:
    put(client, "/scripts/setup.sh", "echo prepared $DB_CLUSTER_NAME; echo $COLOUR > /databricks/colour\n")
    conf = {"dbfs": {"destination": "dbfs:/cluster-logs/e2e"}}
    cluster_id = client.create_cluster(
        cluster_name="with scripts",
        spark_env_vars={"COLOUR": "green"},
        init_scripts=[{"dbfs": {"destination": "dbfs:/scripts/setup.sh"}}],
        cluster_log_conf=conf,
    )
    source = "with open('/databricks/colour') as file: dbutils.notebook.exit(file.read().strip())"
    assert client.run_notebook(cluster_id, source).result == "green"
    events = client.post("/api/2.1/clusters/events", {"cluster_id": cluster_id, "order": "ASC"})["events"]
    kinds = [event["type"] for event in events]
    assert kinds[kinds.index("INIT_SCRIPTS_STARTED") :] == ["INIT_SCRIPTS_STARTED", "INIT_SCRIPTS_FINISHED", "RUNNING", "DRIVER_HEALTHY"]
    client.post("/api/2.1/clusters/delete", {"cluster_id": cluster_id})

    def details() -> dict:
        return client.get("/api/2.1/clusters/get", cluster_id=cluster_id)

    status = until(lambda: details().get("cluster_log_status"), "the logs to be delivered", 60)
    assert status["last_attempted"] > 0 and "last_exception" not in status
    assert details()["cluster_log_conf"] == conf
    there = f"/cluster-logs/e2e/{cluster_id}"
    assert dbfs(client, f"{there}/driver")["stderr"] > 0
    (worker,) = dbfs(client, f"{there}/init_scripts")
    ((log, size),) = dbfs(client, f"{there}/init_scripts/{worker}").items()
    assert log.endswith("_00_setup.sh.log") and size == len("prepared with scripts\n")


def test_logs_that_cannot_be_delivered_say_why(client: Client, cluster: str) -> None:
    put(client, "/in-the-way", "a file")
    cluster_id = client.create_cluster(cluster_log_conf={"dbfs": {"destination": "dbfs:/in-the-way"}})
    client.run_notebook(cluster_id, "1")
    client.post("/api/2.1/clusters/delete", {"cluster_id": cluster_id})
    status = until(
        lambda: client.get("/api/2.1/clusters/get", cluster_id=cluster_id).get("cluster_log_status"), "the try to deliver", 60
    )
    assert "Not a directory" in status["last_exception"]


def test_a_script_that_fails_ends_the_job_cluster_and_its_run(client: Client, cluster: str) -> None:
    put(client, "/scripts/bad.sh", "echo 'the mirror is down' >&2\nexit 4\n")
    task = notebook_task(client.import_notebook(notebook("1")), "")
    del task["existing_cluster_id"]
    task["new_cluster"] = {
        "spark_version": "15.4.x-scala2.12",
        "num_workers": 0,
        "init_scripts": [{"dbfs": {"destination": "dbfs:/scripts/bad.sh"}}],
    }
    run = client.finish(client.submit(task))
    assert run.state["life_cycle_state"] == "INTERNAL_ERROR"
    message = "Cluster scoped init script dbfs:/scripts/bad.sh failed: Script exit status is non-zero (4). Its last lines:\nthe mirror is down"
    (attempt,) = run.details["tasks"]
    assert message in attempt["state"]["state_message"]
    ended = client.get("/api/2.1/clusters/get", cluster_id=attempt["cluster_instance"]["cluster_id"])
    assert ended["termination_reason"]["code"] == "INIT_SCRIPT_FAILURE"
    assert ended["termination_reason"]["parameters"]["databricks_error_message"] == message
