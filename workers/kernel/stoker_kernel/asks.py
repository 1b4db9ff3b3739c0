"""Questions from a kernel to its worker, answered over the kernel's socket, from any thread of the notebook."""

from __future__ import annotations

import threading
from typing import Any

from stoker_kernel.frames import FrameSocket


class AskRefused(Exception):
    """The worker answered `ok: false`; the message is its reason."""


class Asks:
    """Sends `ask` frames and hands each `answer` to the thread that waits for it.

    No thread of its own: of those that wait, one reads the socket for all.
    """

    def __init__(self, channel: FrameSocket) -> None:
        self._channel = channel
        self._changed = threading.Condition()
        self._reading = False
        self._last_id = 0
        self._answers: dict[int, dict[str, Any]] = {}

    def ask(self, what: str, **fields: Any) -> dict[str, Any]:
        """The fields of the worker's answer; raises AskRefused on a no, frames.Disconnected when it is gone."""
        with self._changed:
            self._last_id += 1
            number = self._last_id
        self._channel.send({"event": "ask", "id": number, "what": what, **fields})
        while True:
            with self._changed:
                while number not in self._answers and self._reading:
                    self._changed.wait()
                if number in self._answers:
                    return _checked(self._answers.pop(number))
                self._reading = True
            try:
                frame, _ = self._channel.receive()
                if frame.get("op") == "answer":
                    self._answers[frame["id"]] = frame
            finally:
                with self._changed:
                    self._reading = False
                    self._changed.notify_all()


def _checked(answer: dict[str, Any]) -> dict[str, Any]:
    if not answer.get("ok"):
        raise AskRefused(str(answer.get("error") or "the worker refused without a reason"))
    return answer
