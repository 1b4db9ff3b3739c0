"""`dbutils.jobs`: values passed between the tasks of a run."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from stoker_kernel.asks import AskRefused
from stoker_kernel.dbutils.help import Helpful

if TYPE_CHECKING:
    from stoker_kernel.dbutils import Run

MOST_BYTES = 48 * 1024


class TaskValues(Helpful):
    """Values that a task sets and later tasks of the same run get."""

    def __init__(self, run: Run) -> None:
        self._run = run

    def set(self, key: str, value: Any) -> None:
        """Sets a value, which JSON can hold, for later tasks; outside a job this does nothing."""
        if not isinstance(key, str) or not key:
            raise TypeError("key must be a text that is not empty")
        try:
            text = json.dumps(value, ensure_ascii=False, allow_nan=False)
        except (TypeError, ValueError) as error:
            raise ValueError(f"The value of task value {key} cannot be written as JSON: {error}") from None
        size = len(text.encode("utf-8", "replace"))
        if size > MOST_BYTES:
            raise ValueError(
                f"The value of task value {key} takes {size} bytes as JSON; the limit is {MOST_BYTES} (48 KiB)"
            )
        if self._run.job_id:
            self._ask("set_task_value", key=key, value=text)

    def get(self, taskKey: str, key: str, default: Any = None, debugValue: Any = None) -> Any:  # noqa: N803
        """What task `taskKey` set, or the default; outside a job the `debugValue`."""
        if not self._run.job_id:
            if debugValue is None:
                raise TypeError("Must pass debugValue when calling get outside of a job context.")
            return debugValue
        answer = self._ask("get_task_value", task_key=taskKey, key=key)
        if answer.get("found"):
            return json.loads(answer["value"])
        if default is None:
            raise ValueError(f"No task value found for key {key} of task {taskKey}, and no default was given")
        return default

    def _ask(self, what: str, **fields: Any) -> dict[str, Any]:
        try:
            return self._run.ask(what, **fields)
        except AskRefused as error:
            raise RuntimeError(f"dbutils.jobs.taskValues: {error}") from None


class JobsUtils(Helpful):
    """Values passed between the tasks of a run (taskValues)."""

    def __init__(self, run: Run) -> None:
        self.taskValues = TaskValues(run)  # noqa: N803
