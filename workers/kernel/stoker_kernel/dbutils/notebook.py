"""`dbutils.notebook`: leaving a notebook with a value, running another one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from stoker_kernel.asks import AskRefused
from stoker_kernel.dbutils.help import Helpful
from stoker_kernel.errors import NotebookExit, WorkflowException
from stoker_kernel.workspace_notebooks import resolve

if TYPE_CHECKING:
    from stoker_kernel.dbutils import Run
    from stoker_kernel.dbutils.context import EntryPoint


class NotebookUtils(Helpful):
    """Ends this notebook with a value, or runs another one and waits for its value."""

    def __init__(self, run: Run, entry_point: EntryPoint) -> None:
        self.entry_point = entry_point
        self._run = run

    def exit(self, value: Any) -> None:
        """Ends the notebook at once: the run succeeds and its result is str(value)."""
        raise NotebookExit(str(value))

    def run(self, path: str, timeout_seconds: int = 0, arguments: dict[str, Any] | None = None, **_: Any) -> str | None:
        """Runs the notebook at `path` (relative to this one) and returns what it exits with.

        `timeout_seconds` 0 means no limit. Raises WorkflowException when it does not succeed.
        """
        parameters = {str(name): str(value) for name, value in (arguments or {}).items()}
        try:
            answer = self._run.ask(
                "notebook_run",
                path=resolve(path, self._run.notebook_path),
                timeout_seconds=int(timeout_seconds),
                arguments=parameters,
            )
        except AskRefused as error:
            raise WorkflowException(str(error)) from None
        if answer.get("error"):
            raise WorkflowException(str(answer["error"]))
        return answer.get("result")

    def getContext(self) -> Any:  # noqa: N802
        """The notebook's context."""
        return self.entry_point.getDbutils().notebook().getContext()
