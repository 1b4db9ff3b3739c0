"""The Libraries API with real packages: on a running cluster, on a stopped one, and what fails."""

from client import Client, notebook, notebook_task
from waiting import until

PACKAGE = {"pypi": {"package": "cowsay==6.1"}}
NEVER = {"pypi": {"package": "stoker-e2e-no-such-package==1.0"}}
JAR = {"maven": {"coordinates": "com.github.lalyos:jfiglet:0.0.8"}}
SAYS = "import cowsay; dbutils.notebook.exit(cowsay.get_output_string('cow', 'moo')[:3])"
ON_ITS_WAY = {"PENDING", "RESOLVING", "INSTALLING"}


def statuses(client: Client, cluster_id: str) -> dict[str, dict]:
    """By the text of the library."""
    answer = client.get("/api/2.0/libraries/cluster-status", cluster_id=cluster_id)
    return {str(status["library"]): status for status in answer.get("library_statuses", [])}


def settled(client: Client, cluster_id: str) -> dict[str, str]:
    def look() -> dict[str, str] | None:
        words = {name: status["status"] for name, status in statuses(client, cluster_id).items()}
        return None if ON_ITS_WAY & set(words.values()) else words or {"none": ""}

    return until(look, "the libraries to be installed or to fail", 300)


def change(client: Client, what: str, cluster_id: str, *libraries: dict) -> None:
    client.post(f"/api/2.0/libraries/{what}", {"cluster_id": cluster_id, "libraries": list(libraries)})


def state_of(client: Client, cluster_id: str) -> str:
    return client.get("/api/2.1/clusters/get", cluster_id=cluster_id)["state"]


def test_a_package_comes_to_a_running_cluster_and_goes_with_its_restart(client: Client) -> None:
    cluster_id = client.create_cluster()
    before = client.run_notebook(cluster_id, "import cowsay", seconds=600)
    assert before.output["error"].startswith("ModuleNotFoundError")
    waits = notebook("import time", "for _ in range(2400):\n  try: dbutils.fs.head('dbfs:/library-go'); break\n"
                     "  except Exception: time.sleep(0.05)", "try: import cowsay\nexcept ImportError: dbutils.notebook.exit('old')")
    earlier = client.submit_notebook(cluster_id, waits)
    until(lambda: client.get("/api/2.2/jobs/runs/get", run_id=earlier)["state"]["life_cycle_state"] == "RUNNING", "a run to begin")
    change(client, "install", cluster_id, PACKAGE, NEVER)
    assert settled(client, cluster_id) == {str(PACKAGE): "INSTALLED", str(NEVER): "FAILED"}
    (message,) = statuses(client, cluster_id)[str(NEVER)]["messages"]
    assert "stoker-e2e-no-such-package" in message
    assert client.run_notebook(cluster_id, SAYS).result == "  _"
    client.run_notebook(cluster_id, "dbutils.fs.put('dbfs:/library-go', 'now', True)")
    assert client.finish(earlier).result == "old"  # a run keeps what it began with
    change(client, "uninstall", cluster_id, PACKAGE, NEVER)
    assert settled(client, cluster_id) == {str(PACKAGE): "UNINSTALL_ON_RESTART"}
    assert client.run_notebook(cluster_id, SAYS).result == "  _"
    client.post("/api/2.1/clusters/restart", {"cluster_id": cluster_id})
    until(lambda: state_of(client, cluster_id) == "RUNNING", "the restart", 120)
    assert statuses(client, cluster_id) == {}
    assert client.run_notebook(cluster_id, "import cowsay").output["error"].startswith("ModuleNotFoundError")
    client.post("/api/2.1/clusters/permanent-delete", {"cluster_id": cluster_id})


def test_libraries_of_a_stopped_cluster_come_with_its_start(client: Client) -> None:
    cluster_id = client.create_cluster()
    client.post("/api/2.1/clusters/delete", {"cluster_id": cluster_id})
    until(lambda: state_of(client, cluster_id) == "TERMINATED", "the cluster's end")
    change(client, "install", cluster_id, PACKAGE)
    assert statuses(client, cluster_id)[str(PACKAGE)]["status"] == "PENDING"
    assert client.run_notebook(cluster_id, SAYS, seconds=600).result == "  _"  # the run starts it
    assert statuses(client, cluster_id)[str(PACKAGE)]["status"] == "INSTALLED"
    every = client.get("/api/2.0/libraries/all-cluster-statuses")["statuses"]
    (mine,) = [entry for entry in every if entry["cluster_id"] == cluster_id]
    assert [status["status"] for status in mine["library_statuses"]] == ["INSTALLED"]
    client.post("/api/2.1/clusters/permanent-delete", {"cluster_id": cluster_id})


def test_a_wheel_of_the_workspace_is_a_library_of_a_task(client: Client, cluster: str) -> None:
    import base64
    import io
    import zipfile

    name = "stoker_e2e_own"
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as wheel:
        wheel.writestr(f"{name}.py", "value = 'mine'")
        wheel.writestr(f"{name}-1.0.dist-info/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        wheel.writestr(f"{name}-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr(f"{name}-1.0.dist-info/RECORD", "")
    path = f"/Shared/e2e/{name}-1.0-py3-none-any.whl"
    client.post("/api/2.0/workspace/mkdirs", {"path": "/Shared/e2e"})
    encoded = base64.b64encode(content.getvalue()).decode()
    client.post("/api/2.0/workspace/import", {"path": path, "format": "AUTO", "content": encoded, "overwrite": True})
    source = client.import_notebook(notebook(f"import {name}; dbutils.notebook.exit({name}.value)"))
    task = notebook_task(source, cluster, libraries=[{"whl": f"/Workspace{path}"}])
    assert client.finish(client.submit(task), 300).result == "mine"
