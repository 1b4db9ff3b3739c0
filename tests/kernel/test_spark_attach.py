"""Kernels on one driver: their sessions, their jobs, their ends."""

import os
import socket
import threading
import time

import pytest

pytest.importorskip("pyspark")

from spark_driver import DriverUnderTest, wait_for_end  # noqa: E402

PACKAGES = "org.example:made-up_2.12:1.0"


@pytest.fixture(scope="module")
def driver(tmp_path_factory):
    made = DriverUnderTest(
        tmp_path_factory.mktemp("driver"),
        spark_conf={"spark.jars.packages": PACKAGES, "spark.master": "local[2]"},
        cluster_id="0101-000000-abcd",
        cluster_name="Night shift",
    )
    yield made
    made.stop()


def wait_in_tasks(kernel, started):
    """Two tasks that each open the pipe ``started`` and then wait for a minute, in Python."""

    def task(_):
        with open(started, "w"):
            threading.Event().wait(60)

    kernel.spark().sparkContext.parallelize(range(2), 2).foreach(task)


def count_by_python(kernel):
    return kernel.spark().sparkContext.parallelize(range(4), 2).map(lambda x: x).count()


def test_configuration_answers_the_definition(driver):
    def body(kernel):
        spark = kernel.spark()
        return [
            spark.sparkContext.getConf().get("spark.jars.packages"),
            spark.conf.get("spark.databricks.clusterUsageTags.clusterId"),
            spark.conf.get("spark.databricks.clusterUsageTags.clusterName"),
            spark.sparkContext.master,
        ]

    assert driver.run_kernel("conf", body) == [PACKAGES, "0101-000000-abcd", "Night shift", "local[2]"]


def test_python_reaches_in_and_out_of_the_jvm(driver):
    def body(kernel):
        import pandas
        from pyspark.sql.functions import pandas_udf, udf

        spark = kernel.spark()
        frame = spark.createDataFrame([("a", 1), ("b", 2)], ["name", "n"])
        total = spark.sparkContext.accumulator(0)
        frame.rdd.foreach(lambda row: total.add(row.n))
        plus = pandas_udf("long")(lambda column: column + 1)
        shared = spark.sparkContext.broadcast({"a": 10})
        spark.conf.set("spark.sql.execution.arrow.pyspark.enabled", "true")
        return {
            "accumulator": total.value,
            "rdd": frame.rdd.map(lambda row: row.n * 2).collect(),
            "broadcast": spark.sparkContext.parallelize(["a"]).map(lambda key: shared.value[key]).collect(),
            "udf": [row[0] for row in frame.select(udf(lambda n: n * 3, "long")("n")).collect()],
            "pandas_udf": [row[0] for row in frame.select(plus("n")).collect()],
            "to_pandas": frame.toPandas().n.sum().item(),
            "from_pandas": spark.createDataFrame(pandas.DataFrame({"s": ["x", "y"]})).count(),
        }

    assert driver.run_kernel("python", body) == {
        "accumulator": 3,
        "rdd": [2, 4],
        "broadcast": [10],
        "udf": [3, 6],
        "pandas_udf": [2, 3],
        "to_pandas": 3,
        "from_pandas": 2,
    }


def test_sessions_are_apart_and_the_default_is_nobodys(driver):
    def first(kernel):
        spark = kernel.spark()
        spark.range(3).createOrReplaceTempView("mine")
        spark.conf.set("spark.sql.shuffle.partitions", "9")
        return spark._jvm.SparkSession.getDefaultSession().get().sessionUUID()

    def second(kernel):
        spark = kernel.spark()
        default = spark._jvm.SparkSession.getDefaultSession().get().sessionUUID()
        assert default != spark._jsparkSession.sessionUUID()
        return [default, len(spark.catalog.listTables()), spark.conf.get("spark.sql.shuffle.partitions") == "9"]

    assert driver.run_kernel("first", first) == driver.run_kernel("second", second)[0]
    assert driver.run_kernel("third", second)[1:] == [0, False]


def test_builder_leads_to_the_same_session_before_spark_was_touched(driver):
    def body(kernel):
        from pyspark.sql import SparkSession

        from stoker_kernel import spark

        spark.install(kernel)
        assert not spark.used()
        session = SparkSession.builder.appName("other").config("spark.sql.ansi.enabled", "true").getOrCreate()
        assert spark.used() and session is kernel.spark()
        return [session.range(3).count(), session.conf.get("spark.sql.ansi.enabled"), session.sparkContext.appName]

    assert driver.run_kernel("builder", body) == [3, "true", "stoker"]


def test_every_thread_and_a_child_process_carry_the_tag(driver):
    def body(kernel):
        spark = kernel.spark()
        tags = []

        def note():
            tags.append(spark.sparkContext.getLocalProperty("spark.job.tags"))

        thread = threading.Thread(target=note)
        thread.start()
        thread.join()
        spark.sparkContext.clearJobTags()
        note()
        pid = os.fork()
        if pid == 0:
            note()
            os._exit(0 if spark.range(2).count() == 2 and len(set(tags)) == 1 else 1)
        assert os.waitpid(pid, 0)[1] == 0
        assert spark.range(4).count() == 4
        return tags

    assert driver.run_kernel("tags", body) == ["stoker-tags"] * 2


