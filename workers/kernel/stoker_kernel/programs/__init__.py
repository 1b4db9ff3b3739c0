"""What tasks other than notebooks run: the `program` of a `run` frame, in a kernel like a notebook's.

One kind a file: `run(program, place)` runs it to its end and raises when it fails.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from stoker_kernel import log_tail
from stoker_kernel.errors import ForeignError, NotebookExit, UnsupportedError
from stoker_kernel.notebook_run import ERROR_LIMIT_CHARACTERS, NotebookRun
from stoker_kernel.outputs import Outputs
from stoker_kernel.programs import dbt, python_file, shell_command, spark_jar, spark_submit, sql_file, wheel
from stoker_kernel.programs.place import Place
from stoker_kernel.shell import describe, plain_trace

_KINDS = {
    "spark_python": python_file.run,
    "python_wheel": wheel.run,
    "spark_jar": spark_jar.run,
    "spark_submit": spark_submit.run,
    "shell_command": shell_command.run,
    "sql": sql_file.run,
    "dbt": dbt.run,
}


class Program:
    """The program of one run: `run`, then `finished`."""

    def __init__(self, frame: dict[str, Any], notebook_run: NotebookRun, outputs: Outputs, folder: str) -> None:
        """`notebook_run` has what programs share with notebooks: dbutils, the ready names, the redaction."""
        self._described: dict[str, Any] = frame["program"]
        self._outputs = outputs
        notebook_run.bind(frame, self._described.get("path") or "")
        self._place = Place(folder, int(frame.get("run_id") or 0), notebook_run, outputs.keep_log())
        self._error: BaseException | None = None

    def run(self) -> None:
        """Runs it to its end; what it raises is kept for `finished`."""
        kind = str(self._described.get("kind"))
        try:
            if kind not in _KINDS:
                raise UnsupportedError(f"this worker does not know programs of the kind {kind}")
            _KINDS[kind](self._described, self._place)
        except NotebookExit:
            pass  # dbutils.notebook.exit ends a program too
        except BaseException as error:
            self._error = error

    def finished(self) -> dict[str, Any]:
        """The `finished` frame without `used`."""
        notebook_run = self._place.notebook_run
        notebook_run.drain()
        log, begins_within, printed = self._outputs.log()
        logs, cut = log_tail.last_bytes(notebook_run.redact_end(log) if begins_within else notebook_run.redact(log))
        cut = cut or begins_within
        if cut:
            # At which byte of all that was printed the log begins.
            self._place.details["log_start"] = printed - len(logs.encode("utf-8", "replace"))
        frame: dict[str, Any] = {
            "event": "finished",
            "state": "SUCCESS" if self._error is None else "FAILED",
            "result": None,
            "truncated": False,
            "error": None,
            "error_trace": None,
            "logs": logs,
            "logs_truncated": cut,
            "details": _redacted(self._place.details, notebook_run.redact) or None,
        }
        if self._error is not None:
            error, trace = _told(self._error)
            frame["error"] = notebook_run.redact(error)[:ERROR_LIMIT_CHARACTERS]
            frame["error_trace"] = notebook_run.redact(trace)[:ERROR_LIMIT_CHARACTERS]
        return frame


def _redacted(value: Any, redact: Callable[[str], str]) -> Any:
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, dict):
        return {redact(name): _redacted(each, redact) for name, each in value.items()}
    return [_redacted(each, redact) for each in value] if isinstance(value, list) else value


def _told(error: BaseException) -> tuple[str, str]:
    if isinstance(error, ForeignError):
        return str(error), error.trace
    return describe(error), plain_trace(error)
