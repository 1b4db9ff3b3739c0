"""Tables as notebooks know them: Delta Lake's unless they say otherwise, in a catalog that outlives the driver. Pure."""

from __future__ import annotations

from pathlib import Path

from . import log_store
from .dbfs import WAREHOUSE

EXTENSIONS = "spark.sql.extensions"
_DELTA_EXTENSION = "io.delta.sql.DeltaSparkSessionExtension"


def delta_lake(cores: int) -> dict[str, str]:
    """Delta Lake as the format of tables that name none."""
    return {
        "spark.sql.catalog.spark_catalog": "org.apache.spark.sql.delta.catalog.DeltaCatalog",
        "spark.sql.sources.default": "delta",
        # CREATE TABLE without USING would make one of Hive's text tables.
        "spark.sql.legacy.createHiveTableByDefault": "false",
        # DBFS is a folder of files, in which the drivers of all clusters write.
        "spark.delta.logStore.dbfs.impl": log_store.CLASS_NAME,
        "spark.delta.logStore.file.impl": log_store.CLASS_NAME,
        # A table's log is read by that many tasks: 50 by default, for logs of thousands of files.
        "spark.databricks.delta.snapshotPartitions": str(max(2, cores)),
    }


def with_delta_extension(extensions: str) -> str:
    """The definition's own extensions stay: without this one the catalog refuses to serve."""
    names = [name.strip() for name in extensions.split(",") if name.strip()]
    return ",".join([*([] if _DELTA_EXTENSION in names else [_DELTA_EXTENSION]), *names])


def catalog(metastore_uri: str, folder: Path) -> dict[str, str]:
    """The catalog that all clusters share. It is not asked before the first table is."""
    hive = {
        "hive.metastore.uris": metastore_uri,
        "hive.exec.scratchdir": f"file:{folder / 'hive'}",
        "hive.exec.local.scratchdir": str(folder / "hive"),
        "hive.downloaded.resources.dir": str(folder / "hive"),
    }
    return {
        "spark.sql.catalogImplementation": "hive",
        "spark.sql.warehouse.dir": WAREHOUSE,
        **{f"spark.hadoop.{key}": value for key, value in hive.items()},
    }
