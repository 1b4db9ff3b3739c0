"""`spark.sql` as notebooks of Databricks know it: its dialect, and statements that Spark has not."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Iterator
from typing import Any

from . import catalog_names, sql_dialect
from .copy_into import copy_into
from .copy_statement import is_copy
from .deep_clone import deep_clone
from .sql_text import BEFORE

_GENERATED = re.compile(r"\bGENERATED\s+(?:ALWAYS|BY\s+DEFAULT)\s+AS\b", re.IGNORECASE)
_EVOLVING_MERGE = re.compile(rf"\A({BEFORE}MERGE)\s+WITH\s+SCHEMA\s+EVOLUTION\b", re.IGNORECASE)


def patch(session: Any) -> None:
    """`session` is the module pyspark.sql.session."""
    from pyspark.sql import functions

    spark_sql, select_expr, spark_expr = session.SparkSession.sql, session.DataFrame.selectExpr, functions.expr

    def sql(self: Any, sqlQuery: str, args: Any = None, **kwargs: Any) -> Any:
        if not isinstance(sqlQuery, str):
            return spark_sql(self, sqlQuery, args, **kwargs)
        sqlQuery = catalog_names.of_sql(sqlQuery)
        if is_copy(sqlQuery):
            return copy_into(self, sqlQuery, args if isinstance(args, dict) else {})

        for statement in (deep_clone, generated_columns, evolving_merge):
            answer = statement(self, sqlQuery, args)
            if answer is not None:
                return answer

        def columns_of(query: str) -> list[str]:
            return spark_sql(self, query, args, **kwargs).columns

        return _parsed(
            lambda text: spark_sql(self, text, args, **kwargs), sqlQuery, lambda text: sql_dialect.of_sql(text, columns_of)
        )

    def selectExpr(self: Any, *expr: Any) -> Any:
        columns = expr[0] if len(expr) == 1 and isinstance(expr[0], list) else expr

        def translated(texts: Any) -> Iterator[Any]:
            yield [next(sql_dialect.of_column(text), text) for text in texts]

        return _parsed(lambda texts: select_expr(self, *texts), columns, translated)

    def expr(str: str) -> Any:
        return _parsed(spark_expr, str, sql_dialect.of_column)

    sql.__doc__, selectExpr.__doc__, expr.__doc__ = spark_sql.__doc__, select_expr.__doc__, spark_expr.__doc__
    session.SparkSession.sql = sql
    session.DataFrame.selectExpr = selectExpr
    functions.expr = expr


def generated_columns(spark: Any, statement: str, args: Any = None) -> Any:
    """`CREATE TABLE` with `GENERATED … AS`. None if it is another statement, or the cluster's Spark version has no sqlglot."""
    if not _GENERATED.search(statement):
        return None
    try:
        from .generated_columns import create_table
    except ImportError:
        return None
    return create_table(spark, statement)


def evolving_merge(spark: Any, statement: str, args: Any = None) -> Any:
    """`MERGE WITH SCHEMA EVOLUTION`: to Delta Lake, a setting of the session. None if it is another statement."""
    merge, is_evolving = _EVOLVING_MERGE.subn(r"\1", statement)
    if not is_evolving:
        return None
    alike = copy.copy(spark)
    alike._jsparkSession = spark._jsparkSession.cloneSession()  # the setting is not for other threads
    alike._jsparkSession.conf().set("spark.databricks.delta.schema.autoMerge.enabled", "true")
    answer = alike.sql(merge, args)
    return spark.createDataFrame(answer.collect(), answer.schema)


def _parsed(parse: Callable[[Any], Any], text: Any, translate: Callable[[Any], Iterator[Any]]) -> Any:
    """What Spark understands is left alone; only what it cannot parse is translated."""
    from pyspark.errors import ParseException

    try:
        return parse(text)
    except ParseException as error:
        for translated in translate(text):
            try:
                return parse(translated)
            except ParseException:
                pass
        raise error from None
