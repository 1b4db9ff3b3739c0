"""A hostile notebook: what it tries to read, and what it may not."""

import json
import uuid

import processes
import pytest
from client import Client, notebook
from server import Server, signal_cell

FOREVER = "import time\nwhile True: time.sleep(1)"
TRY = """
import json, os, socket
plan = json.loads(dbutils.widgets.get("plan"))
done = {}  # what was tried -> what it got; an attempt that fails leaves no entry
def attempt(name, act):
    try:
        done[name] = repr(act())[:200]
    except Exception:
        pass
"""
READ = """
for path in plan["closed"]:
    attempt("list " + path, lambda: os.listdir(path))
    attempt("read " + path, lambda: open(path, "rb").read(64))
    attempt("write " + path, lambda: open(path, "ab").close())
    attempt("make " + path, lambda: open(os.path.join(path, "made"), "w").close())
    attempt("spark " + path, lambda: spark.read.text("file://" + path).take(1)) if plan["spark"] else None
    attempt("dbutils " + path, lambda: dbutils.fs.head("file:" + path))
"""
MEMORY = """
import ctypes
PTRACE_ATTACH = 16
libc = ctypes.CDLL(None, use_errno=True)
def traced(pid):
    if libc.ptrace(PTRACE_ATTACH, pid, None, None) != 0:
        raise OSError(ctypes.get_errno())
    return "attached"
def memory(pid):
    for line in open(f"/proc/{pid}/maps"):
        if line.split()[1].startswith("rw"):
            with open(f"/proc/{pid}/mem", "rb") as file:
                file.seek(int(line.split("-")[0], 16))
                return file.read(16)
for pid in plan["pids"]:
    attempt(f"memory {pid}", lambda: memory(pid))
    attempt(f"environ {pid}", lambda: open(f"/proc/{pid}/environ", "rb").read(64))
    attempt(f"descriptors {pid}", lambda: os.listdir(f"/proc/{pid}/fd"))
    attempt(f"ptrace {pid}", lambda: traced(pid))
    attempt(f"kill {pid}", lambda: os.kill(pid, 18))  # SIGCONT harms nobody
"""
DATABASE = """
def connected(path):
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(path)
        return "connected"
for path in plan["sockets"]:
    attempt("socket " + path, lambda: connected(path))
attempt("peer login", lambda: __import__("subprocess").run(
    ["psql", "-h", plan["socket_folder"], "-U", "stoker", "-w", "-c", "select 1"], capture_output=True, check=True).stdout)
secrets = [name for name, value in os.environ.items() if any(word in value for word in plan["secrets"])]
if secrets: done["secrets in the environment"] = secrets
"""
# The same through the driver: its JVM, programs that the JVM starts, Spark's Python workers.
DRIVER = """
jvm = spark._jvm
def program(script):
    command = jvm.java.util.ArrayList()
    for word in ("sh", "-c", script):
        command.add(word)
    return bytes(jvm.java.lang.ProcessBuilder(command).start().getInputStream().readAllBytes())[:64].decode() or 1 / 0
nothing = sc._gateway.new_array(jvm.java.lang.String, 0)
for path in plan["closed"]:
    attempt("jvm-read " + path, lambda: bytes(jvm.java.nio.file.Files.readAllBytes(jvm.java.nio.file.Paths.get(path, nothing)))[:64])
    attempt("jvm-list " + path, lambda: len(jvm.java.io.File(path).list()))
    attempt("jvm-program " + path, lambda: program(f"cat {path} || ls {path}/"))
for pid in plan["pids"]:
    attempt(f"jvm-environ {pid}", lambda: program(f"cat /proc/{pid}/environ"))
    attempt(f"jvm-kill {pid}", lambda: program(f"kill -CONT {pid} && echo done"))
for path in plan["sockets"]:
    attempt("task-socket " + path, lambda: sc.parallelize([path], 1).map(connected).collect())
def task(what):
    import os
    name, target = what
    got = {}
    tries = {"read": lambda: open(target, "rb").read(64), "list": lambda: os.listdir(target),
             "make": lambda: open(os.path.join(target, "made"), "w").close()} if name == "path" else \
            {"memory": lambda: memory(target), "environ": lambda: open(f"/proc/{target}/environ", "rb").read(64),
             "kill": lambda: os.kill(target, 18)}
    for way, act in tries.items():
        try:
            got[f"task-{way} {target}"] = repr(act())[:200]
        except Exception:
            pass
    return got
for got in sc.parallelize([("path", path) for path in plan["closed"]] + [("pid", pid) for pid in plan["pids"]], 1).map(task).collect():
    done.update(got)
"""
REPORT = "dbutils.notebook.exit(json.dumps(done))"


