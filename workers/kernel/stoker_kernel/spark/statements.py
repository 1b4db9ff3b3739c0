"""`spark.sql` as notebooks of Databricks know it: its dialect, and statements that Spark has not."""

from __future__ import annotations

from typing import Any

from . import catalog_names, sql_dialect
from .copy_into import copy_into
from .copy_statement import is_copy
from .deep_clone import deep_clone, is_deep_clone


def patch(session: Any) -> None:
    """`session` is the module pyspark.sql.session."""
    from pyspark.sql import functions

    spark_sql, select_expr, expr = session.SparkSession.sql, session.DataFrame.selectExpr, functions.expr

    def sql(self: Any, sqlQuery: str, args: Any = None, **kwargs: Any) -> Any:
        if isinstance(sqlQuery, str):
            sqlQuery = sql_dialect.of_sql(catalog_names.of_sql(sqlQuery))
            if is_copy(sqlQuery):
                return copy_into(self, sqlQuery, args if isinstance(args, dict) else {})
            if is_deep_clone(sqlQuery):
                return deep_clone(self, sqlQuery, spark_sql)
        return spark_sql(self, sqlQuery, args, **kwargs)

    def selectExpr(self: Any, *expressions: Any) -> Any:
        if len(expressions) == 1 and isinstance(expressions[0], list):
            expressions = tuple(expressions[0])
        return select_expr(self, *(sql_dialect.of_column(text) for text in expressions))

    def of_expr(str: str) -> Any:
        return expr(sql_dialect.of_sql(str))

    sql.__doc__, selectExpr.__doc__, of_expr.__doc__ = spark_sql.__doc__, select_expr.__doc__, expr.__doc__
    session.SparkSession.sql = sql
    session.DataFrame.selectExpr = selectExpr
    functions.expr = of_expr
