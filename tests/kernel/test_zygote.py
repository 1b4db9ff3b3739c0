"""Zygotes: lean, without threads, and nothing that a run started outlives it."""

from __future__ import annotations

import os
import resource
import select
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import PACKAGE_ROOT, WAIT_SECONDS, KernelPeer, ZygotePeer, lean_environ, send_with_fd
from stoker_kernel import process, subreaper

LEAVE_A_SLEEPER = """
import subprocess
script = "setsid sleep 1000 >/dev/null 2>&1 & echo $!"
pid = subprocess.run(["bash", "-c", script], stdout=subprocess.PIPE, text=True).stdout.strip()
dbutils.notebook.run("sync", 0, {"pid": pid})
"""


def wait_gone(pid: int) -> None:
    """Waits for the end of any process, a child of ours or not."""
    try:
        pidfd = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    poll = select.poll()
    poll.register(pidfd, select.POLLIN)
    assert poll.poll(WAIT_SECONDS * 1000), f"process {pid} is still there"
    os.close(pidfd)


def alive(pid: int) -> bool:
    """Whether the process exists and is no zombie."""
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def sleeper_of(kernel: KernelPeer, keep: bool = False) -> int:
    """Starts the notebook and waits until its detached process runs."""
    kernel.start(LEAVE_A_SLEEPER, keep=keep)
    ask = kernel.receive()
    assert ask["event"] == "ask"
    pid = int(ask["arguments"]["pid"])
    assert alive(pid)
    return pid


def test_the_lean_zygote_is_lean_and_has_one_thread(zygote):
    assert zygote.first["event"] == "ready"
    assert len(os.listdir(f"/proc/{zygote.pid}/task")) == 1 == zygote.first["threads"]
    with open(f"/proc/{zygote.pid}/status") as file:
        status = {name: value.split() for name, value in (line.split(":", 1) for line in file)}
    assert 0.5 < zygote.first["rss_kb"] / int(status["VmRSS"][0]) < 2  # both are in KiB
    # Pages of files are shared with every Python here, and the page cache decides how many are mapped at once.
    assert int(status["RssAnon"][0]) <= 22 * 1024


def test_a_kernel_is_forked_reports_and_exits(zygote):
    kernel = zygote.fork()
    ready = kernel.ready()
    assert ready["kernel_id"] == kernel.kernel_id
    assert set(ready["isolation"]) == {"os_user", "landlock_abi", "cgroup"}
    assert os.getpgid(kernel.pid) == kernel.pid
    kernel.run("x = 1").ok()
    assert kernel.exited() == 0


def test_nothing_of_a_rehearsal_is_left(zygote):
    source = """# Databricks notebook source
print(sorted(name for name in globals() if not name.startswith('_') and name in ('text', 'json', 'name')))
# COMMAND ----------
import subprocess
subprocess.run(['echo', 'from a program'])
# COMMAND ----------
import sys
places = [path for path in sys.path if path.startswith('/Workspace')]
dbutils.notebook.exit(f"{dbutils.widgets.get('text')} {sorted(dbutils.widgets.getAll())} {places}")
"""
    kernels = [zygote.fork(rehearse=rehearse) for rehearse in (False, True)]
    plain, rehearsed = (kernel.run(source, widgets={"text": "mine"}).ok() for kernel in kernels)
    assert rehearsed.result == plain.result == "mine ['text'] ['/Workspace/Users/me']"
    assert rehearsed.text == plain.text == "[]\nfrom a program\n"
    counts = [[cell.get("execution_count") for cell in finished.cells] for finished in (plain, rehearsed)]
    assert counts[0] == counts[1]
    assert rehearsed.used == plain.used


def test_a_kernel_whose_worker_goes_away_ends(zygote):
    kernel = zygote.kernel()
    kernel.channel.close()
    assert os.WIFEXITED(kernel.exited())


def test_a_kernel_in_the_pool_ends_on_sigterm(zygote):
    kernel = zygote.kernel()
    os.killpg(kernel.pid, signal.SIGTERM)
    assert os.WTERMSIG(kernel.exited()) == signal.SIGTERM


