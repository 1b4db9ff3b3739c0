"""What bench/run sees of processes, by real ones."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "bench"))

from stoker_bench import processes  # noqa: E402

# Starts a child that does as it does itself, tells its pid, and lives until its input ends.
PARENT = """
import subprocess, sys
waits = "import sys; print(flush=True); sys.stdin.read()"
child = subprocess.Popen([sys.executable, "-c", waits], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
child.stdout.readline()  # before that its command line may be nobody's
print(child.pid, flush=True)
sys.stdin.read()
child.communicate()
"""


@contextmanager
def a_zygote_with_a_child() -> Iterator[tuple[int, int]]:
    command = [sys.executable, "-c", PARENT, "stoker_kernel.zygote"]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        yield process.pid, int(process.stdout.readline())
    finally:
        process.communicate()


def test_a_process_without_a_name_of_its_own_has_the_role_of_its_parent() -> None:
    with a_zygote_with_a_child() as (parent, child):
        (members,) = [members for role, members in processes.by_role(parent).items() if role == "zygotes and kernels"]
        assert {member.pid for member in members} == {parent, child}
        assert all(member.memory_mib()["RSS MiB"] >= member.memory_mib()["PSS MiB"] > 0 for member in members)


def test_one_that_ends_meanwhile_is_left_out() -> None:
    with a_zygote_with_a_child() as (parent, _):
        seen = [*processes.tree(parent), processes.read(os.getpid())]
    assert list(processes.cpu_seconds(seen)) == [os.getpid()]
