"""What a run prints and shows is told while it runs: pieces that together are what is stored in the end."""

from __future__ import annotations

import codecs
import json
import os
import select
from typing import Any

import pytest
from stoker_kernel.capture import Capture
from stoker_kernel.live import MOST_OF_FRAME, MOST_OF_RUN, MOST_TEXT_WAITING, LiveOutputs
from stoker_kernel.outputs import JSON_MARKER, Outputs
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


_ENDLESS = "x = {}; x['x'] = x"
_RAISES = "class x:\n    def __str__(self): raise OSError('no text')"


@pytest.mark.parametrize(
    ("values", "data", "stored"),
    [
        (_ENDLESS, "{'application/json': x, 'text/plain': 'p'}", {"text/plain": "p"}),
        (_RAISES, "{'application/json': x()}", {"text/plain": JSON_MARKER}),
        ("x = 1", "{(1, 2): 'tuple'}", {"text/plain": JSON_MARKER}),
        ("x = []\nfor _ in range(90): x = [x]", "{'application/json': x}", {"text/plain": JSON_MARKER}),
        ("x = float('nan')", "{'application/json': [x]}", {"application/json": [None]}),
    ],
)
def test_a_display_that_is_no_json_hurts_nothing(zygote, values, data, stored):
    kernel = zygote.kernel()
    # More than a pipe takes, after the display was told: somebody still empties the pipe.
    more = "import subprocess\nsubprocess.run(['head', '-c', '300000', '/dev/zero'], check=True)"
    kernel.start(f"{values}\nfrom IPython.display import display as show\nshow({data}, raw=True){_WAIT}{more}")
    (told,) = pieces(kernel)
    (kernel.folder / "go").touch()
    while (frame := kernel.receive())["event"] == "outputs":
        pass
    shown = json.loads(frame["notebook"], parse_constant=pytest.fail)["cells"][0]["outputs"][0]
    assert frame["state"] == "SUCCESS"
    assert json.loads(told["content"])["data"] == shown["data"] == stored


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


def test_outputs_that_are_void_already_are_not_cleared_again():
    feed = Told()
    for _ in range(3):
        feed.live.add("clear", 0, 0, None)
    assert feed.pieces() == [("clear", 0, 0, "")]
    feed.live.add("clear", 0, 0, None)
    assert feed.pieces() == []
    feed.live.add("clear", 1, 0, None)
    assert feed.pieces() == [("clear", 0, 0, "")]


def test_a_long_text_is_told_in_frames_of_a_megabyte():
    feed = Told()
    feed.live.add("stdout", 0, 0, "é" * MOST_OF_FRAME)
    feed.live.tell()
    assert len(feed.frames) > 1
    assert all(len(json.dumps(frame, ensure_ascii=False).encode()) < 1.1 * MOST_OF_FRAME for frame in feed.frames)
    position = 0
    for _, _, start, content in feed.pieces():
        assert start == position
        position += len(content.encode())
    assert position == 2 * MOST_OF_FRAME


def test_what_is_printed_faster_than_it_is_told_ends_the_telling_and_waits_nowhere():
    feed = Told()
    feed.live.add("log", 0, 0, "first")
    assert [content for *_, content in feed.pieces()] == ["first"]
    for _ in range(100):
        feed.live.add("log", 0, 0, "x" * (MOST_TEXT_WAITING // 10))
    told = sum(len(content) for *_, content in feed.pieces())
    assert 0 < told <= MOST_TEXT_WAITING
    feed.live.add("log", 0, 0, "more")
    assert feed.pieces() == []
    assert feed.live.printed() == len("first") + 100 * (MOST_TEXT_WAITING // 10) + len("more")


def test_a_run_tells_of_no_more_than_the_worker_keeps():
    feed = Told()
    told = 0
    for _ in range(40):
        feed.live.add("log", 0, 0, "x" * 1024 * 1024)
        told += sum(len(content) for *_, content in feed.pieces())
    assert MOST_OF_RUN - 1024 * 1024 <= told <= MOST_OF_RUN
    assert feed.live.printed() == 40 * 1024 * 1024


def test_text_with_nul_is_told_as_long_as_it_is_stored():
    outputs = Outputs()
    frames: list[dict[str, Any]] = []
    outputs.live.begin(Redactor({}), frames.append)
    cell = outputs.begin_cell(0)
    outputs.stream("stdout", "a\0b")
    outputs.display({"text/plain": "a\0b"}, None)
    outputs.live.tell()
    text, display = frames[0]["outputs"]
    assert text["content"] == "".join(cell[0]["text"]) == "a\ufffdb"
    assert json.loads(display["content"])["data"] == cell[1]["data"] == {"text/plain": "a\ufffdb"}


def test_who_always_has_more_to_print_is_not_waited_for():
    read_end, write_end = os.pipe()
    heard: list[str] = []

    class Flooded(Outputs):
        def stream(self, name: str, text: str) -> None:
            heard.append(text)
            assert len(heard) < 1000
            os.write(write_end, b"more")

    capture = Capture(Flooded())
    capture._pipes[read_end] = ("stdout", codecs.getincrementaldecoder("utf-8")("replace"))
    capture._filled.register(read_end, select.POLLIN)
    os.write(write_end, b"first")
    capture.drain()
    os.close(read_end)
    os.close(write_end)
    assert heard[0] == "first"


def test_the_words_of_an_error_are_bounded():
    outputs = Outputs()
    cell = outputs.begin_cell(0)
    outputs.error("E" * 10**6, "v" * 10**7, ["first", "t" * 10**7, "last"])
    assert len(json.dumps(cell)) < 1024 * 1024
    assert cell[0]["traceback"][-1] == "last"


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
