"""DBFS on a node that joined from another machine, which has it through the server's API alone."""

import hashlib
import io
import json
import os
import signal
import uuid
import zipfile
from collections.abc import Iterator
from pathlib import Path

import processes
import pytest
from client import Client, notebook
from hosts import SERVER_ADDRESS, Host, hosts
from joined import Node, ask, joined_node, node_of, states, stoker_node
from server import Server, await_cell, server_on_a_new_folder, signal_cell
from waiting import until

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="network namespaces take root")

WHEEL = "node_files_wheel"
LIBRARIES = [{"whl": f"dbfs:/wheels/{WHEEL}-1.0-py3-none-any.whl"}]
LARGE = 48 * 1024 * 1024


def wheel() -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr(f"{WHEEL}.py", "value = 'from the wheel'")
        archive.writestr(f"{WHEEL}-1.0.dist-info/METADATA", f"Metadata-Version: 2.1\nName: {WHEEL}\nVersion: 1.0\n")
        archive.writestr(f"{WHEEL}-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{WHEEL}-1.0.dist-info/RECORD", "")
    return content.getvalue()


def put(client: Client, path: str, content: bytes) -> None:
    answer = client.call("PUT", f"/dbfs{path}", content)
    assert answer.status == 200, answer.text


def on_server(farm: Server, path: str) -> Path:
    return farm.data_folder / "storage/dbfs" / path.lstrip("/")


@pytest.fixture(scope="module")
def host() -> Iterator[Host]:
    with hosts(1) as (made,):
        yield made


@pytest.fixture(scope="module")
def farm(host: Host) -> Iterator[Server]:
    """A server that takes nodes, and gives no workers to its own once it has built the environments."""
    with server_on_a_new_folder() as server:
        server.host = "0.0.0.0"
        server.start("--nodes", SERVER_ADDRESS, "--tls", "--no-mlflow", "--no-tables")
        client = server.client
        put(client, LIBRARIES[0]["whl"].removeprefix("dbfs:"), wheel())
        client.post("/api/2.0/dbfs/mkdirs", {"path": "/signals"})
        for libraries in ([], LIBRARIES):
            cluster_id = client.create_cluster(cluster_name="makes the environment", libraries=libraries)
            assert client.run_notebook(cluster_id, "dbutils.notebook.exit('made')", seconds=900).result == "made"
            client.post("/api/2.1/clusters/delete", {"cluster_id": cluster_id})
        (own,) = states(server)
        stoker_node(server, "cordon", own)
        yield server


@pytest.fixture(scope="module")
def node(host: Host, farm: Server) -> Iterator[Node]:
    with joined_node(farm, host) as made:
        yield made


@pytest.fixture(scope="module")
def cluster(farm: Server, node: Node) -> str:
    put(farm.client, "/scripts/setup.sh", b"cp /dbfs/scripts/colour /databricks/colour; echo prepared\n")
    put(farm.client, "/scripts/colour", b"green")
    return farm.client.create_cluster(
        cluster_name="far from its files",
        libraries=LIBRARIES,
        init_scripts=[{"dbfs": {"destination": "dbfs:/scripts/setup.sh"}}],
        cluster_log_conf={"dbfs": {"destination": "dbfs:/cluster-logs"}},
    )


def serving(node: Node) -> processes.Process:
    """The process that serves the node's mount."""
    assert node.process
    found: list[processes.Process] = until(
        lambda: [process for process in processes.beneath(node.process.pid) if process.command[1:2] == ("dbfs-mount",)],
        "DBFS to be served",
    )
    return found[0]


def as_root_there(node: Node, path: str) -> Path:
    """A path of DBFS as the node's root sees it."""
    return Path(f"/proc/{node.process.pid}/root{node.data_folder}/storage/dbfs{path}")


def test_libraries_scripts_and_logs_come_and_go_through_the_server(farm: Server, node: Node, cluster: str) -> None:
    source = f"import {WHEEL}; dbutils.notebook.exit({WHEEL}.value + ', ' + open('/databricks/colour').read())"
    assert farm.client.run_notebook(cluster, source, seconds=300).result == "from the wheel, green"
    assert node_of(farm, cluster) == node.host.name
    short = farm.client.create_cluster(cluster_log_conf={"dbfs": {"destination": "dbfs:/cluster-logs"}})
    farm.client.run_notebook(short, "1")
    farm.client.post("/api/2.1/clusters/delete", {"cluster_id": short})
    delivered = on_server(farm, f"/cluster-logs/{short}/driver/stderr")
    until(lambda: delivered.exists() and delivered.stat().st_size > 0, "the logs to be delivered", 60)


