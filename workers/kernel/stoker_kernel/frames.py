"""The wire between worker, zygotes and kernels: a 4-byte big-endian length, then that many bytes of JSON.

A frame may carry file descriptors (SCM_RIGHTS) as ancillary data on its first byte. A reader never reads past the
end of the frame it is in, so every descriptor it receives belongs to that frame.
"""

from __future__ import annotations

import array
import json
import os
import socket
import struct
import threading
from typing import Any

MAX_FRAME_BYTES = 256 * 1024 * 1024
_JSON = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
_MAX_FDS = 4
_ANCILLARY_BYTES = socket.CMSG_LEN(_MAX_FDS * array.array("i").itemsize)


class FrameError(Exception):
    """The peer broke the protocol: a length over the limit, bytes that are no JSON object, a frame cut short."""


class Disconnected(Exception):
    """The peer closed its end between two frames, or died."""


def encode(frame: dict[str, Any]) -> bytes:
    """The frame's bytes. Lone surrogates, which UTF-8 cannot hold, become '?'."""
    body = _JSON.encode(frame).encode("utf-8", "replace")
    return struct.pack(">I", len(body)) + body


class FrameSocket:
    """One end of a stream socket that speaks frames.

    `send` may be called from any thread. `receive` and `poll` belong to one reader at a time; a read that a signal
    handler's exception interrupts keeps what has arrived, so the next call goes on where it stopped.
    """

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self._send_lock = threading.Lock()
        self._buffer = bytearray()
        self._wanted = 4
        self._in_body = False
        self._fds: list[int] = []

    def fileno(self) -> int:
        """The descriptor, for poll."""
        return self._sock.fileno()

    def detach(self) -> int:
        """Gives the descriptor up without closing it."""
        return self._sock.detach()

    def close(self) -> None:
        """Closes the socket and every descriptor received with a frame that never completed."""
        for fd in self._fds:
            os.close(fd)
        self._fds = []
        self._sock.close()

    def send(self, frame: dict[str, Any]) -> None:
        """Writes one whole frame; waits while the peer's buffer is full. Raises OSError when the peer is gone."""
        data = encode(frame)
        with self._send_lock:
            self._sock.sendall(data)

    def receive(self) -> tuple[dict[str, Any], list[int]]:
        """Waits for one whole frame; raises Disconnected at the end of the stream, FrameError on a broken one."""
        while True:
            frame = self._step(0)
            if frame is not None:
                return frame

    def poll(self) -> tuple[dict[str, Any], list[int]] | None:
        """One whole frame if it has arrived, else None; never waits."""
        while True:
            try:
                frame = self._step(socket.MSG_DONTWAIT)
            except BlockingIOError:
                return None
            if frame is not None:
                return frame

    def _step(self, flags: int) -> tuple[dict[str, Any], list[int]] | None:
        """Reads once; the frame when that read completed one."""
        try:
            data, ancillary, _, _ = self._sock.recvmsg(
                min(self._wanted - len(self._buffer), 1 << 20), _ANCILLARY_BYTES, flags | socket.MSG_CMSG_CLOEXEC
            )
        except ConnectionResetError:
            raise Disconnected("the peer went away without reading all it was sent") from None
        for level, kind, payload in ancillary:
            if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
                fds = array.array("i")
                fds.frombytes(payload[: len(payload) - len(payload) % fds.itemsize])
                self._fds.extend(fds)
        if not data:
            if self._buffer or self._in_body:
                raise FrameError("the stream ended inside a frame")
            raise Disconnected("the peer closed the connection")
        self._buffer += data
        if len(self._buffer) < self._wanted:
            return None
        if not self._in_body:
            (length,) = struct.unpack(">I", self._buffer)
            if length == 0 or length > MAX_FRAME_BYTES:
                raise FrameError(f"a frame of {length} bytes; the limit is {MAX_FRAME_BYTES}")
            self._buffer.clear()
            self._wanted = length
            self._in_body = True
            return None
        body, fds = bytes(self._buffer), self._fds
        self._buffer.clear()
        self._wanted, self._in_body, self._fds = 4, False, []
        try:
            frame = json.loads(body)
        except ValueError as error:
            _close_all(fds)
            raise FrameError(f"a frame that is not JSON: {error}") from None
        if not isinstance(frame, dict):
            _close_all(fds)
            raise FrameError("a frame that is not a JSON object")
        return frame, fds


def _close_all(fds: list[int]) -> None:
    for fd in fds:
        os.close(fd)
