"""Nothing of a short Spark run outlives it. ``STOKER_SPARK_CYCLES`` says how many runs (200 by default)."""

import os
import threading
import time

import pytest

pytest.importorskip("pyspark")

from spark_driver import DriverUnderTest  # noqa: E402

CYCLES = int(os.environ.get("STOKER_SPARK_CYCLES", "200"))
WARM_UP = 100


def short_run(kernel):
    spark = kernel.spark()
    spark.range(1).createOrReplaceTempView("left_behind")
    return spark.range(7).collect()[-1][0]


@pytest.fixture
def driver(tmp_path):
    made = DriverUnderTest(tmp_path, spark_conf={"spark.master": "local[2]"})
    yield made
    made.stop()


def test_short_runs_leave_heap_sessions_and_bindings_flat(driver):
    def cycles(first, count):
        for number in range(first, first + count):
            assert driver.run_kernel(f"k{number}", short_run) == 6

    cycles(0, WARM_UP)
    before = driver.call("stats")
    started = time.monotonic()
    cycles(WARM_UP, CYCLES)
    seconds = time.monotonic() - started
    after = driver.call("stats")
    print(f"{CYCLES} runs, {seconds / CYCLES * 1000:.1f} ms each; before {before}; after {after}")
    assert after["kernels"] == 0 and after["bindings"] == 0
    # A thread of Spark's pools remembers the session it was made under until it ends. The slower the machine, the more of
    # them end idle and are made anew: at most one session a thread, where a leak is one a run.
    remembered = min(after["threads"], CYCLES // 10)
    assert after["sessions"] <= before["sessions"] + remembered
    assert after["gateways"] <= before["gateways"] + remembered
    # Pools of Spark and of its UI fill up to some 255 threads, the slower the machine the later.
    assert after["threads"] <= max(before["threads"] + 20, 300)
    assert after["heap_bytes"] <= before["heap_bytes"] + 16 * 1024 * 1024


def test_kernels_killed_with_objects_in_hand_leave_nothing(driver):
    def body(kernel):
        spark = kernel.spark()
        held = [spark.range(n) for n in range(50)]
        kernel.tell("holding")
        threading.Event().wait(60)
        return len(held)

    for number in range(10):
        kernel = driver.start_kernel(f"killed{number}", body)
        kernel.wait_for("holding")
        assert driver.call("stats")["bindings"] >= 50
        kernel.kill()
    after = driver.call("stats")
    assert after["kernels"] == 0 and after["bindings"] == 0
