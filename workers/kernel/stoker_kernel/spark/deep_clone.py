"""`CREATE TABLE … DEEP CLONE …`: Delta Lake's own clone is shallow, its rows are in the files of the source. A deep one is
a shallow one whose rows are then written anew, so it has the source's columns, partitions, properties and constraints.

Until it has ended, it reads the source's files.

https://docs.databricks.com/en/sql/language-manual/delta-clone.html
"""

from __future__ import annotations

import json
import re
from typing import Any

_NAME = r"(?:`[^`]+`|[\w$]+)(?:\.(?:`[^`]+`|[\w$]+))*"
_SPACE = r"(?:\s|--[^\n]*\n|/\*(?:[^*]|\*(?!/))*\*/)"
_DEEP = re.compile(
    rf"\A(?P<before>{_SPACE}*CREATE(?P<replace>\s+OR\s+REPLACE)?\s+TABLE\s+(?:IF\s+NOT\s+EXISTS\s+)?"
    rf"(?P<target>{_NAME})\s+)(?:DEEP\s+)?(?P<after>CLONE\s+(?P<source>{_NAME})(?:.*[^\s;])?)[\s;]*\Z",
    re.IGNORECASE | re.DOTALL,
)
#: What the log says of a column that nobody gives values.
_GENERATED = {"delta.generationExpression", "delta.identity.start"}
_RESULT = (
    "source_table_size bigint, source_num_of_files bigint, num_removed_files bigint, num_copied_files bigint, "
    "removed_files_size bigint, copied_files_size bigint"
)


def deep_clone(spark: Any, statement: str) -> Any:
    """The DataFrame that the statement answers, or None if it is another statement."""
    match = _DEEP.match(statement)
    if match is None:
        return None
    shallow = f"{match['before']}SHALLOW {match['after']}"
    replaced = _detail(spark, match["target"]) if match["replace"] else None
    if replaced is None:
        made = spark.sql(shallow).collect()
    elif replaced.id == spark.sql(f"DESCRIBE DETAIL {match['source']}").first().id:
        raise ValueError(f"{match['target']} cannot be replaced by a clone of itself; RESTORE TABLE brings a version back.")
    else:
        made = _in_place(spark, match["target"], shallow)
    if not made:  # IF NOT EXISTS, and it does
        return spark.createDataFrame([], _RESULT)
    _write_anew(spark, match["target"])
    clone = made[0]
    return spark.createDataFrame(
        [(clone[0], clone[1], clone.num_removed_files, clone[1], clone.removed_files_size, clone[0])], _RESULT
    )


def _detail(spark: Any, table: str) -> Any:
    """None: there is no such table."""
    from pyspark.errors import AnalysisException

    try:
        return spark.sql(f"DESCRIBE DETAIL {table}").first()
    except AnalysisException:
        return None


def _in_place(spark: Any, target: str, shallow: str) -> Any:
    """Delta Lake clones into empty tables only. If it fails, the table is what it was."""
    version = spark.sql(f"DESCRIBE HISTORY {target} LIMIT 1").first().version
    spark.sql(f"DELETE FROM {target}")
    try:
        return spark.sql(shallow).collect()
    except Exception:
        spark.sql(f"RESTORE TABLE {target} TO VERSION AS OF {version}")
        raise


def _write_anew(spark: Any, table: str) -> None:
    """By an UPDATE that changes nothing: it writes all rows, and it is let with the values that an identity column has."""
    location = spark.sql(f"DESCRIBE DETAIL {table}").first().location
    delta_log = spark._jvm.org.apache.spark.sql.delta.DeltaLog.forTableWithSnapshot(spark._jsparkSession, location)
    columns = json.loads(delta_log._2().metadata().schema().json())["fields"]
    given = [column["name"] for column in columns if not _GENERATED.intersection(column["metadata"])]
    if given:
        column = given[0].replace("`", "``")
        spark.sql(f"UPDATE {table} SET `{column}` = `{column}`")
