"""One run of one notebook in this process: from the worker's `run` frame to the `finished` frame."""

from __future__ import annotations

import sys
import time
from typing import Any, Protocol

from stoker_kernel import lookalikes, magics, notebook_format, shell_command, sql_cells, workspace_modules, workspace_notebooks
from stoker_kernel.baseline import forget_modules_beneath
from stoker_kernel.checkout import Checkout
from stoker_kernel.dbutils import DBUtils
from stoker_kernel.display import display
from stoker_kernel.errors import NotebookExit, UnsupportedError
from stoker_kernel.namespace import Namespace
from stoker_kernel.notebook_format import Cell, ExecutedCell, Notebook
from stoker_kernel.outputs import finished as finished_outputs
from stoker_kernel.pip_install import PipOverlay
from stoker_kernel.redaction import Redactor
from stoker_kernel.shell import KernelShell, describe

RESULT_LIMIT_BYTES = 5 * 1024 * 1024
ERROR_LIMIT_CHARACTERS = 100_000
_MAX_RUN_DEPTH = 50
_INCLUDED = "notebooks of other languages cannot be included by %run"


class Surroundings(Protocol):
    """What runs need of their kernel."""

    folder: str

    def ask(self, what: str, **fields: Any) -> dict[str, Any]:
        """Asks the worker."""

    def make_session(self) -> Any:
        """The process's SparkSession."""

    def drain(self) -> None:
        """Takes what subprocesses have printed into the cell that runs."""

    def send(self, frame: dict[str, Any]) -> None:
        """Tells the worker."""


