"""What a notebook cannot reach, tried from a notebook."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from conftest import PACKAGE_ROOT, lean_zygote
from stoker_kernel import landlock

pytestmark = pytest.mark.skipif(landlock.abi() == 0, reason="this Linux has no Landlock: file permissions alone hold")

FORBIDDEN = """
def attempt():
    {attempt}

try:
    attempt()
except PermissionError:
    dbutils.notebook.exit("denied")
except OSError as error:
    dbutils.notebook.exit(f"other error: {{error!r}}")
dbutils.notebook.exit("allowed")
"""


@pytest.fixture(scope="module")
def places(zygote, data_folder):
    """Things of others, by name; another kernel is alive all the time."""
    other = zygote.kernel()
    (other.folder / "private.txt").write_text("another run's")
    yield {"data": data_folder, "other": other.folder, "zygote": zygote.pid, "kernel": other.pid}
    other.channel.close()
    other.exited()


@pytest.mark.parametrize(
    "attempt",
    [
        "__import__('os').listdir('{data}')",
        "open('{data}/connection.json').read()",
        "open('{data}/secrets/server_dsn').read()",
        "open('{data}/new', 'w')",
        "__import__('os').listdir('{data}/runs')",
        "__import__('os').listdir('{other}')",
        "open('{other}/private.txt').read()",
        "open('{other}/planted.py', 'w')",
        "__import__('os').rename('{other}/private.txt', 'mine.txt')",
        "__import__('os').symlink('{data}/connection.json', 'link') or open('link').read()",
        "open('/proc/{zygote}/mem', 'rb').read(1)",
        "open('/proc/{kernel}/mem', 'rb').read(1)",
        "open('/proc/{zygote}/environ').read()",
        "__import__('os').readlink('/proc/{zygote}/fd/0')",
        "open('/proc/{zygote}/root{data}/connection.json').read()",
        "open('/etc/shadow').read()",
        "open('/etc/cron.d/job', 'w')",
        "open('/usr/lib/planted', 'w')",
        "__import__('os').listdir('/root')",
        "__import__('os').listdir('/var/lib')",
        "open('/tmp/planted', 'w')",
    ],
)
def test_a_notebook_is_denied(zygote, places, attempt):
    assert zygote.run(FORBIDDEN.format(attempt=attempt.format(**places))).ok().result == "denied"


@pytest.mark.skipif(landlock.abi() < 6, reason="signals are scoped from Landlock's 6th version on")
@pytest.mark.parametrize("who", ["zygote", "kernel"])
def test_a_notebook_cannot_signal_others(zygote, places, who):
    attempt = f"__import__('os').kill({places[who]}, 0)"
    assert zygote.run(FORBIDDEN.format(attempt=attempt)).ok().result == "denied"


def test_its_subprocesses_are_denied_too(zygote, places):
    finished = zygote.run(f"%sh\ncat {places['data']}/connection.json\nkill -0 {places['zygote']}\necho done").ok()
    assert "server-token" not in finished.text
    assert finished.text.count("ermi") == 2 and finished.text.endswith("done\n")


def test_what_a_notebook_needs_works(zygote):
    finished = zygote.run("""
import ctypes, multiprocessing, os, socket, sqlite3, ssl, subprocess, tempfile
open("own.txt", "w").write("x")
with tempfile.TemporaryDirectory() as folder:
    open(os.path.join(folder, "f"), "w").write("x")
    inside = os.path.commonpath([folder, os.getcwd()]) == os.getcwd()
multiprocessing.get_context("fork").Semaphore()
ssl.create_default_context()
open("/dev/null", "w").write("x")
os.urandom(4)
socket.getaddrinfo("localhost", 80)
subprocess.run(["bash", "-c", "cat <(echo 1) > /dev/stdout"], check=True)
open(os.path.join(os.environ["STOKER_DBFS_ROOT"], "shared.txt"), "w").write("x")
dbutils.notebook.exit(f"{inside} {os.environ['HOME'] == os.getcwd()}")
""").ok()
    assert finished.result == "True True"


def test_no_core_dumps_privileges_or_capabilities(zygote):
    finished = zygote.run("""
import resource
flags = dict(line.split(":", 1) for line in open("/proc/self/status").read().splitlines())
dbutils.notebook.exit(" ".join([str(resource.getrlimit(resource.RLIMIT_CORE)), flags["NoNewPrivs"].strip(),
                                str(int(flags["CapEff"], 16)), str(int(flags["CapPrm"], 16))]))
