"""`stoker.isolation: shared`: one process for run after run, each as if it were the first, but for imported modules."""

from __future__ import annotations

import json
import os
import signal

import pytest
from test_zygote import alive, sleeper_of

CELL = "\n# COMMAND ----------\n"
HEADER = "# Databricks notebook source\n"


def cells(*sources: str) -> str:
    """A Databricks source notebook."""
    return HEADER + CELL.join(sources)


def without_times(finished) -> dict:
    """The executed notebook, which is the same whenever it ran."""
    document = json.loads(finished.notebook)
    for cell in document["cells"]:
        cell["metadata"].pop("stoker", None)
    return document


@pytest.fixture
def kept(zygote):
    """A kernel that keeps itself after each run that lets it."""
    kernel = zygote.kernel()
    yield kernel
    kernel.channel.close()
    kernel.exited()


def run_and_stay(kernel, source, **options):
    """One successful run after which the kernel is ready again."""
    finished = kernel.run(source, keep=True, **options).ok()
    assert kernel.ready()["kernel_id"] == kernel.kernel_id
    return finished


def assert_leaves(kernel) -> None:
    """The kernel ends instead of taking another run."""
    assert os.WIFEXITED(kernel.exited())


def test_two_runs_share_the_process_and_its_modules_but_no_name(kept):
    first = run_and_stay(kept, "import os, colorsys\nx = 1\ndef f(): return x\ndbutils.notebook.exit(os.getpid())")
    second = run_and_stay(
        kept,
        "import os, sys, __main__\n"
        "left = [name for name in ('x', 'f', 'colorsys') if name in globals() or hasattr(__main__, name)]\n"
        "dbutils.notebook.exit([os.getpid(), left, 'colorsys' in sys.modules])",
    )
    assert second.result == str([int(first.result), [], True]) == str([kept.pid, [], True])


NOTEBOOKS = [
    cells("print('one')\n1 + 1", "'last';", "# nothing", "import os\nos.system('echo two')", "_"),
    cells(
        "from __future__ import annotations\ndef f(a: missing): return a\nf(3)",
        "def g(a: missing): pass\ng.__annotations__",
    ),
    cells("display({'a': 1})\ndisplayHTML('<b>x</b>')", "class A:\n    def __repr__(self): return 'an A'\nA()"),
    cells("# MAGIC %sh echo from bash", "# MAGIC %md text", "x = 3\n%who_ls int", "x?", "!echo $x", "y = !echo z\ny"),
    cells(
        "x = 1\n\n\nif x:\n    print(x)\nfor i in range(2):\n    i",
        "\n  2",
        "...",
        "dbutils.notebook.exit('end')",
        "1/0",
    ),
]
FAILURES = [
    cells("def f(a):\n    return a / 0", "print('before')\nf(3)", "'never'"),
    cells("x = 1\nreturn x"),
    cells("x = 1\nx ===\n", "1"),
    cells("%no_such_magic"),
    cells("import missing_module_here"),
]


@pytest.mark.parametrize("source", NOTEBOOKS)
def test_what_is_kept_of_a_run_is_the_same_as_of_an_isolated_one(zygote, kept, source):
    expected = without_times(zygote.run(source).ok())
    for _ in range(3):
        assert without_times(run_and_stay(kept, source)) == expected


@pytest.mark.parametrize("source", FAILURES)
def test_errors_are_the_same_as_of_an_isolated_run(zygote, source):
    expected = zygote.run(source)
    kernel = zygote.kernel()
    run_and_stay(kernel, "def f(a):\n    return a / 0\nx = 2")
    finished = kernel.run(source, keep=True)
    assert finished.state == expected.state == "FAILED"
    assert (finished.error, finished.error_trace) == (expected.error, expected.error_trace)
    assert without_times(finished) == without_times(expected)
    assert_leaves(kernel)


