"""The chain `dbutils.notebook.entry_point.getDbutils().notebook().getContext()` that libraries call, with the
reference's Java-like shapes (values come as options, names in camel case)."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from stoker_kernel.dbutils import Run


class Some(str):
    """A present value: a plain string for most, an option for callers that ask `.get()`."""

    def get(self) -> str:
        """The value."""
        return str(self)

    def isDefined(self) -> bool:  # noqa: N802
        """True."""
        return True

    def isEmpty(self) -> bool:  # noqa: N802
        """False."""
        return False

    def getOrElse(self, default: Any) -> str:  # noqa: N802
        """The value."""
        return str(self)

    def toString(self) -> str:  # noqa: N802
        """The value."""
        return str(self)


class Absent:
    """A missing value."""

    def get(self) -> str:
        """Raises KeyError, as the reference's option does in its own way."""
        raise KeyError("None.get")

    def isDefined(self) -> bool:  # noqa: N802
        """False."""
        return False

    def isEmpty(self) -> bool:  # noqa: N802
        """True."""
        return True

    def getOrElse(self, default: Any) -> Any:  # noqa: N802
        """The default."""
        return default

    def toString(self) -> str:  # noqa: N802
        """As Scala prints it."""
        return "None"

    def __bool__(self) -> bool:
        return False


def _option(value: Any) -> Some | Absent:
    return Absent() if value is None else Some(value)


class Tags(dict):
    """The context's tags."""

    def get(self, name: str, default: Any = None) -> Some | Absent:
        """The tag as an option."""
        return _option(dict.get(self, name, default))

    def apply(self, name: str) -> str:
        """The tag; raises KeyError when it is missing."""
        return self[name]

    def contains(self, name: str) -> bool:
        """Whether the tag is there."""
        return name in self


class NotebookContext:
    """Who, where and for what job this notebook runs."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._tags = Tags({name: str(value) for name, value in run.context.items() if value is not None})

    def tags(self) -> Tags:
        """All tags, such as jobId, runId, clusterId, user."""
        return self._tags

    def extraContext(self) -> Tags:  # noqa: N802
        """Further values; the notebook's path among them."""
        return Tags({"notebook_path": self._run.notebook_path, "api_url": os.environ.get("DATABRICKS_HOST", "")})

    def notebookPath(self) -> Some | Absent:  # noqa: N802
        """The notebook's workspace path."""
        return _option(self._run.notebook_path or None)

    def apiUrl(self) -> Some | Absent:  # noqa: N802
        """The server's URL."""
        return _option(os.environ.get("DATABRICKS_HOST"))

    def apiToken(self) -> Some | Absent:  # noqa: N802
        """The run's own token."""
        return _option(os.environ.get("DATABRICKS_TOKEN"))

    def browserHostName(self) -> Some | Absent:  # noqa: N802
        """Host and port of the server's URL."""
        host = os.environ.get("DATABRICKS_HOST")
        return _option(host.split("://", 1)[-1].rstrip("/") if host else None)

    def workspaceId(self) -> Some | Absent:  # noqa: N802
        """The workspace's numeric id."""
        return self._tags.get("orgId")

    def clusterId(self) -> Some | Absent:  # noqa: N802
        """The cluster that the run is on."""
        return self._tags.get("clusterId")

    def jobId(self) -> Some | Absent:  # noqa: N802
        """The job's id."""
        return self._tags.get("jobId")

    def userName(self) -> Some | Absent:  # noqa: N802
        """The run_as identity."""
        return self._tags.get("user")

    def notebookId(self) -> Some | Absent:  # noqa: N802
        """The notebook's object id."""
        return self._tags.get("notebookId")

    def currentRunId(self) -> Some | Absent:  # noqa: N802
        """The task run's id."""
        return self._tags.get("runId")

    def jobGroup(self) -> Some | Absent:  # noqa: N802
        """The group of the run's Spark jobs."""
        return self._tags.get("jobGroup")

    def safeToJson(self) -> str:  # noqa: N802
        """Tags and attributes, without the token."""
        return json.dumps(
            {
                "tags": self._tags,
                "attributes": {
                    **self._tags,
                    "notebook_path": self._run.notebook_path,
                    "api_url": os.environ.get("DATABRICKS_HOST", ""),
                }
            }
        )

    toJson = safeToJson  # noqa: N815

    def __getattr__(self, name: str) -> Any:
        """Any other Java-style accessor answers the tag of its name, or nothing."""
        if name.startswith("_"):
            raise AttributeError(name)
        return lambda: self._tags.get(name)


class _NotebookHandle:
    def __init__(self, run: Run) -> None:
        self._run = run

    def getContext(self) -> NotebookContext:  # noqa: N802
        """The context of the running notebook."""
        return NotebookContext(self._run)


class _DbutilsHandle:
    def __init__(self, run: Run) -> None:
        self._run = run

    def notebook(self) -> _NotebookHandle:
        """The notebook part."""
        return _NotebookHandle(self._run)


class EntryPoint:
    """`dbutils.entry_point`."""

    def __init__(self, run: Run) -> None:
        self._run = run

    def getDbutils(self) -> _DbutilsHandle:  # noqa: N802
        """The Java-like dbutils."""
        return _DbutilsHandle(self._run)
