"""What a program prints, of which the last megabytes are kept."""

from __future__ import annotations

LIMIT_BYTES = 5 * 1024 * 1024
#: Beyond the limit, so that a secret that the limit would cut in two is still found whole.
_MARGIN_BYTES = 64 * 1024


class LogTail:
    """Text as UTF-8, in the order written. Its caller sees to it that one thread at a time adds."""

    def __init__(self) -> None:
        self._bytes = bytearray()
        self._cut = False

    def add(self, text: str) -> None:
        """Adds text; the oldest goes when there is too much."""
        self._bytes += text.encode("utf-8", "replace")
        # Not each time: moving what is kept costs more than most texts.
        if len(self._bytes) > 2 * LIMIT_BYTES:
            self._shorten()

    def text(self) -> str:
        """What is kept: the limit and a little more."""
        if len(self._bytes) > LIMIT_BYTES + _MARGIN_BYTES:
            self._shorten()
        return self._bytes.decode("utf-8", "ignore")

    @property
    def cut(self) -> bool:
        """Whether anything is gone."""
        return self._cut

    def _shorten(self) -> None:
        del self._bytes[: len(self._bytes) - LIMIT_BYTES - _MARGIN_BYTES]
        self._cut = True


def last_bytes(text: str) -> tuple[str, bool]:
    """The text's last LIMIT_BYTES, cut on a character's border, and whether it was cut."""
    if len(text) * 4 <= LIMIT_BYTES:
        return text, False
    data = text.encode("utf-8", "replace")
    return data[-LIMIT_BYTES:].decode("utf-8", "ignore"), len(data) > LIMIT_BYTES
