"""`dbutils.secrets`."""

from __future__ import annotations

from typing import Any, NoReturn

from stoker_kernel.dbutils.help import Helpful
from stoker_kernel.errors import UnsupportedError


class SecretsUtils(Helpful):
    """Secrets of scopes; this server does not keep any yet."""

    def get(self, scope: str, key: str) -> NoReturn:
        """The secret as text."""
        self._refuse(f"get({scope!r}, {key!r})")

    def getBytes(self, scope: str, key: str) -> NoReturn:  # noqa: N802
        """The secret as bytes."""
        self._refuse(f"getBytes({scope!r}, {key!r})")

    def list(self, scope: str) -> NoReturn:
        """The secrets of a scope, without values."""
        self._refuse(f"list({scope!r})")

    def listScopes(self) -> list[Any]:  # noqa: N802
        """The scopes: there are none."""
        return []

    def _refuse(self, call: str) -> NoReturn:
        raise UnsupportedError(
            f"dbutils.secrets.{call}: secrets are not available yet on this server; "
            "pass the value as a job parameter or a cluster's spark_env_vars"
        )