def test_requests_it_does_not_know_are_refused(zygote):
    zygote.channel.send({"op": "dance"})
    assert zygote.channel.receive()[0]["event"] == "refused"
    zygote.channel.send({"op": "fork", "kernel_id": "k", "folder": "/nowhere"})
    assert zygote.channel.receive()[0]["event"] == "refused"


def test_a_fork_that_finds_no_descriptor_is_refused_by_name_and_may_be_asked_for_again(zygote):
    limits = resource.prlimit(zygote.pid, resource.RLIMIT_NOFILE)
    resource.prlimit(zygote.pid, resource.RLIMIT_NOFILE, (3, limits[1]))
    own, theirs = socket.socketpair()
    with own, theirs:
        send_with_fd(zygote.socket, {"op": "fork", "kernel_id": "k", "folder": "/nowhere"}, theirs.fileno())
        assert zygote.wait("refused", "k")["message"]
    resource.prlimit(zygote.pid, resource.RLIMIT_NOFILE, limits)
    zygote.run("x = 1").ok()


def test_a_kernel_has_no_descriptor_but_its_own(zygote):
    finished = zygote.run("""
import os
seen = {}
for name in os.listdir("/proc/self/fd"):
    try:
        seen[int(name)] = os.readlink(f"/proc/self/fd/{name}")
    except FileNotFoundError:
        pass
sockets = [target for target in seen.values() if target.startswith("socket:")]
own = ("socket:", "pipe:", "/dev/null", "/proc", "anon_inode:[eventfd]")
files = [target for target in seen.values() if not target.startswith(own)]
dbutils.notebook.exit(f"{len(sockets)} {files} {seen[0]}")
""").ok()
    assert finished.result == "1 [] /dev/null"


def test_a_descriptor_that_was_closed_since_it_was_listed_stands_in_no_kernels_way():
    from stoker_kernel import kernel

    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            closed = os.open(os.devnull, os.O_RDONLY)  # the lowest number that is free: the next one opened gets it
            os.close(closed)
            kernel._drop_descriptors([closed])
            status = 0
        finally:
            os._exit(status)
    assert os.waitpid(pid, 0)[1] == 0


def test_what_a_run_leaves_in_the_background_ends_with_it(zygote):
    finished = zygote.run("""# Databricks notebook source
# MAGIC %sh
# MAGIC setsid sleep 1000 >/dev/null 2>&1 &
# MAGIC echo $!
# MAGIC (setsid bash -c 'sleep 1000 & echo $!; wait' &)
# MAGIC sleep 1000 &
# MAGIC echo $!
# COMMAND ----------
import os, sys
while len(os.read(0, 1)):
    pass
""").ok()
    pids = [int(word) for word in finished.text.split()]
    assert len(pids) >= 2
    assert not any(alive(pid) for pid in pids)


def test_a_killed_kernels_processes_end_before_its_exit_is_reported(zygote):
    kernel = zygote.kernel()
    sleeper = sleeper_of(kernel)
    os.kill(kernel.pid, signal.SIGKILL)
    assert os.WTERMSIG(kernel.exited()) == signal.SIGKILL
    assert not alive(sleeper)


def test_a_killed_worker_takes_zygote_and_kernels_along_and_its_node_ends_the_rest(data_folder):
    process.become_subreaper()
    own, theirs = socket.socketpair()
    worker_code = (
        "import subprocess, sys, signal\n"
        "fd = int(sys.argv[1])\n"
        "child = subprocess.Popen([sys.executable, '-m', 'stoker_kernel.zygote', '--fd', str(fd)], pass_fds=[fd])\n"
        "print(child.pid, flush=True)\n"
        "signal.pause()\n"
    )
    with theirs:
        worker = subprocess.Popen(
            [sys.executable, "-c", worker_code, str(theirs.fileno())],
            stdout=subprocess.PIPE,
            pass_fds=[theirs.fileno()],
            env=lean_environ(data_folder),
            text=True,
        )
    zygote = ZygotePeer(own, data_folder, int(worker.stdout.readline()))
    kernel = zygote.kernel()
    sleeper = sleeper_of(kernel)
    mine = set(process.children())
    worker.kill()
    worker.wait()
    for pid in (zygote.pid, kernel.pid):
        wait_gone(pid)
    # The node's part: what the dead worker's processes left has become its own child.
    while subreaper.kill_strangers(mine):
        os.waitpid(-1, 0)
    assert not alive(sleeper)


