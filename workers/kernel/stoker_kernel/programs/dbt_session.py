"""dbt in a process of its own, beside a kernel: `python -m stoker_kernel.programs.dbt_session DOOR ARGUMENT...`

DOOR is a file with the driver's answer to the kernel. By it, adapters that take the process's SparkSession get one of
the cluster's driver instead of starting a JVM of their own.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from stoker_kernel import spark


class _Door:
    """What this process knows of its kernel."""

    def __init__(self, answer: dict[str, Any]) -> None:
        self._answer = answer

    def ask(self, what: str, **_: Any) -> dict[str, Any]:
        """The one answer that there is."""
        return self._answer


def main(door: str, arguments: list[str]) -> None:
    """Leaves with dbt's own status."""
    with open(door, encoding="utf-8") as file:
        spark.install(_Door(json.load(file)))
    from dbt.cli.main import cli

    sys.argv = ["dbt", *arguments]
    cli()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