""")
    assert finished.ok().result == "(0, 0) 1 0 0"


def test_memory_is_limited_where_there_is_no_control_group(zygote):
    kernel = zygote.kernel(limits={"memory_mb": 300})
    finished = kernel.run("data = bytearray(600 * 1024 * 1024)")
    assert finished.state == "FAILED" and finished.error.startswith("MemoryError")
    kernel.exited()


def test_a_control_group_is_joined_and_reported(zygote, tmp_path):
    # A plain folder stands in for one: the kernel's part is to write its pid there.
    (tmp_path / "cgroup.procs").write_text("")
    kernel = zygote.fork(cgroup=str(tmp_path))
    assert kernel.ready()["isolation"]["cgroup"] == str(tmp_path)
    assert (tmp_path / "cgroup.procs").read_text() == str(kernel.pid)
    kernel.channel.close()
    kernel.exited()


def test_a_control_group_it_cannot_join_is_not_reported_as_in_force(zygote):
    kernel = zygote.fork(cgroup="/sys/fs/cgroup/no-such-group")
    assert kernel.ready()["isolation"]["cgroup"] is None
    kernel.channel.close()
    kernel.exited()


def test_abstract_sockets_of_others_are_out_of_reach(zygote):
    if landlock.abi() < 6:
        pytest.skip("abstract sockets are scoped from Landlock's 6th version on")
    import socket

    name = f"\0stoker-test-{os.getpid()}"
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(name)
        server.listen()
        attempt = f"__import__('socket').socket(1).connect({name!r})"
        assert zygote.run(FORBIDDEN.format(attempt=attempt)).ok().result == "denied"


def confined(*arguments, **options):
    """A program run as builds are, with the system's own interpreter or the environment's."""
    return subprocess.run(
        [sys.executable, "-m", "stoker_kernel.confined", *arguments],
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(PACKAGE_ROOT)},
        capture_output=True,
        text=True,
        check=False,
        **options,
    )


def test_a_confined_command_reads_and_writes_what_it_is_given(data_folder, tmp_path):
    (tmp_path / "read").mkdir()
    (tmp_path / "read" / "in").write_text("content")
    (tmp_path / "write").mkdir()
    script = f"""
cat {tmp_path}/read/in
cp {tmp_path}/read/in {tmp_path}/write/out || echo no copy
echo x > {tmp_path}/read/new || echo denied
cat {data_folder}/connection.json {data_folder}/secrets/server_dsn /etc/shadow || echo denied
ls {data_folder} || echo denied
kill -0 {os.getpid()} || echo {'denied' if landlock.abi() >= 6 else 'none'}
echo "path=$PYTHONPATH" -- "$1"
"""
    done = confined("--read", str(tmp_path / "read"), "--write", str(tmp_path / "write"), "--", "sh", "-c", script, "sh", "--")
    denied = 4 if landlock.abi() >= 6 else 3
    assert done.stdout.replace("none\n", "") == "content" + "denied\n" * denied + "path= -- --\n", done.stderr
    assert (tmp_path / "write" / "out").read_text() == "content"


def test_a_confined_command_that_does_not_exist_is_named():
    done = confined("--", "no-such-program", "--option")
    assert done.returncode == 127
    assert done.stderr == "no-such-program: not found\n"


def test_the_folder_of_a_zygotes_model_is_read_only_for_its_kernels(zygote, data_folder, tmp_path):
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / "weights").write_text("heavy")
    attempt = f"open('{folder}/weights').read()"
    assert zygote.run(FORBIDDEN.format(attempt=attempt)).ok().result == "denied"
    grown = zygote.grow(modules=[], folder=str(folder), write=[str(data_folder / "runs")], environ={"TMPDIR": str(folder)})
    assert grown.run(FORBIDDEN.format(attempt=attempt)).ok().result == "allowed"
    assert grown.run(FORBIDDEN.format(attempt=f"open('{folder}/weights', 'a')")).ok().result == "denied"
    assert grown.run("import tempfile, os\ndbutils.notebook.exit(tempfile.gettempdir() == os.getcwd() + '/tmp')").result == "True"
    grown.channel.close()
    zygote.wait("exited", grown.zygote_id)


def test_code_that_loads_with_a_model_is_confined(data_folder, tmp_path):
    """It runs in the model's zygote, before there is a kernel; a module that is imported there stands for it."""
    folder, code = tmp_path / "model", data_folder / "storage" / "dbfs" / "code"
    folder.mkdir()
    code.mkdir()
    lines = ["import os", "done = []"]
    for attempt in (
        f"open('{data_folder}/connection.json').read()",
        f"os.listdir('{data_folder}')",
        f"os.listdir('{tmp_path}')",
        f"open('/proc/{os.getpid()}/environ').read()",
        "open('/etc/shadow').read()",
        f"open('{folder}/own', 'w')",
    ):
        lines += ["try:", f"    {attempt}", f"    done.append({attempt!r})", "except PermissionError:", "    pass"]
    (code / "model_code.py").write_text("\n".join(lines))
    with lean_zygote(data_folder, PYTHONPATH=f"{PACKAGE_ROOT}:{code}") as zygote:
        grown = zygote.grow(modules=["model_code"], folder=str(folder), write=[str(data_folder / "runs")])
        assert grown.first["modules"] == ["model_code"]
        done = grown.run("import model_code\ndbutils.notebook.exit(str(model_code.done))").ok().result
        grown.channel.close()
        zygote.wait("exited", grown.zygote_id)
    assert done == str([f"open('{folder}/own', 'w')"])
