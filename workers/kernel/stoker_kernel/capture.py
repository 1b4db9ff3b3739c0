"""Standard output and error of a kernel: Python's objects and descriptors 1 and 2 end in the running cell's outputs.

Subprocesses and C libraries write to the descriptors, which are pipes. A thread empties them so that no writer ever
waits; `drain` empties them at once, so that what a finished subprocess wrote stands before what Python prints next.
"""

from __future__ import annotations

import codecs
import io
import os
import select
import sys
import threading

from stoker_kernel.outputs import Outputs

_CHUNK = 1 << 16


class Capture:
    """The two pipes behind descriptors 1 and 2, and the thread that empties them."""

    def __init__(self, outputs: Outputs) -> None:
        """Replaces descriptors 1 and 2 of this process."""
        self._outputs = outputs
        self._lock = threading.RLock()
        self._poll = select.poll()
        self._names: dict[int, str] = {}
        self._decoders: dict[int, codecs.IncrementalDecoder] = {}
        for target, name in ((1, "stdout"), (2, "stderr")):
            read_end, write_end = os.pipe2(os.O_CLOEXEC)
            os.set_blocking(read_end, False)
            os.dup2(write_end, target, inheritable=True)
            os.close(write_end)
            self._names[read_end] = name
            self._decoders[read_end] = codecs.getincrementaldecoder("utf-8")("replace")
            self._poll.register(read_end, select.POLLIN)

    def start(self) -> None:
        """Python's own streams and the emptying thread; once, before user code runs."""
        sys.stdout = sys.__stdout__ = CellStream("stdout", 1, self._outputs, self)  # type: ignore[misc]
        sys.stderr = sys.__stderr__ = CellStream("stderr", 2, self._outputs, self)  # type: ignore[misc]
        threading.Thread(target=self._empty, name="stoker-capture", daemon=True).start()

    def drain(self) -> None:
        """Takes what stands in the pipes now; never waits."""
        with self._lock:
            for read_end, name in self._names.items():
                while True:
                    try:
                        data = os.read(read_end, _CHUNK)
                    except BlockingIOError:
                        break
                    if not data:
                        break
                    self._outputs.stream(name, self._decoders[read_end].decode(data))

    def _empty(self) -> None:
        while self._poll.poll():
            self.drain()


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
        self._pid = os.getpid()
        self.buffer = _BytesOfCellStream(self)

    def write(self, text: str) -> int:
        """Never waits and never fails for a full disk or pipe. Returns the number of characters."""
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        if os.getpid() != self._pid:
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
