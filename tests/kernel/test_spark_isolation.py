"""What a notebook cannot reach through the driver: by the JVM, by programs that the JVM starts, by Spark's Python workers."""

import os
import subprocess
import sys
import tempfile

import pytest

pytest.importorskip("pyspark")

from spark_driver import DriverUnderTest  # noqa: E402
from stoker_kernel import landlock  # noqa: E402

pytestmark = pytest.mark.skipif(landlock.abi() == 0, reason="this Linux has no Landlock: file permissions alone hold")


@pytest.fixture(scope="module")
def worker_folder(data_folder):
    """One worker's folder in the data folder, beside another's with a run of somebody else's in it."""
    folder = data_folder / "workers" / "mine"
    for name in ("driver", "runs/k1/tmp"):
        (folder / name).mkdir(parents=True)
    other = data_folder / "workers" / "other" / "runs" / "k1"
    other.mkdir(parents=True)
    (other / "private.txt").write_text("another run's")
    return folder


@pytest.fixture(scope="module")
def driver(worker_folder, data_folder):
    before = os.environ.get("STOKER_DBFS_ROOT")
    os.environ["STOKER_DBFS_ROOT"] = str(data_folder / "storage" / "dbfs")
    made = DriverUnderTest(worker_folder / "driver", (str(worker_folder / "runs"),), spark_conf={"spark.master": "local[1]"})
    if before is None:
        del os.environ["STOKER_DBFS_ROOT"]
    yield made
    assert made.stop() == 0


@pytest.fixture
def settled(driver, worker_folder):
    """Runs a body in a kernel whose temporary files are in its run folder, as those of all kernels are."""

    def run(name, body):
        def in_kernel(kernel):
            tempfile.tempdir = os.environ["TMPDIR"] = str(worker_folder / "runs" / "k1" / "tmp")
            return body(kernel.spark())

        return driver.run_kernel(name, in_kernel)

    return run


def ways_in(spark, path):
    """What each way to read a file or list a folder got; one that fails leaves no entry."""
    jvm = spark._jvm

    def program():
        command = jvm.java.util.ArrayList()
        for word in ("sh", "-c", f"cat {path} || ls {path}/"):
            command.add(word)
        started = jvm.java.lang.ProcessBuilder(command).start()
        return bytes(started.getInputStream().readAllBytes()).decode()

    def in_a_task(act):
        return spark.sparkContext.parallelize([0], 1).map(act).collect()[0]

    tries = {
        "java reads": lambda: bytes(jvm.java.nio.file.Files.readAllBytes(jvm.java.nio.file.Paths.get(path, empty(spark)))),
        "java lists": lambda: list(jvm.java.io.File(path).list()),
        "program": program,
        "spark reads": lambda: spark.read.text("file://" + path).take(1),
        "task reads": lambda: in_a_task(lambda _: open(path, "rb").read(64)),
        "task lists": lambda: in_a_task(lambda _: os.listdir(path)),
    }
    got = {}
    for name, act in tries.items():
        try:
            if answer := act():
                got[name] = repr(answer)[:100]
        except Exception:
            pass
    return got


def empty(spark):
    return spark.sparkContext._gateway.new_array(spark._jvm.java.lang.String, 0)


def test_the_ways_in_lead_to_what_is_the_runs_own(settled, worker_folder):
    own = worker_folder / "runs" / "k1" / "own.txt"
    own.write_text("mine")
    got = settled("own", lambda spark: [ways_in(spark, str(own)), ways_in(spark, str(own.parent))])
    assert set(got[0]) == {"java reads", "program", "spark reads", "task reads"}
    assert set(got[1]) >= {"java lists", "program", "task lists"}


@pytest.mark.parametrize(
    "path",
    [
        "{data}",
        "{data}/connection.json",
        "{data}/secrets",
        "{data}/secrets/server_dsn",
        "{data}/workers",
        "{data}/workers/other/runs/k1",
        "{data}/workers/other/runs/k1/private.txt",
        "/etc/shadow",
        "/root",
    ],
)
def test_the_driver_reads_nothing_of_others(settled, data_folder, path):
    path = path.format(data=data_folder)
    assert os.path.exists(path)
    assert settled("hostile", lambda spark: ways_in(spark, path)) == {}


def test_a_task_reaches_no_process_outside_the_driver(settled, driver):
    stranger = subprocess.Popen([sys.executable, "-c", "import time; print(1, flush=True); time.sleep(1000)"], stdout=-1)
    stranger.stdout.read(1)
    pids = [stranger.pid, driver.process.pid]

    def touch(pid):
        got = []
        for name in ("mem", "environ", "maps"):
            try:
                with open(f"/proc/{pid}/{name}", "rb"):
                    got.append(name)
            except OSError:
                pass
        if landlock_signals:
            try:
                os.kill(stranger_pid, 0)
                got.append("signal")
            except OSError:
                pass
        return got

    landlock_signals, stranger_pid = landlock.abi() >= 6, stranger.pid
    try:
        assert settled("touch", lambda spark: spark.sparkContext.parallelize(pids, 1).map(touch).collect()) == [[], []]
    finally:
        stranger.kill()
        stranger.wait()


def test_what_spark_needs_works(settled, data_folder, worker_folder):
    dbfs = data_folder / "storage" / "dbfs"

    def body(spark):
        context = spark.sparkContext
        shared = context.broadcast({"a": 10})
        spark.range(3).write.mode("overwrite").parquet(f"file://{dbfs}/table")
        spark.range(2).write.saveAsTable("kept")
        spark.range(4).write.csv(f"file://{worker_folder}/runs/k1/csv")
        return [
            context.parallelize(["a"]).map(lambda key: shared.value[key]).collect(),
            spark.read.parquet(f"file://{dbfs}/table").count(),
            spark.table("kept").count(),
            spark.read.csv(f"file://{worker_folder}/runs/k1/csv").count(),
            spark.createDataFrame([("x", 1)] * 5, ["s", "n"]).repartition(2).groupBy("s").count().collect()[0][1],
        ]

    assert settled("works", body) == [[10], 3, 2, 4, 5]
