"""`CREATE TABLE … DEEP CLONE …`: Delta Lake's own clone is shallow, its rows are in the files of the source. A deep one is
a shallow one whose rows are then written anew, so it has the source's columns, partitions, properties and constraints.

https://docs.databricks.com/en/sql/language-manual/delta-clone.html
"""

from __future__ import annotations

import json
import re
from typing import Any

from .sql_text import BEFORE, NAME

_DEEP = re.compile(
    rf"\A(?P<before>{BEFORE}CREATE(?P<replace>\s+OR\s+REPLACE)?\s+TABLE\s+(?:IF\s+NOT\s+EXISTS\s+)?"
    rf"(?P<target>{NAME})\s+)(?:DEEP\s+)?(?P<after>CLONE\s+(?P<source>{NAME})(?:.*[^\s;])?)[\s;]*\Z",
    re.IGNORECASE | re.DOTALL,
)
#: What the log says of a column that nobody gives values.
_GENERATED = {"delta.generationExpression", "delta.identity.start"}
#: Properties by which a table refuses that its rows are written anew, or keeps a record of it.
_SUSPENDED = ("delta.appendOnly", "delta.enableChangeDataFeed")
#: What the history of a table that is replaced says of it, in this order.
_STEPS = ["DELETE", "CLONE", "UPDATE"]
_RESULT = (
    "source_table_size bigint, source_num_of_files bigint, num_removed_files bigint, num_copied_files bigint, "
    "removed_files_size bigint, copied_files_size bigint"
)


def deep_clone(spark: Any, statement: str, args: Any = None) -> Any:
    """The DataFrame that the statement answers, or None if it is another statement. A clone that fails is not there, and what it
    was to replace is as it was."""
    match = _DEEP.match(statement)
    if match is None:
        return None
    target, source = match["target"], spark.sql(f"DESCRIBE DETAIL {match['source']}").first()
    existing = _detail(spark, target)
    replaces = existing is not None and match["replace"] is not None
    if replaces and existing.id and existing.id == source.id:
        raise ValueError(f"{target} cannot be replaced by a clone of itself; RESTORE TABLE brings an earlier version back.")
    version = spark.sql(f"DESCRIBE HISTORY {target} LIMIT 1").first().version if replaces else None
    try:
        if replaces:
            spark.sql(f"DELETE FROM {target}")  # Delta Lake clones into empty tables only
        made = spark.sql(f"{match['before']}SHALLOW {match['after']}", args).collect()
        if made:
            _write_anew(spark, target)
    except BaseException as error:
        if not isinstance(error, Exception):
            spark.sparkContext.cancelAllJobs()  # the run's own: it is cancelled, its jobs do not know yet
        if replaces:
            _restore(spark, target, version)
        elif existing is None and _detail(spark, target):
            _remove(spark, target)
        raise
    if not made:  # IF NOT EXISTS, and it does
        return spark.createDataFrame([], _RESULT)
    size, files, removed, _, removed_size, _ = made[0]
    return spark.createDataFrame([(size, files, removed, files, removed_size, size)], _RESULT)


def _detail(spark: Any, table: str) -> Any:
    """None: there is no such table."""
    from pyspark.errors import AnalysisException

    try:
        return spark.sql(f"DESCRIBE DETAIL {table}").first()
    except AnalysisException:
        return None


def _write_anew(spark: Any, table: str) -> None:
    """By an UPDATE that changes nothing: it writes all rows, and unlike an INSERT it may keep the values of identity columns."""
    detail = spark.sql(f"DESCRIBE DETAIL {table}").first()
    delta_log = spark._jvm.org.apache.spark.sql.delta.DeltaLog.forTableWithSnapshot(spark._jsparkSession, detail.location)
    columns = json.loads(delta_log._2().metadata().schema().json())["fields"]
    given = [column["name"] for column in columns if not _GENERATED.intersection(column["metadata"])]
    if not given:
        raise ValueError(f"{table} has no column that is not generated, and cannot be cloned but by SHALLOW CLONE.")
    column = "`" + given[0].replace("`", "``") + "`"
    suspended = [name for name in _SUSPENDED if detail.properties.get(name, "").lower() == "true"]
    _set(spark, table, suspended, "false")
    spark.sql(f"UPDATE {table} SET {column} = {column}")
    _set(spark, table, suspended, "true")


def _set(spark: Any, table: str, properties: list[str], value: str) -> None:
    if properties:
        pairs = ", ".join(f"'{name}' = '{value}'" for name in properties)
        spark.sql(f"ALTER TABLE {table} SET TBLPROPERTIES ({pairs})")


def _restore(spark: Any, target: str, version: int) -> None:
    """Unless others have written meanwhile."""
    history = spark.sql(f"DESCRIBE HISTORY {target}")
    since = history.filter((history.version > version) & (history.operation != "SET TBLPROPERTIES")).orderBy("version").collect()
    if [commit.operation for commit in since] != _STEPS[: len(since)]:
        raise RuntimeError(f"{target} was emptied to be replaced; DESCRIBE HISTORY tells the version before, for RESTORE TABLE.")
    if since:
        spark.sql(f"RESTORE TABLE {target} TO VERSION AS OF {version}")


def _remove(spark: Any, target: str) -> None:
    """A table by name is dropped; where its folder outlives that, it is no table any more, unless it was one before."""
    is_new = spark.sql(f"DESCRIBE HISTORY {target}").filter("version = 0 AND operation = 'CLONE'").count()
    path = spark._jvm.org.apache.hadoop.fs.Path(spark.sql(f"DESCRIBE DETAIL {target}").first().location, "_delta_log")
    if not re.match(r"`?delta`?\.`", target, re.IGNORECASE):
        spark.sql(f"DROP TABLE {target}")
    if is_new:
        path.getFileSystem(spark._jsparkSession.sessionState().newHadoopConf()).delete(path, True)
