"""`dbutils.library`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stoker_kernel.dbutils.help import Helpful

if TYPE_CHECKING:
    from stoker_kernel.dbutils import Run


class LibraryUtils(Helpful):
    """Libraries of this run; `%pip install` adds them."""

    def __init__(self, run: Run) -> None:
        self._run = run

    def restartPython(self) -> None:  # noqa: N802
        """Forgets the notebook's variables, and modules of which `%pip` installed another version."""
        self._run.restart_python()
