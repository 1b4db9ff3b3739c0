"""Modules that exist only in the reference's runtime and that notebooks and libraries import from:
`pyspark.dbutils` (`DBUtils(spark)`) and `dbruntime` (by it, `from databricks.sdk.runtime import *` gives the notebook's
own names); and where libraries take this for more of the reference's runtime than it is."""

from __future__ import annotations

import sys
import types
from typing import TYPE_CHECKING, Any

from stoker_kernel.post_import import when_imported

if TYPE_CHECKING:
    from stoker_kernel.notebook_run import NotebookRun


def install(run: NotebookRun) -> None:
    """Makes both importable in this process and those forked from it."""

    class UserNamespaceInitializer:
        """Gives libraries the notebook's names."""

        @staticmethod
        def getOrCreate() -> UserNamespaceInitializer:  # noqa: N802
            """The process's one."""
            return UserNamespaceInitializer()

        def get_namespace_globals(self) -> dict[str, Any]:
            """The notebook's namespace."""
            return run.variables

    runtime = types.ModuleType("dbruntime", "The reference's runtime, as far as libraries look into it.")
    runtime.UserNamespaceInitializer = UserNamespaceInitializer  # type: ignore[attr-defined]
    sys.modules["dbruntime"] = runtime
    utilities = types.ModuleType("pyspark.dbutils", "dbutils for code that is no notebook.")
    utilities.DBUtils = lambda spark=None: run.dbutils  # type: ignore[attr-defined]
    sys.modules["pyspark.dbutils"] = utilities
    when_imported("mlflow.utils.databricks_utils", _tell_of_no_dbfs)


def _tell_of_no_dbfs(module: types.ModuleType) -> None:
    """Where /dbfs is mounted, MLflow takes paths without a scheme for DBFS's: there they are so to Spark, here they are
    the run's own folder. The mount is there all the same."""
    module.is_dbfs_fuse_available = lambda: False  # type: ignore[attr-defined]
