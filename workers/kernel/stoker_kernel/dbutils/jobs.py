"""`dbutils.jobs`: values passed between the tasks of a run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from stoker_kernel.dbutils.help import Helpful
from stoker_kernel.errors import UnsupportedError

if TYPE_CHECKING:
    from stoker_kernel.dbutils import Run


class TaskValues(Helpful):
    """Values that a task sets and later tasks of the same run get."""

    def __init__(self, run: Run) -> None:
        self._run = run

    def set(self, key: str, value: Any) -> None:
        """Sets a value for later tasks; outside a job this does nothing."""
        if self._run.job_id:
            raise UnsupportedError(
                f"dbutils.jobs.taskValues.set({key!r}): task values are not available yet on this server"
            )

    def get(self, taskKey: str, key: str, default: Any = None, debugValue: Any = None) -> Any:  # noqa: N803
        """A value that task `taskKey` set; outside a job the `debugValue`."""
        if self._run.job_id:
            raise UnsupportedError(
                f"dbutils.jobs.taskValues.get({taskKey!r}, {key!r}): task values are not available yet on this server"
            )
        if debugValue is None:
            raise TypeError("Must pass debugValue when calling get outside of a job context.")
        return debugValue


class JobsUtils(Helpful):
    """Values passed between the tasks of a run (taskValues)."""

    def __init__(self, run: Run) -> None:
        self.taskValues = TaskValues(run)  # noqa: N803
