"""Standard output and error of a kernel: Python's objects and descriptors 1 and 2 end in the running cell's outputs.

Subprocesses and C libraries write to the descriptors, which are pipes. A thread empties them so that no writer ever
waits; `drain` empties them at once, so that what a finished subprocess wrote stands before what Python prints next.
"""

from __future__ import annotations

import _thread
import codecs
import io
import os
import select
import sys
import threading
import time

from stoker_kernel.live import INTERVAL_MS
from stoker_kernel.outputs import Outputs

_CHUNK = 1 << 16
#: What the largest pipe holds, in chunks: who goes on writing is not waited for.
_MOST_CHUNKS = 16
_DECODER = codecs.getincrementaldecoder("utf-8")


class Capture:
    """The two pipes behind descriptors 1 and 2, and the thread that empties them; before the fork, neither."""

    def __init__(self, outputs: Outputs) -> None:
        self._outputs = outputs
        self._lock = threading.RLock()
        self._filled = select.poll()
        self._pipes: dict[int, tuple[str, codecs.IncrementalDecoder]] = {}
        self._stdout = CellStream("stdout", 1, outputs, self)
        self._stderr = CellStream("stderr", 2, outputs, self)

    def start(self) -> None:
        """Takes this process's descriptors 1 and 2, and empties them; once, before user code runs."""
        pipes = select.poll()
        for target, name in ((1, "stdout"), (2, "stderr")):
            read_end, write_end = os.pipe2(os.O_CLOEXEC)
            os.dup2(write_end, target, inheritable=True)
            os.close(write_end)
            self._pipes[read_end] = (name, _DECODER("replace"))
            self._filled.register(read_end, select.POLLIN)
            pipes.register(read_end, select.POLLIN)
        waker = self._outputs.live.start()
        pipes.register(waker, select.POLLIN)
        self.take_streams()
        # Nobody waits for this thread or asks for its name: threading.Thread would cost a third of a millisecond more.
        _thread.start_new_thread(self._empty, (pipes, waker))

    def join_streams(self) -> None:
        """Descriptor 2 leads to descriptor 1's pipe from here on: what subprocesses write stays in its order."""
        # Its own pipe stays open, at a number that nobody uses: an end of file would stop the thread.
        os.set_inheritable(os.dup(2), False)
        os.dup2(1, 2, inheritable=True)

    def take_streams(self) -> None:
        """Python's own streams lead to the outputs, whatever a notebook has put in their place."""
        self._stdout.owner = self._stderr.owner = os.getpid()
        sys.stdout = sys.__stdout__ = self._stdout  # type: ignore[misc]
        sys.stderr = sys.__stderr__ = self._stderr  # type: ignore[misc]

    def renew(self) -> None:
        """For the next run: what the last one's processes still had to say is dropped."""
        self.drain()
        self._outputs.renew()
        for _, decoder in self._pipes.values():
            decoder.reset()
        self.take_streams()

    def drain(self) -> None:
        """Takes what stands in the pipes now; never waits."""
        with self._lock:
            for _ in range(_MOST_CHUNKS):
                readable = [fd for fd, event in self._filled.poll(0) if event & select.POLLIN]
                if not readable:
                    return
                for read_end in readable:
                    name, decoder = self._pipes[read_end]
                    self._outputs.stream(name, decoder.decode(os.read(read_end, _CHUNK)))

    def _empty(self, pipes: select.poll, waker: int) -> None:
        """Empties the pipes, and tells of outputs when the first of them are as old as the interval."""
        live = self._outputs.live
        due: float | None = None
        while True:
            wait_ms = None if due is None else max(0.0, (due - time.monotonic()) * 1000)
            readable = {fd for fd, event in pipes.poll(wait_ms) if event & select.POLLIN}
            if readable - {waker}:
                self.drain()
            if waker in readable:
                live.woken()
                due = due or time.monotonic() + INTERVAL_MS / 1000
            elif not readable and due is None:
                return  # the pipes' other ends are closed
            if due is not None and time.monotonic() >= due:
                due = None
                try:
                    live.tell()
                except Exception:  # this thread must live: who writes to the pipes would wait for ever
                    live.end()


class CellStream(io.TextIOBase):
    """`sys.stdout` or `sys.stderr` of a notebook: what is written goes straight to the cell's outputs."""

    encoding = "utf-8"
    errors = "replace"

    def __init__(self, name: str, fd: int, outputs: Outputs, capture: Capture) -> None:
        self.name = f"<{name}>"
        self._stream_name = name
        self._fd = fd
        self._outputs = outputs
        self._capture = capture
        self.owner = os.getpid()
        self.buffer = _BytesOfCellStream(self)

    def write(self, text: str) -> int:
        """Never waits and never fails for a full disk or pipe. Returns the number of characters."""
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        if os.getpid() != self.owner:
            # A process forked by the notebook has a copy of the outputs that nobody reads; the pipe leads here.
            _write_all(self._fd, text.encode("utf-8", "replace"))
            return len(text)
        self._capture.drain()
        self._outputs.stream(self._stream_name, text)
        return len(text)

    def fileno(self) -> int:
        """The descriptor, so that `subprocess.run(..., stdout=sys.stdout)` works."""
        return self._fd

    def writable(self) -> bool:
        """Always."""
        return True

    def isatty(self) -> bool:
        """Never: libraries draw no progress bars."""
        return False

    def reconfigure(self, **_: object) -> None:
        """Does nothing: every write arrives at once, as UTF-8."""

    def close(self) -> None:
        """Does nothing: a library that closes standard output at its end must not silence the notebook."""


def _write_all(fd: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(fd, view) :]


class _BytesOfCellStream(io.RawIOBase):
    """`sys.stdout.buffer`."""

    def __init__(self, text: CellStream) -> None:
        self._text = text
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")

    def write(self, data: bytes) -> int:  # type: ignore[override]
        """Bytes as UTF-8 text; a character may come in two writes."""
        view = bytes(data)
        self._text.write(self._decoder.decode(view))
        return len(view)

    def writable(self) -> bool:
        """Always."""
        return True

    def fileno(self) -> int:
        """The text stream's descriptor."""
        return self._text.fileno()

    def close(self) -> None:
        """Does nothing, as the text stream's."""
