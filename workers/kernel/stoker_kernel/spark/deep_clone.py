"""`CREATE TABLE … [DEEP] CLONE …`: a copy with files of its own, where Delta Lake itself makes only shallow ones.

https://docs.databricks.com/en/sql/language-manual/delta-clone.html
"""

from __future__ import annotations

import re
from typing import Any, Callable

_CLONE = re.compile(
    r"\A(?P<create>\s*CREATE\s+(?:OR\s+REPLACE\s+)?TABLE\s+(?:IF\s+NOT\s+EXISTS\s+)?)(?P<target>(?:`[^`]*`|[^\s`])+)\s+(?:DEEP\s+)?CLONE\s",
    re.IGNORECASE,
)


def is_deep_clone(statement: str) -> bool:
    """Whether it makes one. `CLONE` alone does."""
    return _CLONE.match(statement) is not None


def deep_clone(spark: Any, statement: str, sql: Callable[[Any, str], Any]) -> Any:
    """Makes it by `sql`, Spark's own: a shallow clone, whose rows are then written into its folder. One that is cut off in
    between is a shallow clone still."""
    match = _CLONE.match(statement)
    assert match is not None
    made = sql(spark, f"{match['create']}{match['target']} SHALLOW CLONE {statement[match.end() :]}")
    location = sql(spark, f"DESCRIBE DETAIL {match['target']}").first().location
    rows = spark.read.format("delta").load(location)
    rows.write.format("delta").mode("overwrite").option("dataChange", "false").save(location)
    return made