def test_a_killed_zygote_takes_its_kernels_along(zygote):
    grown = zygote.grow(modules=[])
    kernel = grown.kernel()
    os.kill(grown.pid, signal.SIGKILL)
    wait_gone(kernel.pid)
    assert zygote.wait("exited", grown.zygote_id)["status"] == signal.SIGKILL


def test_grow_imports_what_it_can_and_names_what_it_cannot(zygote):
    grown = zygote.grow(modules=["numpy", "no_such_module_here", "pandas"], environ={"GROWN": "yes"})
    assert grown.first["event"] == "ready"
    assert grown.first["modules"] == ["numpy", "pandas"]
    assert list(grown.first["skipped"]) == ["no_such_module_here"]
    assert grown.first["threads"] == 1 == len(os.listdir(f"/proc/{grown.pid}/task"))
    finished = grown.run(
        "import sys, os\nhad = 'pandas' in sys.modules\nimport pandas\n"
        "dbutils.notebook.exit(f\"{had} {os.environ['GROWN']}\")"
    ).ok()
    assert finished.result == "True yes"
    assert finished.used["modules"] == ["pandas"]
    grown.channel.close()
    assert zygote.wait("exited", grown.zygote_id)["status"] == 0


_LOG_MODEL = """
import mlflow_files, pathlib, sys
from stoker_kernel.models.identity import identify
run_id = mlflow_files.log_sklearn(mlflow_files.use(pathlib.Path(sys.argv[1])), 2.0)
print(run_id, identify(f"runs:/{run_id}/model").key)
"""


def test_a_zygote_of_a_model_says_by_which_key_kernels_ask_for_it(zygote, tmp_path):
    command = [sys.executable, "-c", _LOG_MODEL, str(tmp_path)]
    environ = {**os.environ, "PYTHONPATH": str(PACKAGE_ROOT)}
    here = Path(__file__).parent
    logged = subprocess.run(command, cwd=here, env=environ, check=True, capture_output=True, text=True).stdout
    run_id, key = logged.split()[-2:]
    grown = zygote.grow(
        modules=[],
        model_uri=f"runs:/{run_id}/model",
        environ={"MLFLOW_TRACKING_URI": f"sqlite:///{tmp_path / 'mlflow.db'}"},
    )
    assert (grown.first["event"], grown.first.get("model_key")) == ("ready", key)
    grown.channel.close()
    zygote.wait("exited", grown.zygote_id)


def test_a_zygote_that_cannot_be_made_says_why(zygote):
    grown = zygote.grow(modules=[], model_uri="runs:/none/model")
    assert grown.first["event"] == "failed"
    assert grown.first["message"]
    zygote.wait("exited", grown.zygote_id)


def test_a_grown_zygote_grows_another(zygote):
    first = zygote.grow(modules=["numpy"])
    second = first.grow(modules=["pandas"])
    assert second.run("dbutils.notebook.exit('from the second')").ok().result == "from the second"
    second.channel.close()
    first.wait("exited", second.zygote_id)
    first.channel.close()
    zygote.wait("exited", first.zygote_id)


@pytest.mark.parametrize("modules", [[], ["numpy"]])
def test_three_kernels_draw_different_numbers(zygote, modules):
    parent = zygote.grow(modules=["random", *modules])
    source = (
        "import random, numpy, uuid\n"
        "dbutils.notebook.exit(' '.join(str(v) for v in "
        "(random.random(), numpy.random.rand(), numpy.random.default_rng().random(), uuid.uuid4())))"
    )
    kernels = [parent.kernel() for _ in range(3)]
    draws = [kernel.run(source).ok().result.split() for kernel in kernels]
    for values in zip(*draws, strict=True):
        assert len(set(values)) == 3
    parent.channel.close()
    zygote.wait("exited", parent.zygote_id)
