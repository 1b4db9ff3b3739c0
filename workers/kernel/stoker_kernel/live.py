"""What a run prints and shows, told to the worker while the run goes on.

The thread that empties the pipes (capture.py) tells it, so that a run costs no thread of its own. What comes within the
interval goes in one frame; a run that ends within it tells nothing, since its `finished` frame says all.
"""

from __future__ import annotations

import itertools
import json
import os
import threading
from collections.abc import Callable
from typing import Any

from stoker_kernel.redaction import Redactor

INTERVAL_MS = 100
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
        self._pending: list[tuple[str, int, int, Any]] = []
        self._place: tuple[str, int, int] | None = None
        self._held = ""
        self._start = 0

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
        """Of how many bytes the text is that was added to last. What was not told yet, never is."""
        with self._telling:
            self._pieces(self._take())
            self._rest()
            return self._start

    def add(self, kind: str, cell: int, output: int, content: Any) -> None:
        """A piece: a text, an nbformat output, or that a cell's outputs are void (kind "clear")."""
        if self._send is None:
            return
        with self._lock:
            self._pending.append((kind, cell, output, content))
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
            pieces = self._pieces(self._take())
            if pieces:
                self._send({"event": "outputs", "outputs": pieces})

    def _take(self) -> list[tuple[str, int, int, Any]]:
        with self._lock:
            pending, self._pending = self._pending, []
        return pending

    def _pieces(self, pending: list[tuple[str, int, int, Any]]) -> list[dict[str, Any]]:
        pieces: list[dict[str, Any]] = []
        for place, group in itertools.groupby(pending, key=lambda piece: piece[:3]):
            contents = [content for *_, content in group]
            if place != self._place:
                pieces += self._rest()
                self._place, self._start = place, 0
            if place[0] in _TEXTS:
                sure, self._held = self._redactor.redact_open(self._held + "".join(contents))
                pieces += self._text(sure)
            else:
                pieces += [_piece(place, 0, self._redactor.redact(_as_json(content))) for content in contents]
        return pieces

    def _rest(self) -> list[dict[str, Any]]:
        """The end of a text that does not go on."""
        held, self._held = self._held, ""
        return self._text(self._redactor.redact(held))

    def _text(self, text: str) -> list[dict[str, Any]]:
        if not text or self._place is None:
            return []
        piece = _piece(self._place, self._start, text)
        self._start += len(text.encode("utf-8", "replace"))
        return [piece]


def _piece(place: tuple[str, int, int], start: int, content: str) -> dict[str, Any]:
    kind, cell, output = place
    return {"kind": kind, "cell": cell, "output": output, "start": start, "content": content}


def _as_json(content: Any) -> str:
    return "" if content is None else json.dumps(content, ensure_ascii=False, default=str)