def test_stop_leaves_the_neighbour_running(driver):
    def stops(kernel):
        from pyspark.sql import SparkSession

        spark = kernel.spark()
        spark.range(2).count()
        spark.sparkContext.cancelAllJobs()
        spark.stop()
        return SparkSession.builder.getOrCreate().range(5).count()

    def works(kernel):
        context = kernel.spark().sparkContext
        context.parallelize(range(2), 2).count()
        kernel.tell("started")
        return context.parallelize(range(2), 1).map(lambda x: (threading.Event().wait(1), x)[1]).collect()

    neighbour = driver.start_kernel("works", works)
    neighbour.wait_for("started")
    assert driver.run_kernel("stops", stops) == 5
    assert neighbour.finish() == [0, 1]
    assert driver.run_kernel("after", lambda kernel: kernel.spark().range(3).count()) == 3


def test_a_killed_kernels_long_stage_frees_the_cores_at_once(driver, tmp_path):
    assert driver.run_kernel("warm", count_by_python) == 4
    pipe = tmp_path / "started"
    os.mkfifo(pipe)
    slow = driver.start_kernel("slow", lambda kernel: wait_in_tasks(kernel, str(pipe)))
    with open(pipe):  # opens when a task has
        started = time.monotonic()
        slow.kill()
        assert driver.run_kernel("next", count_by_python) == 4
        assert time.monotonic() - started < 30, "its tasks wait for a minute"


def test_a_killed_kernels_endless_stage_inside_the_jvm_frees_the_cores(driver):
    def body(kernel):
        spark = kernel.spark()
        tracker = spark.sparkContext.statusTracker()
        thread = threading.Thread(target=lambda: spark.range(10**15).selectExpr("max(id % 7)").collect(), daemon=True)
        thread.start()
        while not any((info := tracker.getStageInfo(stage)) and info.numActiveTasks for stage in tracker.getActiveStageIds()):
            thread.join(0.01)
            assert thread.is_alive()
        kernel.tell("busy")
        thread.join()

    assert driver.run_kernel("warm", count_by_python) == 4
    slow = driver.start_kernel("busy", body)
    slow.wait_for("busy")
    slow.kill()
    assert driver.run_kernel("next", count_by_python) == 4


def answer_to(port, sent):
    """What a gateway says to a stranger's bytes until it closes the connection."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(sent)
        try:
            return connection.makefile().read()
        except ConnectionResetError:
            return ""


def test_a_strangers_token_opens_nothing(driver):
    answer = driver.call("attach", kernel_id="door", tag="door")
    assert "!y" not in answer_to(answer["port"], b"A\nguess\n")
    assert "3.5" not in answer_to(answer["port"], b"c\nt\nversion\ne\n")
    driver.call("detach", kernel_id="door")
    with pytest.raises(OSError):
        socket.create_connection(("127.0.0.1", answer["port"])).close()


def test_the_jvm_ends_with_its_driver(tmp_path):
    made = DriverUnderTest(tmp_path, spark_conf={"spark.master": "local[1]"})
    java = made.ready["java_pid"]
    made.process.kill()
    made.process.wait()
    wait_for_end(java, seconds=30)


def test_a_driver_says_that_its_jvm_died(tmp_path):
    made = DriverUnderTest(tmp_path, spark_conf={"spark.master": "local[1]"})
    os.kill(made.ready["java_pid"], 9)
    event, _ = made.channel.receive()
    assert event["event"] == "failed" and "JVM ended" in event["message"]
    assert made.process.wait(timeout=60) == 1


@pytest.mark.parametrize(("operation", "kernel_id"), [("attach", "next"), ("detach", "stops")])
def test_a_driver_whose_spark_was_stopped_makes_room_for_another(tmp_path, operation, kernel_id):
    made = DriverUnderTest(tmp_path, spark_conf={"spark.master": "local[1]"})

    def body(kernel) -> None:
        kernel.spark().sparkContext._jsc.stop()
        kernel.tell("stopped")

    kernel = made.start_kernel("stops", body)
    kernel.wait_for("stopped")
    event = made.call(operation, kernel_id=kernel_id, tag="stoker-" + kernel_id)
    assert event["event"] == "failed" and "Spark has stopped" in event["message"]
    assert made.process.wait(timeout=60) == 1
    os.waitpid(kernel.pid, 0)


def test_a_definition_that_spark_refuses_is_reported(tmp_path):
    with pytest.raises(AssertionError, match="Spark did not start"):
        DriverUnderTest(tmp_path, spark_conf={"spark.master": "nonsense://x"})


def test_python_tasks_import_the_modules_of_the_runs_checkout(driver, tmp_path):
    """In processes of the run's own, which end with it: another run may be of another commit."""

    def body(kernel, number):
        from stoker_kernel import checkout

        folder = tmp_path / f"commit{number}"
        (folder / "jobs").mkdir(parents=True)
        (folder / "jobs" / "shared_name.py").write_text(f"value = {number}")
        checkout.Checkout("/Repos/r", str(folder)).enter("/Repos/r/jobs/main", f"/x/runs/{kernel.kernel_id}")
        context = kernel.spark().sparkContext

        def task(_):
            import shared_name

            return shared_name.value, os.getppid()

        return context.parallelize(range(2), 2).map(task).collect()

    first = driver.run_kernel("commit-1", lambda kernel: body(kernel, 1))
    second = driver.run_kernel("commit-2", lambda kernel: body(kernel, 2))
    assert [value for value, _ in first + second] == [1, 1, 2, 2]
    for daemon in {daemon for _, daemon in first + second}:
        wait_for_end(daemon, 30)

    def without(kernel):
        def finds_it(_):
            import importlib.util

            return importlib.util.find_spec("shared_name") is not None

        return kernel.spark().sparkContext.parallelize([1]).map(finds_it).collect()

    assert driver.run_kernel("without", without) == [False]
