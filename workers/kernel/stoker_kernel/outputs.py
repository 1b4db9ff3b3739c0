"""What cells print and display, as nbformat outputs. Bounded: a run's outputs are stored with the run."""

from __future__ import annotations

import base64
import json
import threading
from typing import Any

from stoker_kernel.live import LiveOutputs
from stoker_kernel.log_tail import LogTail

STREAM_LIMIT_BYTES = 10 * 1024 * 1024
DISPLAY_LIMIT_BYTES = 20 * 1024 * 1024
ERROR_LIMIT_CHARACTERS = 256 * 1024
STREAM_MARKER = f"\n*** output truncated: a run keeps {STREAM_LIMIT_BYTES // (1024 * 1024)} MB of printed text ***\n"
JSON_MARKER = "*** output dropped: it cannot be written as JSON ***"
DISPLAY_MARKER = f"*** output dropped: a run keeps {DISPLAY_LIMIT_BYTES // (1024 * 1024)} MB of displayed data ***"

_NAME_LIMIT_CHARACTERS = 1000
_MOST_MARKERS = 1000
_BYTES_OF_OUTPUT = 64  # what one costs beside its content
_DEEPEST_JSON = 80  # readers take a document of 100 levels, outputs stand some levels deep in it

Output = dict[str, Any]


class Outputs:
    """Collects the outputs of a run, cell by cell. Every method may be called from any thread.

    Text that arrives between two cells (a background process) goes to the last cell that ran.
    """

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self.live = LiveOutputs()
        self.renew()

    def renew(self) -> None:
        """Forgets the last run: the whole limit is there again."""
        self._cell: list[Output] = []
        self._cell_index = 0
        self._stream_left = STREAM_LIMIT_BYTES
        self._display_left = DISPLAY_LIMIT_BYTES
        self._markers_left = _MOST_MARKERS
        self._by_display_id: dict[str, list[Output]] = {}
        self._clear_at_next = False
        self._log: LogTail | None = None

    def keep_log(self) -> LogTail:
        """From here on there are no cells: all that is printed goes to a log, and of what is displayed the text."""
        self._log = LogTail()
        return self._log

    def log(self) -> tuple[str, bool, int]:
        """The log's end, whether it is not all, and of how many bytes all is, without secrets."""
        with self._lock:
            text = self._log.text()
            return text, self._log.cut, self.live.printed()

    def begin_cell(self, index: int) -> list[Output]:
        """A new list of outputs, of the notebook's cell at that place; it grows while the cell runs."""
        with self._lock:
            self._clear_at_next = False
            self._cell, self._cell_index = [], index
            return self._cell

    def stream(self, name: str, text: str) -> None:
        """Text on "stdout" or "stderr"; what exceeds the run's limit is dropped, with one marker."""
        if not text:
            return
        text = _without_nul(text)
        with self._lock:
            if self._log is not None:
                self._log.add(text)
                self.live.add("log", 0, 0, text)
                return
            self._clear_if_due()
            if self._stream_left <= 0:
                return
            # Characters are at least a byte each, so only text near the limit is worth encoding.
            size = len(text) if text.isascii() else len(text.encode("utf-8", "replace"))
            if size > self._stream_left:
                text = text.encode("utf-8", "replace")[: self._stream_left].decode("utf-8", "ignore") + STREAM_MARKER
                size = self._stream_left
            self._stream_left -= size
            last = self._cell[-1] if self._cell else None
            if last is not None and last["output_type"] == "stream" and last["name"] == name:
                last["text"].append(text)
            else:
                self._stream_left -= _BYTES_OF_OUTPUT
                self._cell.append({"output_type": "stream", "name": name, "text": [text]})
            self._tell(name, text)

    def display(
        self, data: dict[str, Any], metadata: dict[str, Any] | None, display_id: str | None = None, update: bool = False
    ) -> None:
        """A mime bundle; with `update`, those shown before under `display_id` are replaced."""
        self._bundle({"output_type": "display_data"}, data, metadata, display_id, update)

    def execute_result(self, data: dict[str, Any], metadata: dict[str, Any] | None, count: int) -> None:
        """The value of a cell's last expression."""
        self._bundle({"output_type": "execute_result", "execution_count": count}, data, metadata, None, False)

    def error(self, name: str, value: str, traceback: list[str]) -> None:
        """The exception that ended a cell; of what is very long, the beginning, and the traceback's end."""
        trace = "\n".join(traceback)
        if len(trace) > ERROR_LIMIT_CHARACTERS:
            traceback = trace[-ERROR_LIMIT_CHARACTERS:].split("\n")
        name, value = name[:_NAME_LIMIT_CHARACTERS], value[:ERROR_LIMIT_CHARACTERS]
        size = len(value) + sum(map(len, traceback))
        with self._lock:
            self._clear_if_due()
            if size > self._display_left:
                value, traceback = DISPLAY_MARKER, []
            else:
                self._display_left -= size
            self._add({"output_type": "error", "ename": name, "evalue": value, "traceback": traceback})

    def clear(self, wait: bool) -> None:
        """Drops the cell's outputs so far: now, or when the next output arrives."""
        with self._lock:
            self._clear_at_next = wait
            if not wait:
                self._clear()

    def _bundle(
        self,
        output: Output,
        data: dict[str, Any],
        metadata: dict[str, Any] | None,
        display_id: str | None,
        update: bool,
    ) -> None:
        if self._log is not None:
            self.stream("stdout", f"{data.get('text/plain', '')}\n")
            return
        encoded, metadata = _as_stored(data, metadata)
        size = sum(len(value) if isinstance(value, str) else len(repr(value)) for value in encoded.values())
        size += len(repr(metadata)) + _BYTES_OF_OUTPUT
        with self._lock:
            self._clear_if_due()
            if size > self._display_left:
                encoded, metadata = {"text/plain": DISPLAY_MARKER}, {}
                self._markers_left -= 1
                if self._markers_left < 0:
                    return
            else:
                self._display_left -= size
            if update:
                for shown in self._by_display_id.get(display_id or "", []):
                    shown["data"], shown["metadata"] = encoded, metadata
                return
            output["data"], output["metadata"] = encoded, metadata
            self._add(output)
            if display_id:
                self._by_display_id.setdefault(display_id, []).append(output)

    def _clear_if_due(self) -> None:
        if self._clear_at_next:
            self._clear_at_next = False
            self._clear()

    def _clear(self) -> None:
        self._cell.clear()
        self.live.add("clear", self._cell_index, 0, None)

    def _add(self, output: Output) -> None:
        self._cell.append(output)
        self._tell("output", output)

    def _tell(self, kind: str, content: Any) -> None:
        """Of the cell's last output."""
        self.live.add(kind, self._cell_index, len(self._cell) - 1, content)


