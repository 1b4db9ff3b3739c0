"""`dbutils` of notebooks."""

from __future__ import annotations

from typing import Any, Protocol

from stoker_kernel.dbutils.context import EntryPoint
from stoker_kernel.dbutils.data import DataUtils
from stoker_kernel.dbutils.fs import FsUtils
from stoker_kernel.dbutils.jobs import JobsUtils
from stoker_kernel.dbutils.library import LibraryUtils
from stoker_kernel.dbutils.notebook import NotebookUtils
from stoker_kernel.dbutils.secrets import SecretsUtils
from stoker_kernel.dbutils.widgets import WidgetsUtils


class Run(Protocol):
    """What dbutils needs of the run it is in."""

    context: dict[str, Any]
    notebook_path: str
    job_id: int | None

    def ask(self, what: str, **fields: Any) -> dict[str, Any]:
        """Asks the worker."""

    def restart_python(self) -> None:
        """Forgets the notebook's variables."""


class DBUtils:
    """`dbutils`: one object per run, with one utility per attribute."""

    def __init__(self, run: Run) -> None:
        self.entry_point = EntryPoint(run)
        self.data = DataUtils()
        self.fs = FsUtils()
        self.jobs = JobsUtils(run)
        self.library = LibraryUtils(run)
        self.notebook = NotebookUtils(run, self.entry_point)
        self.secrets = SecretsUtils()
        self.widgets = WidgetsUtils()

    def help(self, name: str = "") -> None:
        """Prints what there is, or what one utility can do."""
        if name:
            getattr(self, name).help()
            return
        for utility in ("data", "fs", "jobs", "library", "notebook", "secrets", "widgets"):
            print(f"{utility}: {type(getattr(self, utility)).__doc__}")

    def __repr__(self) -> str:
        return "dbutils: data, fs, jobs, library, notebook, secrets, widgets; dbutils.help() says more"
