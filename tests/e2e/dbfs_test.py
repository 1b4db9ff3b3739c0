"""DBFS and volumes through the unmodified Databricks SDK, as old clients call them, and from notebooks: one tree."""

import io
import json
import os
import uuid
from pathlib import Path

import pytest
from client import Client
from databricks.sdk import WorkspaceClient
from databricks.sdk.errors import AlreadyExists, NotFound, ResourceAlreadyExists, ResourceDoesNotExist
from server import Server
from waiting import until

SHARE = """
import json, os
folder, root = dbutils.widgets.get("folder"), os.environ["STOKER_DBFS_ROOT"]
received = dbutils.fs.head(f"dbfs:{folder}/from_api.txt")
with open(f"{root}{folder}/from_api.txt", "a") as file:
    file.write(" and changed")
os.remove(f"{root}{folder}/to_remove.txt")
dbutils.fs.put(f"{folder}/new/from_notebook.txt", "from the notebook")
os.symlink("/etc/hostname", f"{root}{folder}/new/link")
volume = open(f"{root}/Volumes/main/default/{folder[1:]}/v.txt").read()
dbutils.notebook.exit(json.dumps([received, volume, [info.name for info in dbutils.fs.ls("/")]]))
"""


@pytest.fixture(scope="module")
def workspace(client: Client) -> WorkspaceClient:
    return WorkspaceClient(host=client.host, token=client.token)


@pytest.fixture
def folder(workspace: WorkspaceClient) -> str:
    path = f"/{uuid.uuid4().hex}"
    workspace.dbfs.mkdirs(path)
    return path


def test_the_sdk_uploads_lists_moves_and_removes(workspace: WorkspaceClient, folder: str) -> None:
    large = os.urandom(2_500_000)  # three blocks
    workspace.dbfs.upload(f"{folder}/a/large.bin", io.BytesIO(large))
    with pytest.raises(ResourceAlreadyExists):
        workspace.dbfs.upload(f"{folder}/a/large.bin", io.BytesIO(b""))
    workspace.dbfs.upload(f"dbfs:{folder}/a/small.txt", io.BytesIO(b"old"))
    workspace.dbfs.upload(f"dbfs:{folder}/a/small.txt", io.BytesIO(b"new"), overwrite=True)
    assert workspace.dbfs.download(f"{folder}/a/large.bin").read() == large
    assert workspace.dbfs.download(f"{folder}/a/small.txt").read() == b"new"
    listed = {info.path: info.file_size for info in workspace.dbfs.list(folder, recursive=True)}
    assert listed == {f"{folder}/a/large.bin": len(large), f"{folder}/a/small.txt": 3}
    workspace.dbfs.move(f"{folder}/a", f"{folder}/b/c")
    assert not workspace.dbfs.exists(f"{folder}/a") and workspace.dbfs.exists(f"{folder}/b/c/large.bin")
    workspace.dbfs.copy(f"{folder}/b/c/small.txt", f"{folder}/copy.txt")
    assert workspace.dbfs.download(f"{folder}/copy.txt").read() == b"new"
    workspace.dbfs.delete(folder, recursive=True)
    with pytest.raises(ResourceDoesNotExist):
        workspace.dbfs.get_status(folder)


def test_volumes_by_the_files_api(workspace: WorkspaceClient, folder: str, tmp_path: Path) -> None:
    volume = f"/Volumes/main/default/{folder[1:]}"
    large = os.urandom(51 << 20)  # the SDK would rather send it in parts
    workspace.files.upload(f"{volume}/a/lärge 1.bin", io.BytesIO(large))
    assert workspace.files.get_metadata(f"{volume}/a/lärge 1.bin").content_length == len(large)
    assert workspace.files.download(f"{volume}/a/lärge 1.bin").contents.read() == large
    workspace.files.download_to(f"{volume}/a/lärge 1.bin", str(tmp_path / "in_parts"), use_parallel=True)
    assert (tmp_path / "in_parts").read_bytes() == large
    with pytest.raises(AlreadyExists):
        workspace.files.upload(f"{volume}/a/lärge 1.bin", io.BytesIO(b""), overwrite=False)
    workspace.files.create_directory(f"{volume}/b")
    listed = workspace.files.list_directory_contents(volume)
    assert [(entry.name, entry.is_directory) for entry in listed] == [("a", True), ("b", True)]
    workspace.files.delete(f"{volume}/a/lärge 1.bin")
    for name in ("a", "b"):
        workspace.files.delete_directory(f"{volume}/{name}")
    with pytest.raises(NotFound):
        workspace.files.get_directory_metadata(f"{volume}/a")