def hostile_plan(client: Client, server: Server, attacked: str, attacking: str, spark: bool) -> tuple[int, str]:
    """A run on the cluster `attacked` that waits, and what a notebook on `attacking` is to try, as JSON."""
    name = uuid.uuid4().hex
    victim = client.submit_notebook(
        attacked, notebook("import os\nopen('secret', 'w').write('mine')", signal_cell(name, "os.getcwd()"), FOREVER)
    )
    victim_folder = server.signal_from_notebook(name)
    data = server.data_folder
    closed = [data, data / "connection.json", data / "version", data / "logs", data / "storage/mlflow", victim_folder]
    closed += [*(data / "secrets").iterdir(), data / "secrets", data / "postgres", data / "postgres/PG_VERSION"]
    closed += [f"{victim_folder}/secret", data / "workers", *(data / "workers").iterdir()]
    (worker,) = processes.workers_of(server.pid, attacking)
    ours = [server.pid, worker.pid, worker.parent]
    database = [process.pid for process in processes.beneath(server.pid) if "postgres" in process.command[0]]
    plan = {
        "closed": [str(path) for path in closed],
        "pids": ours + database,
        "sockets": [str(path) for path in (data / "run").rglob("*") if path.is_socket()],
        "socket_folder": str(data / "run"),
        "secrets": [file.read_text() for file in (data / "secrets").iterdir()] + [client.token],
        "spark": spark,
    }
    assert plan["sockets"] and len(database) > 0
    return victim, json.dumps(plan)


def test_a_notebook_reads_nothing_that_is_not_its_own(client: Client, server: Server, cluster: str) -> None:
    victim, plan = hostile_plan(client, server, cluster, cluster, spark=False)
    run = client.run_notebook(cluster, TRY, READ, MEMORY, DATABASE, REPORT, plan=plan)
    client.cancel(victim)
    assert run.result_json == {}


@pytest.mark.spark
def test_its_driver_reads_nothing_of_others_either(client: Client, server: Server, cluster: str, spark_cluster: str) -> None:
    """Runs of one worker share its driver and what they hand to it; everything else is as closed as to a notebook."""
    victim, plan = hostile_plan(client, server, cluster, spark_cluster, spark=True)
    run = client.run_notebook(spark_cluster, TRY, READ, MEMORY, DATABASE, DRIVER, REPORT, plan=plan, seconds=300)
    client.cancel(victim)
    assert run.result_json == {}


@pytest.mark.spark
def test_the_drivers_attempts_would_be_seen(client: Client, spark_cluster: str) -> None:
    cells = (
        "import os; open('mine', 'w').write('x')",
        "plan = {'closed': [os.getcwd(), os.path.abspath('mine')], 'pids': [], 'sockets': [], 'spark': True}",
    )
    tries = TRY.replace('plan = json.loads(dbutils.widgets.get("plan"))', "")
    run = client.run_notebook(spark_cluster, *cells, tries, READ, MEMORY, DRIVER, REPORT, seconds=300)
    ways = {"spark", "jvm-read", "jvm-list", "jvm-program", "task-read", "task-list", "task-make"}
    assert {key.split()[0] for key in run.result_json} >= ways


def test_the_attempts_would_be_seen(client: Client, cluster: str) -> None:
    """What the notebook above reports is not empty because it cannot try."""
    cells = (
        "import os; open('mine', 'w').write('x'); sleeper = __import__('subprocess').Popen(['sleep', '100'])",
        "plan = {'closed': [os.getcwd()], 'pids': [sleeper.pid], 'spark': False}",
    )
    run = client.run_notebook(
        cluster, *cells, TRY.replace('plan = json.loads(dbutils.widgets.get("plan"))', ""), READ, MEMORY, REPORT
    )
    assert {key.split()[0] for key in run.result_json} >= {"list", "make", "kill", "environ"}


def test_a_run_token_acts_for_its_run_only(client: Client, server: Server, cluster: str) -> None:
    """The token in a kernel works while its run does; afterwards, for a while, it only reads models."""
    me = "import os; dbutils.notebook.exit(os.environ['DATABRICKS_TOKEN'])"
    run = client.run_notebook(cluster, me)
    # The output never shows it.
    assert run.result != client.token
    assert "stkr." not in run.result
    name = uuid.uuid4().hex
    cells = ("import os", signal_cell(name, "os.environ['DATABRICKS_TOKEN'][::-1]"), FOREVER)
    run_id = client.submit_notebook(cluster, notebook(*cells))
    token = server.signal_from_notebook(name)[::-1]
    kernel = Client(client.host, token)
    assert kernel.get("/api/2.0/preview/scim/v2/Me")["userName"]
    client.cancel(run_id)
    client.finish(run_id)
    assert kernel.call("GET", "/api/2.0/preview/scim/v2/Me").status == 403
    assert kernel.call("GET", "/api/2.0/mlflow/experiments/get?experiment_id=0").status == 200
    assert kernel.call("POST", "/api/2.0/mlflow/experiments/create", {"name": name}).status == 403