CHANGES = {
    "environ": (
        "os.environ['LEFT'] = '1'\ndel os.environ['LANG']\nos.environ['PATH'] = '/'",
        "sorted(os.environ.items())",
    ),
    "cwd": ("os.makedirs('a/b')\nos.chdir('a')", "os.getcwd()"),
    "files": ("open('left', 'w').write('x')\nos.makedirs('d/e')\nos.symlink('/etc', 'etc')", "sorted(os.listdir('.'))"),
    "temporary files": ("import tempfile\nkept = tempfile.mkdtemp()", "os.listdir(os.environ['TMPDIR'])"),
    "path": ("sys.path.insert(0, '/left')\nsys.path.remove('')", "sys.path"),
    "argv": ("sys.argv[:] = ['left']\nsys.argv = ['other']", "sys.argv"),
    "streams": (
        "import io\nsys.stdout = io.StringIO()\nsys.stdin = None",
        "[type(sys.stdout).__name__, sys.stdin is None]",
    ),
    "builtins": (
        "import builtins\nbuiltins.left = 1\nbuiltins.divmod = None",
        "[divmod is None, 'left' in dir(__builtins__)]",
    ),
    "handlers": (
        "import signal\nsignal.signal(signal.SIGUSR1, lambda *_: None)\nsignal.setitimer(signal.ITIMER_REAL, 1000)\n"
        "signal.signal(signal.SIGINT, signal.SIG_IGN)",
        "[str(__import__('signal').getsignal(n)) for n in (2, 10)] + [__import__('signal').getitimer(0)[0]]",
    ),
    "umask": ("os.umask(0)", "os.umask(0o077)"),
    "recursion": ("sys.setrecursionlimit(5000)", "sys.getrecursionlimit()"),
    "widgets": ("dbutils.widgets.text('left', 'x')", "dbutils.widgets.getAll()"),
    "dbutils": ("dbutils.widgets = dbutils.fs = None", "[str(type(dbutils.widgets)), str(type(dbutils.fs))]"),
    "last value": ("1 + 1", "'_' in globals()"),
    "hooks": ("sys.excepthook = print\nsys.settrace(lambda *_: None)", "[sys.excepthook is print, sys.gettrace()]"),
}


@pytest.mark.parametrize("name", CHANGES)
def test_what_a_run_changes_is_put_back(kept, name):
    change, look = CHANGES[name]
    looking = f"import os, sys\ndbutils.notebook.exit({look})"
    before = run_and_stay(kept, looking).result
    run_and_stay(kept, f"import os, sys\n{change}", widgets={"given": "1"}, environ={"OF_THE_RUN": "1"})
    assert run_and_stay(kept, looking).result == before


def test_a_module_beside_the_notebook_is_imported_anew(kept):
    source = "open('beside.py', 'w').write('value = {}')\nimport beside\ndbutils.notebook.exit(beside.value)"
    assert [run_and_stay(kept, source.format(number)).result for number in (1, 2)] == ["1", "2"]


def test_the_run_environment_is_the_runs_own(kept):
    look = "import os\ndbutils.notebook.exit(os.environ.get('A', '') + os.environ.get('B', ''))"
    assert run_and_stay(kept, look, environ={"A": "a"}).result == "a"
    assert run_and_stay(kept, look, environ={"B": "b"}).result == "b"


def test_every_run_has_the_whole_output_limit(kept):
    source = "for _ in range(8):\n    print('x' * (1 << 20))"
    assert [len(run_and_stay(kept, source).text) for _ in range(2)] == [8 * ((1 << 20) + 1)] * 2


def test_what_a_run_started_has_ended_before_the_kernel_is_ready_again(kept):
    sleeper = sleeper_of(kept, keep=True)
    kept.channel.send({"op": "answer", "id": 1, "ok": True, "result": None})
    kept.finished().ok()
    kept.ready()
    assert not alive(sleeper)


@pytest.mark.parametrize(
    "source",
    [
        "import threading\nthreading.Thread(target=threading.Event().wait, daemon=True).start()",
        "import asyncio\nawait asyncio.sleep(0)",
        "import resource\nresource.setrlimit(resource.RLIMIT_CPU, (1000, 1000))",
        "get_ipython().register_magic_function(lambda line: None, 'line', 'mine')",
        "get_ipython().events.register('pre_run_cell', lambda info: None)",
        "import os\nos.rmdir('tmp')",
        "import sys\nsys.keep = bytearray(600 * 1024 * 1024)\nsys.keep[::4096] = b'x' * (600 * 256)",
    ],
)
def test_a_process_that_cannot_be_put_back_ends(zygote, source):
    kernel = zygote.kernel()
    kernel.run(source, keep=True).ok()
    assert_leaves(kernel)


def test_a_kernel_that_is_not_told_to_stay_leaves(zygote):
    kernel = zygote.kernel()
    run_and_stay(kernel, "x = 1")
    kernel.run("x = 2").ok()
    assert kernel.exited() == 0


def test_a_cancelled_run_ends_its_kernel(zygote):
    kernel = zygote.kernel()
    run_and_stay(kernel, "x = 1")
    kernel.start(
        "import signal\ntry:\n    dbutils.notebook.run('sync')\n    signal.pause()\nfinally:\n    print('tidy')",
        keep=True,
    )
    ask = kernel.receive()
    kernel.channel.send({"op": "answer", "id": ask["id"], "ok": True, "result": None})
    os.killpg(kernel.pid, signal.SIGTERM)
    finished = kernel.finished()
    assert finished.error.startswith("RunCancelled: ") and finished.text == "tidy\n"
    assert_leaves(kernel)


def test_a_kept_kernel_without_a_run_ends_on_sigterm(zygote):
    kernel = zygote.kernel()
    run_and_stay(kernel, "x = 1")
    os.killpg(kernel.pid, signal.SIGTERM)
    assert os.WTERMSIG(kernel.exited()) == signal.SIGTERM
