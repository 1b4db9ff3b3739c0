"""The run's own tokens never leave the kernel in outputs, results or errors."""

from __future__ import annotations

import json
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
