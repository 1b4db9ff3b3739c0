"""Spark's UI through Stoker's port."""

import re
import subprocess
from urllib.parse import urlsplit

import pytest
from client import Client
from server import BINARY, Server

pytestmark = pytest.mark.spark


@pytest.fixture(scope="module")
def cluster_id(client: Client) -> str:
    cluster_id = client.create_cluster(cluster_name="seen")
    client.run_notebook(cluster_id, "spark.range(1000).selectExpr('sum(id)').collect()", seconds=300)
    return cluster_id


@pytest.fixture(scope="module")
def driver(client: Client, cluster_id: str) -> str:
    """Where the pages of the cluster's one driver are."""
    answer = client.call("GET", f"/sparkui/{cluster_id}")
    assert answer.status == 302
    assert answer.headers["location"].endswith("/jobs/")
    return answer.headers["location"].removesuffix("/jobs/")


def token_of(server: Server, user: str) -> str:
    command = [str(BINARY), "token", "create", "--data-dir", str(server.data_folder), "--user", user]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout.split()[-1]


def test_pages_are_those_of_the_clusters_driver(client: Client, driver: str) -> None:
    jobs = client.call("GET", f"{driver}/jobs/")
    assert jobs.status == 200
    assert "Completed Jobs" in jobs.text
    for address in set(re.findall(r'(?:href|src)="(/[^"]*\.(?:js|css))"', jobs.text)):
        assert address.startswith(driver + "/")
        assert client.call("GET", address).status == 200
    applications = client.call("GET", f"{driver}/api/v1/applications")
    assert [application["name"] for application in applications.json] == ["seen"]


def test_a_browser_shows_them(client: Client, server: Server, driver: str) -> None:
    """Tables of this page are made by its scripts, from what these ask for."""
    host = urlsplit(client.host).netloc
    page = subprocess.run(
        ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--virtual-time-budget=20000", "--dump-dom",
         f"http://token:{client.token}@{host}{driver}/executors/"],
        capture_output=True, text=True, timeout=120, check=True,
    ).stdout  # fmt: skip
    table = page[page.index('id="active-executors-table"') :]
    assert ">driver<" in table


def test_they_need_a_token_and_a_right(client: Client, server: Server, cluster_id: str, driver: str) -> None:
    refused = client.call("GET", f"{driver}/jobs/", authorized=False)
    assert refused.status == 401
    assert refused.headers["www-authenticate"].startswith("Basic")
    stranger = Client(client.host, token_of(server, "stranger@example.com"))
    for address in (f"/sparkui/{cluster_id}", f"{driver}/jobs/"):
        assert stranger.call("GET", address).status == 403


def test_what_is_not_there_is_named(client: Client, cluster_id: str) -> None:
    unknown = client.call("GET", f"/sparkui/{cluster_id}/another-worker/jobs/")
    assert (unknown.status, f"/sparkui/{cluster_id}" in unknown.text) == (404, True)
    idle = client.create_cluster(cluster_name="without Spark")
    assert client.run_notebook(idle, "dbutils.notebook.exit('ran')").result == "ran"
    leads_to = client.call("GET", f"/sparkui/{idle}").headers["location"]
    assert "the next run that asks for `spark`" in client.call("GET", leads_to).text
    client.post("/api/2.1/clusters/permanent-delete", {"cluster_id": idle})
