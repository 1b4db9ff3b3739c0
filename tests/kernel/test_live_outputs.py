"""What a run prints and shows is told while it runs: pieces that together are what is stored in the end."""

from __future__ import annotations

import json
from typing import Any

import pytest
from stoker_kernel.live import LiveOutputs
from stoker_kernel.redaction import Redactor

_WAIT = "\nimport os\nwhile not os.path.exists('go'): pass\n"


def pieces(kernel: Any) -> list[dict[str, Any]]:
    """Those of the next frame that tells any."""
    frame = kernel.receive()
    assert frame["event"] == "outputs"
    return frame["outputs"]


def test_text_is_told_while_the_cell_runs(zygote):
    kernel = zygote.kernel()
    kernel.start(f"# Databricks notebook source\npass\n# COMMAND ----------\nprint('one'){_WAIT}print('two')")
    assert pieces(kernel) == [{"kind": "stdout", "cell": 1, "output": 0, "start": 0, "content": "one\n"}]
    (kernel.folder / "go").touch()
    finished = kernel.finished()
    document = json.loads(finished.frame["notebook"])
    assert "".join(document["cells"][1]["outputs"][0]["text"]) == "one\ntwo\n"


def test_displays_are_told_as_they_are_stored(zygote):
    kernel = zygote.kernel()
    kernel.start(f"print('x', end='')\nfrom IPython.display import HTML\ndisplay(HTML('<b>b</b>'))\nimport sys\nprint('y', file=sys.stderr){_WAIT}")
    told = pieces(kernel)
    (kernel.folder / "go").touch()
    stored = json.loads(kernel.finished().frame["notebook"])["cells"][0]["outputs"]
    assert [(piece["kind"], piece["output"]) for piece in told] == [("stdout", 0), ("output", 1), ("stderr", 2)]
    assert json.loads(told[1]["content"]) == stored[1]


def test_a_short_run_tells_nothing_before_it_has_finished(zygote):
    kernel = zygote.kernel()
    kernel.start("print('one')")
    assert kernel.receive()["event"] == "finished"


class Told:
    """A feed that is told by hand."""

    def __init__(self, **environ: str) -> None:
        self.live = LiveOutputs()
        self.frames: list[dict[str, Any]] = []
        self.live.begin(Redactor(environ), self.frames.append)

    def pieces(self) -> list[tuple[Any, ...]]:
        self.live.tell()
        frames = list(self.frames)
        self.frames.clear()
        return [
            (piece["kind"], piece["output"], piece["start"], piece["content"])
            for frame in frames
            for piece in frame["outputs"]
        ]


@pytest.mark.parametrize("cut", range(1, len("dapi12345")))
def test_no_piece_holds_a_secret_that_is_printed_in_two(cut):
    feed = Told(DATABRICKS_TOKEN="dapi12345")
    feed.live.add("stdout", 0, 0, "a " + "dapi12345"[:cut])
    first = feed.pieces()
    feed.live.add("stdout", 0, 0, "dapi12345"[cut:] + " z")
    second = feed.pieces()
    assert first == [("stdout", 0, 0, "a ")]
    assert second == [("stdout", 0, 2, "[REDACTED] z")]


def test_a_text_that_only_began_as_a_secret_is_told_when_another_output_comes():
    feed = Told(DATABRICKS_TOKEN="dapi12345")
    feed.live.add("stdout", 0, 0, "dap")
    assert feed.pieces() == []
    feed.live.add("stderr", 0, 1, "é")
    assert feed.pieces() == [("stdout", 0, 0, "dap"), ("stderr", 1, 0, "é")]
    feed.live.add("stderr", 0, 1, "f")
    assert feed.pieces() == [("stderr", 1, 2, "f")]


def test_secrets_in_displays_are_replaced():
    feed = Told(DATABRICKS_TOKEN="dapi12345")
    feed.live.add("output", 0, 0, {"data": {"text/plain": "dapi12345"}})
    assert json.loads(feed.pieces()[0][3]) == {"data": {"text/plain": "[REDACTED]"}}


def test_cleared_outputs_are_void():
    feed = Told()
    feed.live.add("stdout", 0, 0, "a")
    feed.live.add("clear", 0, 0, None)
    feed.live.add("stdout", 0, 0, "b")
    assert feed.pieces() == [("stdout", 0, 0, "a"), ("clear", 0, 0, ""), ("stdout", 0, 0, "b")]


def test_after_its_end_a_run_tells_nothing():
    feed = Told()
    feed.live.add("stdout", 0, 0, "a")
    feed.live.end()
    assert feed.pieces() == []


def test_the_bytes_of_a_log_are_counted():
    feed = Told(DATABRICKS_TOKEN="dapi12345")
    feed.live.add("log", 0, 0, "é dapi12345")
    feed.live.add("log", 0, 0, " dapi")
    assert feed.live.printed() == len("é [REDACTED] dapi".encode())