def test_old_clients_send_a_form_and_fetch_raw_bytes(client: Client, folder: str) -> None:
    """What databricks-cli 0.18 sends for `fs cp`, and mlflow for an artifact in DBFS."""
    content = bytes(range(256)) * 10
    head = '--b\r\nContent-Disposition: form-data; name="{}"\r\n\r\n'
    fields = head.format("path") + f"dbfs:{folder}/f\r\n" + head.format("overwrite") + "True\r\n"
    body = fields.encode() + head.format('file"; filename="f').encode() + content + b"\r\n--b--\r\n"
    form = {"Content-Type": "multipart/form-data; boundary=b"}
    assert client.call("POST", "/api/2.0/dbfs/put", body, form).json == {}
    assert client.call("GET", f"/api/2.0/dbfs/get-status?path=dbfs:{folder}/f").json["file_size"] == len(content)
    assert client.call("POST", f"/dbfs{folder}/g", b"raw").status == 200
    assert client.call("GET", f"/dbfs{folder}/g").text == "raw"
    body = json.dumps({"path": f"{folder}/g"}).encode()
    answer = client.call("GET", "/api/2.0/dbfs/get-status", body, {"Content-Type": "text/json"})
    assert answer.json["path"] == f"{folder}/g"


def test_notebooks_and_the_api_share_the_tree(client: Client, cluster: str, folder: str, server: Server) -> None:
    for name in ("from_api.txt", "to_remove.txt"):
        client.call("PUT", f"/dbfs{folder}/{name}", b"from the API")
    client.call("PUT", f"/api/2.0/fs/files/Volumes/main/default{folder}/v.txt", b"in a volume")
    client.post("/api/2.0/dbfs/create", {"path": f"{folder}/unfinished"})
    received, volume, names = client.run_notebook(cluster, SHARE, folder=folder).result_json
    assert (received, volume) == ("from the API", "in a volume")
    assert f"{folder[1:]}/" in names and not [name for name in names if name.startswith(".")]
    listed = client.get("/api/2.0/dbfs/list", path=folder)["files"]
    assert [Path(file["path"]).name for file in listed] == ["from_api.txt", "new"]
    assert client.call("GET", f"/dbfs{folder}/from_api.txt").text == "from the API and changed"
    assert client.call("GET", f"/dbfs{folder}/new/from_notebook.txt").text == "from the notebook"
    assert client.call("GET", f"/dbfs{folder}/new/link").status == 403
    client.post("/api/2.0/dbfs/delete", {"path": folder, "recursive": True})
    assert not (server.data_folder / "storage/dbfs" / folder[1:]).exists()


def test_a_file_that_is_uploaded_to_a_volume_sets_a_job_off(client: Client, folder: str) -> None:
    location = f"/Volumes/main/default{folder}/in/"
    condition = {"task_key": "arrived", "condition_task": {"op": "EQUAL_TO", "left": "1", "right": "1"}}
    arrival = {"pause_status": "UNPAUSED", "file_arrival": {"url": location}}
    job_id = client.create_job(condition, trigger=arrival)
    try:
        client.call("PUT", f"/api/2.0/fs/files{location}first.csv", b"1,2")
        (run,) = until(lambda: client.get("/api/2.2/jobs/runs/list", job_id=job_id).get("runs"), "the job's run")
        assert run["trigger"] == "FILE_ARRIVAL"
        assert client.finish(run["run_id"]).result_state == "SUCCESS"
    finally:
        client.post("/api/2.2/jobs/delete", {"job_id": job_id})