def test_what_a_notebook_writes_is_the_servers(farm: Server, cluster: str) -> None:
    put(farm.client, "/in/said.txt", b"by the API")
    cells = [
        """
import os, json, shutil
said = open('/dbfs/in/said.txt').read()
os.makedirs('/dbfs/out/deep/er')
with open('/dbfs/out/written.txt', 'w') as file:
    file.write('by open')
with open('/dbfs/out/written.txt', 'a') as file:
    file.write(', twice')
dbutils.fs.put('dbfs:/out/put.txt', 'by dbutils', True)
dbutils.fs.put('/Volumes/main/default/files/v.txt', 'in a volume', True)
with open('/dbfs/out/deep/er/a.tmp', 'w') as file:
    file.write('moved')
os.link('/dbfs/out/deep/er/a.tmp', '/dbfs/out/deep/moved.txt')
try:
    os.link('/dbfs/out/written.txt', '/dbfs/out/deep/moved.txt')
    raise AssertionError('a link never replaces a file')
except FileExistsError:
    os.rename('/dbfs/out/deep/er/a.tmp', '/dbfs/out/deep/er/b.tmp')
    os.remove('/dbfs/out/deep/er/b.tmp')
os.replace('/dbfs/out/deep/moved.txt', '/dbfs/out/put2.txt')
os.rmdir('/dbfs/out/deep/er')
shutil.copy2('/dbfs/in/said.txt', '/dbfs/out/copied.txt')
with open('/dbfs/out/cut.txt', 'w') as file:
    file.write('0123456789')
os.truncate('/dbfs/out/cut.txt', 4)
with open('/dbfs/out/cut.txt', 'r+') as file:
    file.seek(2); file.write('xy'); file.flush()
    here = open('/dbfs/out/cut.txt').read()
open('/dbfs/out/gone.txt', 'w').close()
os.remove('/dbfs/out/gone.txt')
refused = []
for what in (lambda: os.rmdir('/dbfs/out'), lambda: os.mkdir('/dbfs/out'), lambda: open('/dbfs/none/x', 'w'),
             lambda: open('/dbfs/out/cut.txt', 'x'), lambda: os.symlink('/etc', '/dbfs/out/link')):
    try:
        what()
    except OSError as error:
        refused.append(type(error).__name__)
names = sorted(os.listdir('/dbfs/out'))
sizes = {file.name: file.size for file in dbutils.fs.ls('dbfs:/out') if not file.isDir()}
times = os.stat('/dbfs/in/said.txt').st_mtime_ns == os.stat('/dbfs/out/copied.txt').st_mtime_ns
dbutils.notebook.exit(json.dumps([said, here, refused, names, sizes, times]))
"""
    ]
    said, here, refused, names, sizes, times = farm.client.run_notebook(cluster, *cells).result_json
    assert (said, here, times) == ("by the API", "01xy", True)
    assert refused == ["OSError", "FileExistsError", "FileNotFoundError", "FileExistsError", "PermissionError"]
    expected = {"copied.txt": "by the API", "cut.txt": "01xy", "put.txt": "by dbutils", "put2.txt": "moved", "written.txt": "by open, twice"}
    assert names == sorted([*expected, "deep"])
    assert sizes == {name: len(text) for name, text in expected.items()}
    assert {name: on_server(farm, f"/out/{name}").read_text() for name in expected} == expected
    assert on_server(farm, "/Volumes/main/default/files/v.txt").read_text() == "in a volume"
    assert {path.name for path in on_server(farm, "/out").iterdir()} == {*names}


@pytest.mark.spark
def test_spark_reads_and_writes_the_servers_files(farm: Server, cluster: str) -> None:
    source = """
spark.range(1000).write.mode('overwrite').parquet('dbfs:/spark/numbers')
spark.range(10).write.mode('overwrite').parquet('/spark/numbers2')
dbutils.notebook.exit(str(spark.read.parquet('dbfs:/spark/numbers').count() + spark.read.text('/in/line.txt').count()))
"""
    put(farm.client, "/in/line.txt", b"one\ntwo\n")
    assert farm.client.run_notebook(cluster, source, seconds=300).result == "1002"
    for name in ("numbers", "numbers2"):
        folder = on_server(farm, f"/spark/{name}")
        assert (folder / "_SUCCESS").exists() and list(folder.glob("part-*.parquet"))
        assert not (folder / "_temporary").exists()


def test_large_files_go_both_ways_and_are_fetched_once(farm: Server, node: Node, cluster: str) -> None:
    content = os.urandom(LARGE)
    put(farm.client, "/in/large", content)
    source = """
import hashlib, mmap, os, shutil
with open('/dbfs/in/large', 'rb') as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
    digest = hashlib.sha256(mapped).hexdigest()
shutil.copyfile('/dbfs/in/large', '/dbfs/out-large')
dbutils.notebook.exit(digest)
"""
    assert farm.client.run_notebook(cluster, source, seconds=180).result == hashlib.sha256(content).hexdigest()
    assert on_server(farm, "/out-large").read_bytes() == content
    cached = sum(file.stat().st_size for file in (node.data_folder / "dbfs_cache/contents").iterdir())
    assert 2 * LARGE <= cached < 3 * LARGE, "what was read, and what was written"