def _as_stored(data: dict[str, Any], metadata: dict[str, Any] | None) -> tuple[dict[str, Any], dict[str, Any]]:
    """A mime bundle as it can be stored, told and read: JSON, and of the run's own values a copy."""
    try:
        plain = {_text(mime): _plain(_encoded(value)) for mime, value in data.items()}
        return plain, _plain(metadata) if metadata else {}
    except Exception:  # whatever code of the values raises
        text = data.get("text/plain")
        return {"text/plain": text if isinstance(text, str) else JSON_MARKER}, {}


def _text(mime: Any) -> str:
    if not isinstance(mime, str):
        raise TypeError("a mime type is text")
    return mime


def _plain(value: Any) -> Any:
    """What JSON holds of the value: NaN and infinities, which it has not, are null."""
    if isinstance(value, str):
        return value
    plain = json.loads(json.dumps(value, default=str), parse_constant=lambda _: None)
    if _is_deeper_than(plain, _DEEPEST_JSON):
        raise ValueError("nested too deeply")
    return plain


def _is_deeper_than(value: Any, levels: int) -> bool:
    if not isinstance(value, (dict, list)):
        return False
    inner = value.values() if isinstance(value, dict) else value
    return levels == 0 or any(_is_deeper_than(each, levels - 1) for each in inner)


def _encoded(value: Any) -> Any:
    """Mime data as nbformat holds it: bytes (images) in base64."""
    if isinstance(value, (bytes, bytearray)):
        return base64.b64encode(value).decode("ascii")
    return _without_nul(value) if isinstance(value, str) else value


def _without_nul(text: str) -> str:
    """No database text holds NUL. Replaced here, so that what is told and what is stored are equally long."""
    return text.replace("\0", "\ufffd") if "\0" in text else text


def finished(outputs: list[Output]) -> list[Output]:
    """A cell's outputs with each stream's pieces joined, ready to be stored."""
    return [
        {**output, "text": "".join(output["text"])} if output["output_type"] == "stream" else dict(output)
        for output in outputs
    ]
