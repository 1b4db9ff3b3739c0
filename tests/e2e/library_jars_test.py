"""Jars that come to a cluster whose driver JVM runs."""

import pytest
from client import Client
from library_installation_test import JAR, change, settled

pytestmark = pytest.mark.spark
FIGLET = "spark._jvm.com.github.lalyos.jfiglet.FigletFont.convertOneLine('a')\ndbutils.notebook.exit('there')"


def test_a_jar_comes_to_a_running_driver(client: Client) -> None:
    cluster_id = client.create_cluster(spark_conf={"spark.ui.enabled": "false"})
    assert client.run_notebook(cluster_id, FIGLET, seconds=600).result_state == "FAILED"
    change(client, "install", cluster_id, JAR)
    assert settled(client, cluster_id) == {str(JAR): "INSTALLED"}
    assert client.run_notebook(cluster_id, FIGLET, seconds=300).result == "there"
    client.post("/api/2.1/clusters/permanent-delete", {"cluster_id": cluster_id})
