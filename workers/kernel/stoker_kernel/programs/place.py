"""Where a program runs."""

from __future__ import annotations

import builtins
import dataclasses
import os
import sys
from typing import Any

from stoker_kernel.log_tail import LogTail
from stoker_kernel.notebook_run import NotebookRun
from stoker_kernel.plain_cells import Mentions

_NAMES_OF_MODULES = ("__name__", "__doc__", "__package__", "__loader__", "__spec__")


@dataclasses.dataclass
class Place:
    """What a program finds, and where it leaves what the task's output says beside its log."""

    folder: str  # the kernel's own
    run_id: int
    notebook_run: NotebookRun
    log: LogTail
    details: dict[str, Any] = dataclasses.field(default_factory=dict)

    def scratch(self, name: str) -> str:
        """A folder of the run that holds nothing of the program's own."""
        path = os.path.join(self.folder, "tmp", "stoker", name)
        os.makedirs(path, exist_ok=True)
        return path

    def main_module(self, arguments: list[str]) -> dict[str, Any]:
        """The names of a `__main__` as a script finds it, with `spark`, `dbutils` and so on; sets `sys.argv`."""
        sys.argv = arguments
        names = self.notebook_run.variables
        kept = {name: names.get(name) for name in _NAMES_OF_MODULES}
        names.clear()
        names.update(kept, __builtins__=builtins)
        self.notebook_run.namespace.install()
        return names

    def make_mentioned(self, mentions: Mentions) -> None:
        """Makes of the ready names what the code is about to use."""
        self.notebook_run.namespace.before_execution(mentions)

    def make_session(self) -> Any:
        """The process's SparkSession."""
        return self.notebook_run.namespace.make("spark")