class NotebookRun:
    """Runs notebooks, one after another. Made before any run is known, so that a fork finds all of it ready.

    dbutils and the magics reach the run through this object.
    """

    def __init__(self, shell: KernelShell, surroundings: Surroundings) -> None:
        self._shell = shell
        self._surroundings = surroundings
        self._notebooks: dict[tuple[Any, ...], Notebook] = {}
        self._checkout: Checkout | None = None
        self.ask, self.drain = surroundings.ask, surroundings.drain
        shell.before_execution = lambda mentions: self.namespace.before_execution(mentions)
        shell.run_command = lambda command: shell_command.run(command)
        shell.drain = surroundings.drain
        magics.register(shell, self)
        lookalikes.install(self)
        workspace_modules.install()
        self.renew()

    def renew(self) -> None:
        """A namespace, dbutils and outputs that know of no run."""
        self.context: dict[str, Any] = {}
        self.job_id: int | None = None
        self._paths = [""]
        self._leave_checkout()
        workspace_modules.leave()
        self._redactor = Redactor({})
        self.variables = self._shell.renew_namespace()
        self.dbutils = DBUtils(self)
        self.namespace = Namespace(self.variables, self.dbutils, self._surroundings.make_session)
        self.namespace.install()
        self.pip: PipOverlay | None = None
        self._shell.outputs.renew()
        self._shell.execution_count = 1

    def leaves_traces(self) -> bool:
        """Whether the run changed what `renew` does not: packages of its own, IPython, IPython's event loop."""
        return self.pip is None or self.pip.in_force or self._shell.awaited or self._shell.holds_notebook_code()

    def begin(self, frame: dict[str, Any]) -> None:
        """Takes what a `run` frame says; raises NotebookFormatError when its notebook is none."""
        described = frame["notebook"]
        self.bind(frame, described.get("path") or "")
        if checkout := frame.get("checkout"):
            self._checkout = Checkout(checkout["path"], checkout["folder"])
            self._checkout.enter(self.notebook_path, self._surroundings.folder)
            workspace_modules.enter(self._surroundings.folder)
        else:
            workspace_modules.enter(self._surroundings.folder, self.notebook_path)
        if described.get("content") is None:
            # Its path came to be with the run's own values.
            self._notebook = workspace_notebooks.load(self.notebook_path)
        else:
            self._notebook = self._parsed(described["content"], described.get("format"), described.get("language"))

    def bind(self, frame: dict[str, Any], path: str) -> None:
        """Takes what a `run` frame says beside the code of the notebook, or of the program, at `path`."""
        self.context = frame.get("context") or {}
        self.job_id = frame.get("job_id")
        self._redactor = Redactor(frame.get("environ") or {})
        self._shell.outputs.live.begin(self._redactor, self._surroundings.send)
        self._paths = [path]
        self.pip = PipOverlay(self._surroundings.folder, path)
        self.dbutils.widgets.bind(frame.get("widgets") or {})

    def redact(self, text: str) -> str:
        """The text without the run's secrets."""
        return self._redactor.redact(text)

    def redact_end(self, text: str) -> str:
        """The end of a longer text, without the run's secrets."""
        return self._redactor.redact_end(text)

    def _parsed(self, *text: str | None) -> Notebook:
        """The notebook of a content, a format and a language; that of the last run again when nothing has changed."""
        if text not in self._notebooks:
            self._notebooks = {text: notebook_format.parse(*text)}
        return self._notebooks[text]

    def _leave_checkout(self) -> None:
        """What the next run imports may be of another commit."""
        if self._checkout is not None:
            forget_modules_beneath(self._checkout.folder)
        self._checkout = None

    @property
    def notebook_path(self) -> str:
        """The workspace path of the notebook whose cell runs (an included one while `%run` runs it)."""
        return self._paths[-1]

    # -- the run

    def execute(self) -> dict[str, Any]:
        """Runs the cells until one exits or raises; the `finished` frame without `used`. Passes on no cell's error."""
        executed, error = self._run_cells(self._notebook)
        document = notebook_format.executed_to_ipynb(executed, self._notebook.language)
        frame: dict[str, Any] = {
            "event": "finished",
            "state": "SUCCESS",
            "result": None,
            "truncated": False,
            "error": None,
            "error_trace": None,
            "notebook": self._redactor.redact(document),
        }
        if isinstance(error, NotebookExit):
            frame["result"], frame["truncated"] = cut_result(self._redactor.redact(error.value))
        elif error is not None:
            frame["state"] = "FAILED"
            frame["error"] = self._redactor.redact(describe(error))[:ERROR_LIMIT_CHARACTERS]
            frame["error_trace"] = self._redactor.redact(self._shell.last_trace)[:ERROR_LIMIT_CHARACTERS]
        return frame

    def _run_cells(self, notebook: Notebook) -> tuple[list[ExecutedCell], BaseException | None]:
        executed: list[ExecutedCell] = []
        error: BaseException | None = None
        for index, cell in enumerate(notebook.cells):
            if error is not None or cell.is_markdown:
                executed.append(ExecutedCell(cell, []))
                continue
            outputs = self._shell.outputs.begin_cell(index)
            self._shell.execution_count += 1
            count, started = self._shell.execution_count - 1, _now_ms()
            error = self._run_cell(cell, notebook.language)
            self._surroundings.drain()
            executed.append(ExecutedCell(cell, outputs, count, started, _now_ms()))
        for entry in executed:
            # Only now: what a background process printed meanwhile belongs to its cell too.
            entry.outputs = finished_outputs(entry.outputs)
        return executed, error

    def _run_cell(self, cell: Cell, language: str) -> BaseException | None:
        """What the cell raised; recorded in its outputs."""
        magic = magics.of_cell(cell.source, language)
        self._shell.last_trace = ""
        try:
            if magic.name == "python":
                return self._shell.run_python(magics.with_percent(magic.text))
            if magic.name == "run":
                return self._include(magic)
            self._run_magic(magic)
        except BaseException as error:
            self._shell.record_error(error)
            return error
        return None

    def _run_magic(self, magic: magics.CellMagic) -> None:
        if magic.name == "sql":
            self.run_sql(magic.text)
        elif magic.name == "sh":
            shell_command.run_cell(magic.line, magic.body)
        elif magic.name == "fs":
            for line in magic.text.splitlines():
                if line.strip():
                    magics.fs_command(line, self)
        elif not magic.name.startswith("md"):
            raise UnsupportedError(
                f"%{magic.name} cells are not supported: this server runs Python, SQL and shell cells"
            )

    def _include(self, magic: magics.CellMagic) -> BaseException | None:
        """`%run`: the other notebook's cells in this namespace, their outputs in this cell."""
        if magic.body.strip():
            raise UnsupportedError("%run must be alone in its cell")
        if len(self._paths) > _MAX_RUN_DEPTH:
            raise RecursionError(f"%run is nested more than {_MAX_RUN_DEPTH} deep")
        written, arguments = magics.run_arguments(magic.line)
        path = workspace_notebooks.resolve(written, self.notebook_path)
        inside = self._checkout is not None and self._checkout.holds(path)
        notebook = self._checkout.load(path) if inside else workspace_notebooks.load(path)
        if notebook.language in ("scala", "r"):
            raise UnsupportedError(f"{path} is in {notebook.language}; {_INCLUDED}")
        self.dbutils.widgets.bind(arguments)
        self._paths.append(path)
        try:
            for cell in notebook.cells:
                if not cell.is_markdown:
                    error = self._run_cell(cell, notebook.language)
                    if error is not None:
                        return error
        finally:
            self._paths.pop()
        return None

    # -- what dbutils and magics call

    def run_sql(self, text: str) -> None:
        """A `%sql` cell. Its last result is `_sqldf`, to Python and to further cells in SQL."""
        frame = sql_cells.run_cell(self.namespace.make("spark"), text, self.dbutils.widgets)
        if frame is not None:
            self._shell.user_ns["_sqldf"] = frame
            frame.createOrReplaceTempView("_sqldf")

    def show(self, value: Any) -> None:
        """`display(value)`; plain values as themselves."""
        if isinstance(value, str):
            print(value)
        else:
            display(value)

    def restart_python(self) -> None:
        """The nearest to a new interpreter that keeps the process: no variables, no modules that `%pip` replaced."""
        self.pip.forget_shadowed_modules()
        self.namespace.reset()


def cut_result(value: str) -> tuple[str, bool]:
    """At most RESULT_LIMIT_BYTES of the value as UTF-8, cut on a character's border, and whether it was cut."""
    if len(value) * 4 <= RESULT_LIMIT_BYTES:
        return value, False
    data = value.encode("utf-8", "replace")
    if len(data) <= RESULT_LIMIT_BYTES:
        return value, False
    return data[:RESULT_LIMIT_BYTES].decode("utf-8", "ignore"), True


def _now_ms() -> int:
    return time.time_ns() // 1_000_000


HEAVY_MODULES = (
    "catboost",
    "datasets",
    "lightgbm",
    "matplotlib",
    "mlflow",
    "nltk",
    "numpy",
    "pandas",
    "polars",
    "pyarrow",
    "pyspark",
    "scipy",
    "seaborn",
    "sentence_transformers",
    "sklearn",
    "spacy",
    "sparknlp",
    "statsmodels",
    "tensorflow",
    "torch",
    "transformers",
    "xgboost",
)


def used_modules(before: set[str], mentioned: set[str], spark: bool) -> list[str]:
    """The heavy modules of this run: those that its code names, and those that were loaded since `before`.

    Naming counts although a zygote had loaded the module before, so that the next run is given such a zygote again.
    """
    loaded = {name for name in HEAVY_MODULES if name in sys.modules}
    used = (loaded - before) | (loaded & mentioned)
    if spark and "pyspark" in loaded:
        used.add("pyspark")
    return sorted(used)
