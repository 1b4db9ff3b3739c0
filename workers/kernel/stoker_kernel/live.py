"""What a run prints and shows, told to the worker while the run goes on.

The thread that empties the pipes (capture.py) tells it, so that a run costs no thread of its own. What comes within the
interval goes together; a run that ends within it tells nothing, since its `finished` frame says all.

The run feels none of it: what waits is bounded, and a run that prints more than is told is told of no more. Its stored
outputs say the rest.
"""

from __future__ import annotations

import itertools
import json
import os
import threading
from collections.abc import Callable, Iterator
from typing import Any

from stoker_kernel.redaction import Redactor

INTERVAL_MS = 100
MOST_OF_RUN = 32 * 1024 * 1024
MOST_TEXT_WAITING = 4 * 1024 * 1024
MOST_OF_FRAME = 1024 * 1024
_MOST_OF_PIECE = 64 * 1024  # characters
_BYTES_OF_NOTHING = 16  # what a text costs beside its characters
_TEXTS = ("stdout", "stderr", "log")


class LiveOutputs:
    """Pieces of outputs: each names its cell, its place among the cell's outputs and, of a text, at which of the text's
    bytes it goes on. They are those of the outputs that are stored in the end: secrets are replaced.

    `add` may be called by any thread; the others by one at a time.
    """

    def __init__(self) -> None:
        """For no run yet."""
        self._lock = threading.Lock()
        self._telling = threading.Lock()
        self._send: Callable[[dict[str, Any]], None] | None = None
        self._redactor = Redactor({})
        self._waker: int | None = None
        self._forget()

    def _forget(self) -> None:
        self._pending: list[tuple[str, int, int, list[str]]] = []
        self._text_waiting = 0
        self._left = MOST_OF_RUN
        self._cleared: int | None = None
        self._place: tuple[str, int, int] | None = None
        self._held = ""
        self._start = 0
        self._logged = 0
        self._logged_open = ""

    def start(self) -> int:
        """Once in the kernel's process: a descriptor that becomes readable when there is something to tell."""
        self._waker = os.eventfd(0, os.EFD_CLOEXEC | os.EFD_NONBLOCK)
        return self._waker

    def begin(self, redactor: Redactor, send: Callable[[dict[str, Any]], None]) -> None:
        """For a run, of which `send` tells the worker."""
        self._forget()
        self._redactor, self._send = redactor, send

    def end(self) -> None:
        """Nothing is told from here on."""
        with self._telling:
            self._send = None

    def printed(self) -> int:
        """Of how many bytes the log is, told or not."""
        with self._lock:
            return self._logged + _size(self._redactor.redact(self._logged_open))

    def add(self, kind: str, cell: int, output: int, content: Any) -> None:
        """A piece: a text, an nbformat output, or that a cell's outputs are void (kind "clear")."""
        if self._send is None:
            return
        if kind not in _TEXTS:
            content = _as_json(content)  # its values may have code that prints
        with self._lock:
            if kind == "log":
                sure, self._logged_open = self._redactor.redact_open(self._logged_open + content)
                self._logged += _size(sure)
            if self._left <= 0 or (kind == "clear" and self._cleared == cell):
                return
            self._cleared = cell if kind == "clear" else None
            self._left -= len(content) + _BYTES_OF_NOTHING
            if kind in _TEXTS:
                self._text_waiting += len(content) + _BYTES_OF_NOTHING
            if self._text_waiting > MOST_TEXT_WAITING:
                self._left = 0
            if self._left <= 0:
                return  # from here on nothing is told: pieces are told without a gap, up to an end
            self._append(kind, cell, output, content)

    def _append(self, kind: str, cell: int, output: int, content: str) -> None:
        if self._pending and kind in _TEXTS and self._pending[-1][:3] == (kind, cell, output):
            self._pending[-1][3].append(content)
            return
        self._pending.append((kind, cell, output, [content]))
        if len(self._pending) == 1 and self._waker is not None:
            os.eventfd_write(self._waker, 1)

    def woken(self) -> None:
        """The descriptor is readable: it is so no more."""
        os.eventfd_read(self._waker)

    def tell(self) -> None:
        """Tells what has come."""
        with self._telling:
            if self._send is None:
                return
            for pieces in _frames(self._pieces(self._take())):
                self._send({"event": "outputs", "outputs": pieces})

    def _take(self) -> list[tuple[str, int, int, list[str]]]:
        with self._lock:
            pending, self._pending = self._pending, []
            self._text_waiting = 0
        return pending

    def _pieces(self, pending: list[tuple[str, int, int, list[str]]]) -> list[dict[str, Any]]:
        pieces: list[dict[str, Any]] = []
        for place, group in itertools.groupby(pending, key=lambda piece: piece[:3]):
            contents = [content for *_, each in group for content in each]
            if place != self._place:
                pieces += self._rest()
                self._place, self._start = place, 0
            if place[0] in _TEXTS:
                sure, self._held = self._redactor.redact_open(self._held + "".join(contents))
                pieces += self._text(sure)
            else:
                pieces += [_piece(place, 0, self._redactor.redact(content)) for content in contents]
        return pieces

    def _rest(self) -> list[dict[str, Any]]:
        """The end of a text that does not go on."""
        held, self._held = self._held, ""
        return self._text(self._redactor.redact(held))

    def _text(self, text: str) -> list[dict[str, Any]]:
        if self._place is None:
            return []
        pieces = []
        for begin in range(0, len(text), _MOST_OF_PIECE):
            part = text[begin : begin + _MOST_OF_PIECE]
            pieces.append(_piece(self._place, self._start, part))
            self._start += _size(part)
        return pieces


def _piece(place: tuple[str, int, int], start: int, content: str) -> dict[str, Any]:
    kind, cell, output = place
    return {"kind": kind, "cell": cell, "output": output, "start": start, "content": content}


def _frames(pieces: list[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    """The pieces in groups that are no larger than a frame should be, or alone."""
    group: list[dict[str, Any]] = []
    size = 0
    for piece in pieces:
        size += _size(piece["content"]) + 128
        if group and size > MOST_OF_FRAME:
            yield group
            group, size = [], _size(piece["content"]) + 128
        group.append(piece)
    if group:
        yield group


def _size(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode("utf-8", "replace"))


def _as_json(content: Any) -> str:
    return "" if content is None else json.dumps(content, ensure_ascii=False, default=str)
