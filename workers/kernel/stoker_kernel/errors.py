"""Exceptions that notebooks see, and those that end one."""

from __future__ import annotations


class NotebookExit(BaseException):
    """`dbutils.notebook.exit(value)`. Not an `Exception`, so that a notebook's `except Exception` lets it pass."""

    def __init__(self, value: str) -> None:
        super().__init__(value)
        self.value = value


class RunCancelled(KeyboardInterrupt):
    """Raised once in the notebook when its run is cancelled or times out, so that `finally` blocks run."""


class UnsupportedError(Exception):
    """Something of the reference's notebooks that this server does not have."""


class InputWidgetNotDefined(Exception):
    """`dbutils.widgets.get` of a name that is neither a parameter nor a widget."""


class WorkflowException(Exception):
    """A notebook started by `dbutils.notebook.run` did not succeed."""


class CommandFailed(Exception):
    """A `%sh -e` cell's script, or a program that a task names, ended with a status other than 0."""


class ForeignError(Exception):
    """What ended a program in another process, in that process's own words: the message is all of the error."""

    def __init__(self, message: str, trace: str) -> None:
        super().__init__(message)
        self.trace = trace


class InstallFailed(Exception):
    """`%pip install` could not install; the message names the package."""


class NotebookNotFound(Exception):
    """`%run` of a notebook that the workspace does not have, or that the run may not read."""
