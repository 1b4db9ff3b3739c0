"""The run's own tokens never leave the kernel in outputs, results or errors."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

REPLACEMENT = "[REDACTED]"
_SECRET_VARIABLES = ("DATABRICKS_TOKEN", "MLFLOW_TRACKING_TOKEN")


class Redactor:
    """Replaces the secrets of one run in texts."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        """Takes the secrets from the run's environment; an empty variable is none."""
        values = {environ[name] for name in _SECRET_VARIABLES if environ.get(name)}
        escaped = {json.dumps(value, ensure_ascii=False)[1:-1] for value in values}
        # Longest first: one secret may begin with another.
        self._secrets = sorted(values | escaped, key=len, reverse=True)

    def redact(self, text: str) -> str:
        """The text, plain or JSON, without secrets; NUL, which no database text holds, becomes U+FFFD."""
        for secret in self._secrets:
            if secret in text:
                text = text.replace(secret, REPLACEMENT)
        return text.replace("\0", "\ufffd") if "\0" in text else text

    def redact_end(self, text: str) -> str:
        """Of the end of a text, which may begin within a secret: as `redact`, without the first characters."""
        return self.redact(text)[max(map(len, self._secrets), default=0) :]

    def redact_open(self, text: str) -> tuple[str, str]:
        """Of a text that goes on: without secrets what is sure by now, and as it is the end in which a secret may have
        begun."""
        last = 0
        for match in re.finditer("|".join(map(re.escape, self._secrets)) or "(?!)", text):
            last = match.end()
        held = max((_overlap(text[last:], secret) for secret in self._secrets), default=0)
        return self.redact(text[: len(text) - held]), text[len(text) - held :]


def _overlap(text: str, secret: str) -> int:
    """How many characters at the text's end are a beginning of the secret."""
    return next((n for n in range(min(len(secret) - 1, len(text)), 0, -1) if text.endswith(secret[:n])), 0)