def test_what_the_server_gets_meanwhile_is_seen(farm: Server, cluster: str) -> None:
    put(farm.client, "/in/changing", b"old")
    name = uuid.uuid4().hex
    source = """
import time
for _ in range(200):
    with open('/dbfs/in/changing') as file:
        now = file.read()
    if now != 'old':
        break
    time.sleep(0.05)
dbutils.notebook.exit(now + ' ' + str(len(now)))
"""
    run_id = farm.client.submit_notebook(cluster, notebook("print(open('/dbfs/in/changing').read())", signal_cell(name), source))
    farm.signal_from_notebook(name)
    put(farm.client, "/in/changing", b"new, and longer")
    assert farm.client.finish(run_id).result == "new, and longer 15"


def test_a_run_survives_the_end_of_the_process_that_serves_the_mount(farm: Server, node: Node, cluster: str) -> None:
    ready, go = uuid.uuid4().hex, uuid.uuid4().hex
    after = "with open('/dbfs/after.txt', 'w') as file: file.write('still here')\ndbutils.notebook.exit(open('/dbfs/after.txt').read())"
    # The server has the signal before the notebook knows: that one write may fail.
    tolerant = f"try:\n    {signal_cell(ready)}\nexcept ConnectionAbortedError:\n    pass"
    run_id = farm.client.submit_notebook(cluster, notebook(tolerant, await_cell(go), after))
    farm.signal_from_notebook(ready)
    before = serving(node)
    os.kill(before.pid, signal.SIGKILL)
    until(lambda: not before.alive() and serving(node), "the next one")
    farm.signal_to_notebook(go)
    assert farm.client.finish(run_id).result == "still here"
    assert on_server(farm, "/after.txt").read_text() == "still here"
    assert farm.client.run_notebook(cluster, "dbutils.notebook.exit(open('/dbfs/after.txt').read())").result == "still here"


def test_notebooks_have_no_way_to_the_nodes_token(farm: Server, node: Node, cluster: str) -> None:
    token_file = node.data_folder / "secrets/node_token"
    assert token_file.stat().st_mode & 0o777 == 0o600
    token = token_file.read_text().strip()
    pid = serving(node).pid
    source = f"""
import json, os
seen = []
for path in ('{token_file}', '{node.data_folder}/dbfs_cache/contents', '/proc/{pid}/environ', '/proc/{pid}/mem', '/proc/{pid}/fd'):
    try:
        seen.append(os.listdir(path) if os.path.isdir(path) else open(path, 'rb').read(1))
    except OSError:
        pass
dbutils.notebook.exit(json.dumps([len(seen), dict(os.environ)]))
"""
    seen, environ = farm.client.run_notebook(cluster, source).result_json
    assert seen == 0
    assert token not in json.dumps(environ)
    logs = [node.log_file, farm.log_file, *(node.data_folder / "logs").rglob("*")]
    assert all(token not in file.read_text(errors="replace") for file in logs if file.is_file())


def test_a_server_that_is_away_is_an_error_that_ends(farm: Server, node: Node) -> None:
    put(farm.client, "/in/away.txt", b"back")
    until(lambda: as_root_there(node, "/in/away.txt").read_text() == "back", "the file to be there")
    unsaved = as_root_there(node, "/in/unsaved.txt").open("w")
    unsaved.write("written while it is away")
    node.host.unplug()
    try:
        with pytest.raises(OSError, match="Input/output error"):
            as_root_there(node, "/in/away.txt").read_text()
        with pytest.raises(OSError, match="Input/output error"):
            unsaved.close()
    finally:
        node.host.plug_in()

    def reads() -> str:
        try:
            return as_root_there(node, "/in/away.txt").read_text()
        except OSError:
            return ""

    assert until(reads, "the server to be back", 60) == "back"
    until(lambda: node.state() == "READY", "the node to be back", 60)


def test_a_killed_node_mounts_anew(farm: Server, node: Node) -> None:
    assert node.process
    left = processes.beneath(node.process.pid)
    node.process.kill()
    node.process.wait(60)
    until(lambda: not any(process.alive() for process in left), "everything beneath the node to end", 60)
    node.start()
    cluster_id = farm.client.create_cluster(cluster_name="after the kill")
    run = farm.client.run_notebook(cluster_id, "dbutils.notebook.exit(open('/dbfs/in/said.txt').read())", seconds=180)
    assert run.result == "by the API"


def test_a_removed_nodes_token_is_refused(farm: Server, node: Node) -> None:
    token = (node.data_folder / "secrets/node_token").read_text().strip()
    as_node = Client(farm.client.host, token, farm.client.ca_bundle)
    assert as_node.get("/api/stoker/v1/files/status", path="/in")["is_dir"]
    assert as_node.call("GET", "/api/2.0/dbfs/list?path=/").status == 403
    stoker_node(farm, "remove", node.host.name)
    until(lambda: as_node.call("GET", "/api/stoker/v1/files/status?path=/in").status == 403, "the token to be refused", 10)
    assert ask(farm, f"SELECT count(*) FROM nodes WHERE node_id = '{node.host.name}' AND role_name IS NOT NULL") == "0"
