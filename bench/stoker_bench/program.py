"""The C++ program that makes load and floors (bench/load)."""

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from stoker_bench.measure import Figures
from stoker_bench.places import PROGRAM

Seen = dict[str, Any]


def call_program(command: str, spec: dict[str, Any]) -> Seen:
    done = subprocess.run([PROGRAM, command], input=json.dumps(spec), capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(done.stderr.strip() or f"stoker_bench {command} ended with {done.returncode}")
    return json.loads(done.stdout)


def http_load(spec: dict[str, Any]) -> Seen:
    """Every answer has to be the expected one: a figure with refusals in it is none."""
    seen = call_program("http", spec)
    if seen["unexpected"]:
        raise RuntimeError(f"{seen['unexpected']} unexpected answers, the first: {seen['first_unexpected']}")
    if not seen["answered"]:
        raise RuntimeError("no request was answered in the measured time")
    return seen


def throughput_and_latency(seen: Seen) -> Figures:
    return {"req/s": seen["per_second"]} | latency(seen)


def latency(seen: Seen) -> Figures:
    """The generator's own CPU, in percent of a core, stands beside: one that dominates is to be seen."""
    figures = {"p50 ms": seen["latency_ms"]["p50"], "p99 ms": seen["latency_ms"]["p99"]}
    return figures | ({"load's CPU %": seen["cpu_percent"]} if "cpu_percent" in seen else {})


@contextmanager
def hello_server() -> Iterator[int]:
    """The port of the HTTP floor."""
    process = subprocess.Popen([PROGRAM, "hello"], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout
        yield int(process.stdout.readline())
    finally:
        process.terminate()
        process.wait(10)
