"""Libraries of a cluster."""

from client import Client

NEVER = "stoker-e2e-no-such-package"


def ends_naming(client: Client, cluster_id: str, what: str) -> None:
    run = client.run_notebook(cluster_id, "dbutils.notebook.exit('never')", seconds=300)
    assert run.result_state == "FAILED"
    (task,) = run.details["tasks"]
    assert task["state"]["life_cycle_state"] == "INTERNAL_ERROR"
    assert what in task["state"]["state_message"]
    assert task["status"]["termination_details"]["code"] == "LIBRARY_INSTALLATION_ERROR"
    client.post("/api/2.1/clusters/permanent-delete", {"cluster_id": cluster_id})


def test_a_python_package_that_does_not_exist(client: Client) -> None:
    cluster_id = client.create_cluster(libraries=[{"pypi": {"package": f"{NEVER}==1.0"}}])
    ends_naming(client, cluster_id, NEVER)


def test_a_jar_that_does_not_exist(client: Client) -> None:
    cluster_id = client.create_cluster(libraries=[{"maven": {"coordinates": f"org.example:{NEVER}:1.0"}}])
    ends_naming(client, cluster_id, NEVER)


def test_a_package_in_the_spark_configuration_that_does_not_exist(client: Client) -> None:
    cluster_id = client.create_cluster(spark_conf={"spark.jars.packages": f"org.example:{NEVER}:2.0"})
    ends_naming(client, cluster_id, NEVER)


def test_a_wheel_that_does_not_exist(client: Client) -> None:
    cluster_id = client.create_cluster(libraries=[{"whl": f"dbfs:/none/{NEVER}-1.0-py3-none-any.whl"}])
    ends_naming(client, cluster_id, NEVER)


def test_variables_of_a_cluster(client: Client) -> None:
    cluster_id = client.create_cluster(spark_env_vars={"MY_SETTING": "seven"})
    run = client.run_notebook(cluster_id, "import os; dbutils.notebook.exit(os.environ['MY_SETTING'])", seconds=300)
    assert run.result == "seven"
    client.post("/api/2.1/clusters/permanent-delete", {"cluster_id": cluster_id})
